import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import { startJob } from '../../../src/vendors/symetryml/client.js';
import { encrypt } from '../../../src/vendors/symetryml/start-encrypted.js';
import { type StartInput, startRequestOf } from '../../../src/vendors/symetryml/start-kinds.js';
import { call, envelope, rigged, secretText } from './rig.js';

const key = new Secret(secretText);
const context = { targets: [13], inputs: [0, 1], parameters: { rnd_seed: '1' } };
const contextText =
  '{"targets":["13"],"inputAttributes":["0","1"],"inputAttributeNames":[],"targetAttributeNames":[],"extraParameters":{"rnd_seed":"1"}}';
const columns = { names: ['a', 'b'], types: ['C', 'B'] };
const table = { ...columns, rows: [['1', null]] };
const tableText = '{"attributeNames":["a","b"],"attributeTypes":["C","B"],"data":[["1",null]]}';
const project = 'p1';

// Paths, parameters and bodies of the REST API's pages (6.3), in their order.
const cases: readonly (readonly [StartInput, string, string])[] = [
  [
    { kind: 'BUILD', input: { project, model: 'm', algorithm: 'lda', context, svdReduce: true } },
    'projects/p1/build?modelid=m&algo=lda&svdreduce=true',
    contextText,
  ],
  [
    { kind: 'REDUCE', input: { project, model: 'm', algorithm: 'lda', context, delta: 0.001, iterations: 5 } },
    'projects/p1/reduce?modelid=m&algo=lda&heuristic=default&delta=0.001&numIterations=5',
    contextText,
  ],
  [
    { kind: 'KMEANS_OPTIMIZE', input: { project, context: { inputs: [0] }, minClusters: 2, maxClusters: 5, seed: 42 } },
    'projects/p1/kmeansOptimize',
    '{"targets":[],"inputAttributes":["0"],"inputAttributeNames":[],"targetAttributeNames":[],"extraParameters":{"kmeans_k_min":"2","kmeans_k_max":"5","kmeans_rnd_seed":"42"}}',
  ],
  [
    { kind: 'SELECT_MODEL', input: { project, model: 'm', algorithm: 'lda', context, validation: { dataSource: 'Iris_rtlm.csv' } } },
    'projects/p1/selectModel/Iris_rtlm.csv?modelid=m&algo=lda',
    contextText,
  ],
  [
    { kind: 'SELECT_MODEL', input: { project, model: 'm', algorithm: 'lda', context, validation: { table } } },
    'projects/p1/selectModel?modelid=m&algo=lda',
    `{"dataframe":${tableText},"mlcontext":${contextText}}`,
  ],
  [
    { kind: 'AUTO_SELECT', input: { project, model: 'm', task: 'binary_classifier', context, validation: { dataSource: 'ds' } } },
    'projects/p1/autoSelect/ds?modelid=m&task=binary_classifier',
    contextText,
  ],
  [
    { kind: 'AUTO_SELECT', input: { project, model: 'm', task: 'regression', context, validation: { table } } },
    'projects/p1/autoSelect?modelid=m&task=regression',
    `{"dataframe":${tableText},"mlcontext":${contextText}}`,
  ],
  [
    { kind: 'EXPLORE', input: { project, metric: 'uni', contexts: [context, context], withProjectInfo: false } },
    'projects/p1/explore?metric=uni&async=true&returnProjectInfo=false',
    `{"values":[${contextText},${contextText}]}`,
  ],
  [
    { kind: 'EXPLORE_PCA', input: { project, context, explainedCovariance: 0.9 } },
    'projects/p1/explorepca?explainedCovariance=0.9',
    `{"values":[${contextText}]}`,
  ],
  [{ kind: 'EXPLORE_SVD', input: { project, context } }, 'projects/p1/exploresvd', `{"values":[${contextText}]}`],
  [{ kind: 'EXPLORE_SVD', input: { project, context, selectFeatures: true } }, 'projects/p1/exploresvdfs', `{"values":[${contextText}]}`],
  [{ kind: 'EXPLORE_VIF', input: { project, context } }, 'projects/p1/vif', `{"values":[${contextText}]}`],
  [{ kind: 'UPDATE', input: { project, table } }, 'projects/p1/learn?async=true', tableText],
  [{ kind: 'UPDATE', input: { project, table, forget: true } }, 'projects/p1/forget?async=true', tableText],
  [
    { kind: 'DATA_SOURCE_UPDATE', input: { project, dataSource: 'irisds', ...columns, errorHandling: 1 } },
    'projects/p1/dss/irisds/learn',
    '{"attributeNames":["a","b"],"attributeTypes":["C","B"],"data":[],"errorHandling":1}',
  ],
  [
    { kind: 'DATA_SOURCE_UPDATE', input: { project, dataSource: 'irisds', ...columns, forget: true } },
    'projects/p1/dss/irisds/forget',
    '{"attributeNames":["a","b"],"attributeTypes":["C","B"],"data":[]}',
  ],
  [
    { kind: 'DATA_SOURCE_PREDICT', input: { project, model: 'm', input: 'dsin', output: 'dsout', ...columns, impute: false } },
    'projects/p1/dss/predict/m?indsname=dsin&outdsname=dsout&impute=false',
    '{"attributeNames":["a","b"],"attributeTypes":["C","B"]}',
  ],
  [{ kind: 'PROJECTS_INFO', input: {} }, 'projects/info?async=true', ''],
];

describe('a job is started', () => {
  it.each(cases.map(([input, target, body]) => [input.kind, target, body, input] as const))('%s: %s', async (kind, target, body, input) => {
    const { endpoint, got } = await rigged(() => envelope(202, 'Job Created', {}, { 'sym-job-id': '7' }));
    expect(await startJob(endpoint, startRequestOf(input, key, null), call())).toBe('7');
    expect(got).toHaveLength(1);
    expect(got[0]).toMatchObject({ method: kind === 'PROJECTS_INFO' ? 'GET' : 'POST', target: `/symetry/rest/c1/${target}`, body });
  });

  it('once, also with a GET, however ill the server is', async () => {
    const { endpoint, got } = await rigged(() => envelope(503, 'webapp not available'));
    await startJob(endpoint, startRequestOf({ kind: 'PROJECTS_INFO', input: {} }, key, null), call()).catch(() => undefined);
    expect(got).toHaveLength(1);
  });

  it('with its credentials encrypted', () => {
    // Self-computed with openssl from the documented cipher and vector.
    expect(encrypt('Message to encrypt', new Secret('EYpWjGPaoMoFUb/jfW95PQ=='))).toBe('5XzpRW1z+toD/PW+yQ1sQssUt7hxBeqIIMyhXY4iqU0=');
    const input = { project, accessKey: new Secret('AKIA'), secretKey: new Secret('aws secret'), region: 'us-east-1' };
    const request = startRequestOf({ kind: 'AWS_INFO', input }, key, null);
    expect(request.path).toBe('/fedml/p1/awsinfo');
    const vector = Buffer.from('LzM5QUtXZXWHm7HJ4wAePg==', 'base64');
    const decipher = createDecipheriv('aes-128-cbc', Buffer.from(secretText, 'base64'), vector);
    expect(JSON.parse(decipher.update(request.text ?? '', 'base64', 'utf8') + decipher.final('utf8'))).toEqual({
      aws_access_key: 'AKIA',
      aws_secret_key: 'aws secret',
      aws_region: 'us-east-1',
    });
    expect(() => startRequestOf({ kind: 'AWS_INFO', input }, new Secret('admin'), null)).toThrow(/encrypted/);
  });
});

describe('a job is not started', () => {
  const odd: readonly (readonly [string, StartInput])[] = [
    ['project', { kind: 'EXPLORE_VIF', input: { project: '../c2', context } }],
    ['project', { kind: 'EXPLORE_VIF', input: { project: '..', context } }],
    ['project', { kind: 'EXPLORE_VIF', input: { project: '', context } }],
    ['model', { kind: 'BUILD', input: { project, model: 'a b', algorithm: 'lda', context } }],
    ['algorithm', { kind: 'BUILD', input: { project, model: 'm', algorithm: 'l&a', context } }],
    ['inputs', { kind: 'EXPLORE_VIF', input: { project, context: { inputs: [-1] } } }],
    ['targets', { kind: 'EXPLORE_VIF', input: { project, context: { targets: [0.5] } } }],
    ['names', { kind: 'UPDATE', input: { project, table: { names: [], types: [], rows: [] } } }],
    ['types', { kind: 'UPDATE', input: { project, table: { ...table, types: ['C'] } } }],
    ['types', { kind: 'UPDATE', input: { project, table: { ...table, types: ['C', 'Q'] } } }],
    ['rows', { kind: 'UPDATE', input: { project, table: { ...table, rows: [['1', '2'], ['1']] } } }],
  ];
  it.each(odd)('with a %s that cannot be right', (field, input) => {
    expect(() => startRequestOf(input, key, null)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', facts: expect.objectContaining({ path: expect.arrayContaining([field]) }) }),
    );
  });

  it('where the version is known to lack it', () => {
    const kmeans: StartInput = { kind: 'KMEANS_OPTIMIZE', input: { project, context } };
    const pca: StartInput = { kind: 'EXPLORE_PCA', input: { project, context } };
    expect(() => startRequestOf(kmeans, key, '5.2')).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    for (const version of ['6.0', '6.3', null]) expect(startRequestOf(kmeans, key, version).method).toBe('POST');
    expect(startRequestOf(pca, key, '5.2').method).toBe('POST');
  });
});
