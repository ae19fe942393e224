import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { plain, type Server, sampleKey, startWithIris, type Values } from './server.js';

/** Plants a finished job of a kind and reads it. */
async function read(server: Server, job: object) {
  const id = await server.plant({ state: 'finished', pid: 'irisTest', ...job });
  return server.ask('GET', `/jobs/${id}`);
}

async function entities(job: object, version?: string): Promise<Readonly<Record<string, Values>>> {
  const server = await startWithIris(version === undefined ? {} : { version });
  const answer = await read(server, job);
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' }, body: { statusString: 'Job is finished' } });
  return answer.body?.values ?? {};
}

const four = { values: [{ targets: [], inputAttributes: ['0', '1', '2', '3'] }] };

describe('a finished job hands over', () => {
  it.each(['autoSelect', 'build', 'reduce', 'selectModel', 'encoderUpdate', 'learn', 'forget'])('nothing: %s', async (kind) => {
    expect(await entities({ kind })).toEqual({});
  });

  it('the state of one project, complete', async () => {
    const { smlInfo } = await entities({ kind: 'projectInfo' });
    expect(smlInfo).toMatchObject({
      pid: 'irisTest',
      modelsList: ['testLDA'],
      modelTypeList: ['lda'],
      hash: -1,
      categorySeparator: '$',
      type: 'cpu',
    });
    const schema = [
      ...['pid', 'modelsList', 'modelTypeList', 'dsList', 'attributeNames', 'attributeIndexes', 'attributeTypes', 'modelAssessments'],
      ...['modelPredictions', 'params', 'hash', 'categorySeparator', 'type', 'creationDate', 'lastModificationDate', 'loaded', 'persisted'],
      ...['histogramEnabled', 'autoSave', 'isDirty', 'attributeStates'],
    ];
    expect(Object.keys(smlInfo ?? {}).sort()).toEqual(schema.sort());
    expect((await entities({ kind: 'projectInfo' }, '6.1')).smlInfo).not.toHaveProperty('autoSave');
  });

  it('the state of all projects', async () => {
    const { smlInfoList } = await entities({ kind: 'projectInfoList' });
    expect(smlInfoList?.values).toMatchObject([{ pid: 'irisTest' }]);
  });

  it.each(['dsUpdate', 'sparkDsUpdate'])('the updated project: %s', async (kind) => {
    expect((await entities({ kind })).smlInfo).toMatchObject({ pid: 'irisTest', isDirty: true });
  });

  it('up to 128 rows of a prediction, without types', async () => {
    const { dataframe } = await entities({ kind: 'dsPredict', body: { attributeNames: ['sepal_length', 'petal_width'] } });
    expect(dataframe?.attributeNames).toEqual(['resZ_Result', 'res_Result', 'normZ_Result', 'sepal_length', 'petal_width']);
    expect(dataframe?.data).toHaveLength(128);
    expect(dataframe?.data?.every((row) => row.length === 5 && row.every((cell) => typeof cell === 'string'))).toBe(true);
    expect(dataframe).not.toHaveProperty('attributeTypes');
  });

  it('a predicted data frame', async () => {
    const { dataframe } = await entities({ kind: 'dsPredictDataFrame' });
    expect(dataframe?.attributeNames).toEqual(['id', 'res', 'q95', 'q98', 'q99', 'evt']);
  });

  it('two entities of an exploration', async () => {
    const { KSVDMap, smlInfo } = await entities({ kind: 'explore', query: { metric: 'bi' }, body: four });
    expect(KSVDMap?.values?.[0]).toMatchObject({ linCorr: 0.818, covar: expect.any(Number), condCount: expect.any(Number) });
    expect(smlInfo).toMatchObject({ pid: 'irisTest' });
  });

  it('numbers JSON does not have', async () => {
    const server = await startWithIris();
    const body = { values: [{ inputAttributeNames: ['petal_ratio'] }, { inputAttributes: ['0'] }] };
    const answer = await read(server, { kind: 'explore', query: { metric: 'uni', returnProjectInfo: 'false' }, body });
    expect(answer.body).toBeUndefined();
    for (const bare of ['"mean":NaN', '"min":Infinity', '"max":-Infinity', '"mean":5.843333333333334']) expect(answer.text).toContain(bare);
  });

  it('singular values, all or a selection', async () => {
    const { KSVSMap } = await entities({ kind: 'svd', body: four });
    const map = KSVSMap?.values?.[0] ?? {};
    expect(Object.values(map).sort()).toEqual(['petal_length', 'petal_width', 'sepal_length', 'sepal_width']);
    expect(Object.keys(map).every((key) => Number(key) > 0)).toBe(true);
    const selected = await entities({ kind: 'svd', body: four, query: { selecting: 'true' } });
    expect(Object.keys(selected.KSVSMap?.values?.[0] ?? {})).toHaveLength(2);
  });

  it('principal components: orthonormal vectors, values, their sum', async () => {
    const { pcaVectors, pcaValues, pcaSumValues } = await entities({ kind: 'pca', body: four });
    const rows = (pcaVectors?.data ?? []).map((row) => row.map(Number));
    expect(rows.map((row) => row.reduce((sum, cell) => sum + cell * cell, 0))).toEqual(rows.map(() => expect.closeTo(1, 9)));
    const values = (pcaValues?.data?.[0] ?? []).map(Number);
    expect(values).toEqual([...values].sort((left, right) => right - left));
    expect(pcaSumValues).toBeCloseTo(values.reduce((sum, value) => sum + value, 0));
  });

  it('inflation by input', async () => {
    const { KSVSMap } = await entities({ kind: 'vif', body: { values: [{ inputAttributes: ['2', '4'] }] } });
    expect(KSVSMap?.values?.[0]).toEqual({ 2: 'Infinity', 4: expect.stringMatching(/^\d+\.\d+$/) });
  });

  it('errors and silhouettes by number of clusters', async () => {
    const extraParameters = { kmeans_k_min: '2', kmeans_k_max: '6', kmeans_rnd_seed: '7' };
    const map = (await entities({ kind: 'kmeans', body: { extraParameters } })).KSVSMap?.values?.[0] ?? {};
    expect(map).toMatchObject({ ...extraParameters, kmeans_5_silhouette: '0.24742236190463987', kmeans_5_wssse: '24038.895607683746' });
    expect(Object.keys(map).filter((key) => key.endsWith('_wssse'))).toHaveLength(5);
  });

  it('topics and queues, which the key opens', async () => {
    const { awsInfoEncrypted } = await entities({ kind: 'awsInfo' });
    const key = Buffer.from(sampleKey, 'base64');
    const decipher = createDecipheriv('aes-128-cbc', key, Buffer.from('LzM5QUtXZXWHm7HJ4wAePg==', 'base64'));
    const text = decipher.update(String(awsInfoEncrypted), 'base64', 'utf8') + decipher.final('utf8');
    expect(JSON.parse(text)).toMatchObject({
      topics: { 'us-east-1': [expect.any(Object)] },
      queues: { 'us-east-1': [expect.any(String)] },
    });
  });

  it('what is decided where the documents disagree', async () => {
    const server = await startWithIris();
    await server.control('PUT', '/settings', { dsUpdateEntity: 'none', autoSelectEntity: 'jobinfo' });
    expect((await read(server, { kind: 'dsUpdate' })).body).toEqual(plain('OK', 'Job is finished'));
    const selected = await read(server, { kind: 'autoSelect', details: { targets: '["12"]' } });
    expect(selected.body?.values?.jobinfo).toMatchObject({ isDone: true, details: { targets: '["12"]' } });
  });
});

describe('a job that needs a key', () => {
  it('fails where the key is none of AES', async () => {
    const users = [{ name: 'admin', password: 'admin', privileges: [] }];
    const server = await startWithIris({ users });
    const id = await server.plant({ kind: 'awsInfo', state: 'finished' });
    expect(await server.job(id)).toMatchObject({ state: 'failed' });
  });
});
