import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { jobIdOf, plain, type Server, sampleKey, startServer, startWithIris } from './server.js';

const context = { targets: [], inputAttributes: ['0', '2'], extraParameters: {} };
const frame = { attributeNames: ['sepal_length'], attributeTypes: ['C'], data: [['5.1'], ['4.9']] };
const explore = { values: [context] };

/** AES as the documents have it: CBC with a fixed vector. */
const encrypted = (text: string) => {
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(sampleKey, 'base64'), Buffer.from('LzM5QUtXZXWHm7HJ4wAePg==', 'base64'));
  return cipher.update(text, 'utf8', 'base64') + cipher.final('base64');
};

/** Every documented way to start a job: method, path, body, kind, and what is said. */
const starters: readonly (readonly [string, string, unknown, string])[] = [
  ['POST', '/projects/irisTest/build?modelid=m1&algo=lda', context, 'build'],
  ['POST', '/projects/irisTest/build?modelid=m1&algo=lda&svdreduce=true', context, 'build'],
  ['POST', '/projects/irisTest/reduce?modelid=m1&algo=lda&heuristic=default&delta=0.001&numIterations=5', context, 'reduce'],
  ['POST', '/projects/irisTest/kmeansOptimize', { ...context, extraParameters: { kmeans_k_min: '2', kmeans_k_max: '5' } }, 'kmeans'],
  ['POST', '/projects/irisTest/selectModel/Iris_rtlm.csv?modelid=m1&algo=lda', context, 'selectModel'],
  ['POST', '/projects/irisTest/selectModel?modelid=m1&algo=lda', { dataframe: frame, mlcontext: context }, 'selectModel'],
  ['POST', '/projects/irisTest/autoSelect/Iris_rtlm.csv?modelid=m1&task=binary_classifier', context, 'autoSelect'],
  ['POST', '/projects/irisTest/autoSelect?modelid=m1&task=regression', { dataframe: frame, mlcontext: context }, 'autoSelect'],
  ['POST', '/projects/irisTest/explore?metric=uni&async=true', explore, 'explore'],
  ['POST', '/projects/irisTest/explorepca?explainedCovariance=0.9', explore, 'pca'],
  ['POST', '/projects/irisTest/exploresvd', explore, 'svd'],
  ['POST', '/projects/irisTest/exploresvdfs', explore, 'svd'],
  ['POST', '/projects/irisTest/vif', explore, 'vif'],
  ['POST', '/projects/irisTest/learn?async=true', frame, 'learn'],
  ['POST', '/projects/irisTest/forget?async=true', frame, 'forget'],
  ['GET', '/projects/info', undefined, 'projectInfoList'],
  ['GET', '/projects/irisTest/info?async=true', undefined, 'projectInfo'],
  ['POST', '/projects/irisTest/dss/irisds/learn', { ...frame, errorHandling: 1, data: [] }, 'dsUpdate'],
  ['GET', '/projects/irisTest/dss/irisds/learn', undefined, 'dsUpdate'],
  ['POST', '/projects/irisTest/dss/irisds/forget', undefined, 'dsUpdate'],
  [
    'POST',
    '/projects/irisTest/dss/predict/testLDA?indsname=in&outdsname=out&impute=false',
    { attributeNames: ['sepal_length'] },
    'dsPredict',
  ],
  ['POST', '/encoders/enctest/learnds', encrypted('{"type":"s3"}'), 'encoderUpdate'],
  ['POST', '/fedml/irisTest/awsinfo', encrypted('{"region":"us-east-1"}'), 'awsInfo'],
  ['POST', '/fedml/awsinfo', encrypted('{}'), 'awsInfo'],
];

const start = (server: Server, [method, path, body]: (typeof starters)[number]) => server.ask(method, path, { body });

describe('every documented way to start a job', () => {
  it.each(starters)('%s %s', async (...starter) => {
    const server = await startWithIris({ speed: 1000 });
    const answer = await start(server, starter);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual(plain('ACCEPTED', starter[1].includes('/reduce') ? 'Reduce Job Created' : 'Job Created'));
    const id = jobIdOf(answer);
    expect(answer.headers['sym-job-id']).toBe(String(id));
    expect(await server.ended(id)).toMatchObject({ kind: starter[3], state: 'finished', owner: 'c1', reads: 0 });
    expect((await server.ask('GET', `/jobs/${id}`)).body?.statusString).toBe('Job is finished');
    expect((await server.ask('GET', `/jobs/${id}`)).status).toBe(400);
  });

  it.each(starters.filter(([, path]) => path.includes('irisTest')))('%s %s needs its project', async (...starter) => {
    const server = await startServer();
    const answer = await start(server, starter);
    expect(answer).toMatchObject({ status: 400, body: plain('BAD_REQUEST', 'Cannot Find SYMETRYML id[irisTest] for Customer id [c1]') });
  });

  it('tells what an automatic selection works on', async () => {
    const server = await startWithIris({ speed: 0.1 });
    const rows = Array.from({ length: 7 }, (_row, row) => [String(row)]);
    const body = { dataframe: { ...frame, data: rows }, mlcontext: context };
    const id = jobIdOf(await server.ask('POST', '/projects/irisTest/autoSelect?modelid=m1&task=regression', { body }));
    expect((await server.ask('GET', `/jobs/${id}`)).body?.values?.jobinfo?.details).toEqual({
      pid: 'irisTest',
      modelid: 'm1',
      targets: '[]',
      inputAttributes: '["0","2"]',
      extraParameters: '{}',
      dataframe: JSON.stringify({ ...frame, data: rows.slice(0, 5) }),
    });
  });

  it('answers the 200 of the tables where that is set', async () => {
    const server = await startWithIris();
    await server.control('PUT', '/settings', { startStatus: 'table' });
    const answer = await server.ask('POST', '/projects/irisTest/explorepca', { body: explore });
    expect(answer).toMatchObject({ status: 200, body: plain('ACCEPTED', 'Job Created'), headers: { 'sym-job-id': '1' } });
    expect((await server.ask('POST', '/projects/irisTest/vif', { body: explore })).status).toBe(202);
  });

  it('is shorter in 5.2', async () => {
    const server = await startWithIris({ version: '5.2' });
    for (const path of ['vif', 'kmeansOptimize', 'selectModel?modelid=m&algo=lda', 'autoSelect?modelid=m&task=regression']) {
      expect((await server.ask('POST', `/projects/irisTest/${path}`, { body: context })).status).toBe(404);
    }
    expect((await server.ask('POST', '/projects/irisTest/explore?metric=uni&async=true', { body: explore })).status).toBe(200);
  });

  it('is counted by route', async () => {
    const server = await startWithIris();
    await server.ask('POST', '/projects/irisTest/dss/predict/testLDA?indsname=in&outdsname=out');
    await server.ask('GET', '/projects/info');
    expect(server.simulator.calls()).toEqual({
      'GET /symetry/rest/{cid}/projects/info': 1,
      'POST /symetry/rest/{cid}/projects/{pid}/dss/predict/{modelid}': 1,
    });
  });
});

describe('a start that cannot be', () => {
  it.each([
    ['a model there is not', '/projects/irisTest/dss/predict/m3?indsname=a&outdsname=b', {}, 'Error no such model <m3>'],
    ['a parameter missing', '/projects/irisTest/build?modelid=m1', {}, 'Missing query parameter algo'],
    ['a body that is no JSON', '/projects/irisTest/explorepca', '{', 'JSON syntax error in request body'],
  ])('is an exception: %s', async (_name, path, body, reason) => {
    const server = await startWithIris();
    const answer = await server.ask('POST', path, { body });
    expect(answer).toMatchObject({ status: 500, body: plain('INTERNAL_SERVER_ERROR', `Generic Exception <${reason}>`) });
    expect((await server.ask('GET', '/jobs')).body?.values).toEqual({ jobinfo: [] });
  });

  it('is one whose body another key encrypted', async () => {
    const server = await startServer();
    expect((await server.ask('POST', '/encoders/enctest/learnds', { body: 'bm90aGluZw==' })).status).toBe(500);
  });
});

describe('calls that start no job', () => {
  it('create, list, learn, explore and delete projects', async () => {
    const server = await startServer();
    const ask = async (method: string, path: string, body?: unknown) => (await server.ask(method, path, { body })).body;
    expect(await ask('POST', '/projects?pid=p1&type=cpu', {})).toEqual(plain('CREATED', 'Project Created with id:p1'));
    expect(await ask('POST', '/projects?pid=p1')).toEqual(plain('CONFLICT', 'Customer [c1] already have SYMETRYML with id[p1], '));
    expect(await ask('GET', '/projects/list')).toMatchObject({ values: { stringList: { values: ['p1'] } } });
    expect(await ask('POST', '/projects/p1/learn', frame)).toEqual(plain('OK', 'OK'));
    const told = await ask('POST', '/projects/p1/explore?metric=uni', explore);
    expect(told?.values?.KSVDMap?.values?.[0]).toMatchObject({ count: 2, mean: 1 });
    expect(told?.values?.smlInfo).toMatchObject({ pid: 'p1', isDirty: true, attributeNames: ['sepal_length'] });
    expect((await ask('POST', '/projects/p1/explore?metric=uni&returnProjectInfo=false', explore))?.values).not.toHaveProperty('smlInfo');
    expect(await ask('DELETE', '/projects/p1')).toEqual(plain('OK', 'deleted Project with id[p1] from Customer[c1] store'));
    expect(await ask('DELETE', '/projects/p1')).toEqual(plain('BAD_REQUEST', 'Customer[c1] does not have Project with id[p1], '));
  });

  it('predict with a model, and delete it', async () => {
    const server = await startWithIris();
    const predicted = await server.ask('POST', '/projects/irisTest/predict/testLDA', { body: frame });
    expect(predicted.body?.values?.KSVSMap?.values?.[0]).toMatchObject({ res: '1' });
    expect((await server.ask('DELETE', '/projects/irisTest/models/testLDA')).body).toEqual(plain('OK', 'OK'));
    const gone = await server.ask('POST', '/projects/irisTest/predict/testLDA', { body: frame });
    expect(gone.body).toEqual(plain('INTERNAL_SERVER_ERROR', 'Generic Exception <Error no such model <testLDA>>'));
    expect(gone.text).toContain('\\u003cError');
  });

  it('are none of this server', async () => {
    const server = await startServer();
    expect((await server.ask('GET', '/nope')).status).toBe(404);
  });
});
