import { createDecipheriv } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import { encrypt } from '../../../src/vendors/symetryml/start/encrypted.js';
import { type StartInput, startRequestOf } from '../../../src/vendors/symetryml/start/kinds.js';
import { errorOf } from '../support/connect.js';
import { adapted, call, envelope, secretText } from './rig.js';

const key = new Secret(secretText);
const context = { targets: [13], inputs: [0, 1], parameters: [{ name: 'rnd_seed', value: '1' }] };
const contextText =
  '{"targets":["13"],"inputAttributes":["0","1"],"inputAttributeNames":[],"targetAttributeNames":[],"extraParameters":{"rnd_seed":"1"}}';
const columns = {
  columns: [
    { name: 'a', type: 'C' },
    { name: 'b', type: 'B' },
  ],
};
const table = { ...columns, rows: [{ cells: ['1', null] }] };
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

const accepted = () => envelope(202, 'Job Created', {}, { 'sym-job-id': '7' });

describe('a job is started', () => {
  it.each(cases.map(([input, target, body]) => [input.kind, target, body, input] as const))('%s: %s', async (kind, target, body, input) => {
    const { adapter, got } = await adapted(accepted);
    expect(await adapter.startJob?.(input, call())).toEqual({ done: false, taskId: '7' });
    expect(got).toHaveLength(1);
    expect(got[0]).toMatchObject({ method: kind === 'PROJECTS_INFO' ? 'GET' : 'POST', target: `/symetry/rest/c1/${target}`, body });
  });

  it('once, also with a GET, however ill the server is', async () => {
    const { adapter, got } = await adapted(() => envelope(503, 'webapp not available'));
    const error = await errorOf(adapter.startJob?.({ kind: 'PROJECTS_INFO', input: {} }, call()) ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true } });
    expect(got).toHaveLength(1);
  });

  it('with its credentials encrypted', async () => {
    // Self-computed with openssl from the documented cipher and vector.
    expect(encrypt('Message to encrypt', new Secret('EYpWjGPaoMoFUb/jfW95PQ=='))).toBe('5XzpRW1z+toD/PW+yQ1sQssUt7hxBeqIIMyhXY4iqU0=');
    const input = { project, accessKey: new Secret('AKIA'), secretKey: new Secret('aws secret'), region: 'us-east-1' };
    const { adapter, got } = await adapted(accepted);
    await adapter.startJob?.({ kind: 'AWS_INFO', input }, call());
    expect(got[0]).toMatchObject({ method: 'POST', target: '/symetry/rest/c1/fedml/p1/awsinfo' });
    const vector = Buffer.from('LzM5QUtXZXWHm7HJ4wAePg==', 'base64');
    const decipher = createDecipheriv('aes-128-cbc', Buffer.from(secretText, 'base64'), vector);
    expect(JSON.parse(decipher.update(got[0]?.body ?? '', 'base64', 'utf8') + decipher.final('utf8'))).toEqual({
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
    ['columns', { kind: 'UPDATE', input: { project, table: { columns: [], rows: [] } } }],
    ['type', { kind: 'UPDATE', input: { project, table: { columns: [{ name: 'a', type: 'Q' }], rows: [] } } }],
    ['explainedCovariance', { kind: 'EXPLORE_PCA', input: { project, context, explainedCovariance: 1.5 } }],
    ['validation', { kind: 'SELECT_MODEL', input: { project, model: 'm', algorithm: 'lda', context, validation: {} } }],
    ['validation', { kind: 'AUTO_SELECT', input: { project, model: 'm', task: 't', context, validation: { dataSource: 'd', table } } }],
    ['rows', { kind: 'UPDATE', input: { project, table: { ...table, rows: [{ cells: ['1', '2'] }, { cells: ['1'] }] } } }],
  ];
  it.each(odd)('with a %s that cannot be right', (field, input) => {
    expect(() => startRequestOf(input, key, null)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', facts: expect.objectContaining({ path: expect.arrayContaining([field]) }) }),
    );
  });

  it('and the place in the input says what is wrong', async () => {
    const { adapter, got } = await adapted(accepted);
    const start = (request: StartInput) => errorOf(adapter.startJob?.(request, call()) ?? Promise.resolve());
    const bad = { columns: [{ name: 'a', type: 'C' }], rows: [{ cells: ['1'] }, { cells: [] }] };
    const validated = { project, model: 'm', algorithm: 'lda', context, validation: { table: bad } };
    expect((await start({ kind: 'SELECT_MODEL', input: validated })).facts.path).toEqual([
      'input',
      'selectModel',
      'validation',
      'table',
      'rows',
      '1',
      'cells',
    ]);
    const explored = { project, metric: 'uni', contexts: [context, { inputs: [-1] }] };
    expect((await start({ kind: 'EXPLORE', input: explored })).facts.path).toEqual(['input', 'explore', 'contexts', '1', 'inputs']);
    expect(got).toEqual([]);
  });

  it.each<[number, string, unknown]>([
    [
      400,
      'Cannot Find SYMETRYML id[p1] for Customer id [c1]',
      { code: 'NOT_FOUND', message: /no such project.*id\[p1\]/, path: ['input', 'exploreVif', 'project'] },
    ],
    [400, 'targets are missing', { code: 'INVALID_INPUT', message: /targets are missing/, path: ['input', 'exploreVif'] }],
    [500, 'Job execution was refused by server.', { code: 'REFUSED', message: /^SymetryML refused to start the job\.$/, path: undefined }],
    [401, 'Invalid Signature', { code: 'FORBIDDEN', message: /secret key/, path: undefined }],
  ])('and the server says why: %i %s', async (status, text, expected) => {
    const { adapter } = await adapted(() => envelope(status, text));
    const error = await errorOf(adapter.startJob?.({ kind: 'EXPLORE_VIF', input: { project, context } }, call()) ?? Promise.resolve());
    const { code, message, facts } = error;
    const { message: words, ...rest } = expected as { message: RegExp };
    expect({ code, path: facts.path }).toEqual(rest);
    expect(message).toMatch(words);
    expect(facts).toMatchObject({ backend: 'sym', httpStatus: status, vendorMessage: text });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'BUILD'],
    ['an unknown kind', { kind: 'DROP', input: {} }],
    ['a kind that is a member of every object', { kind: 'constructor', input: {} }],
    ['no input', { kind: 'BUILD' }],
    ['the input of another kind', { kind: 'BUILD', input: { project, context } }],
    ['credentials that are bare text', { kind: 'AWS_INFO', input: { project, accessKey: 'AKIA-bare', secretKey: 'bare' } }],
  ])('when it asks for none there is: %s', async (_, request) => {
    const { adapter, got, seen } = await adapted(accepted);
    const error = await errorOf(adapter.startJob?.(request, call()) ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'INVALID_INPUT', facts: { path: ['input'] } });
    expect(inspect([error, error.cause, seen], { depth: 9 })).not.toContain('bare');
    expect(got).toEqual([]);
  });

  it('where the version is known to lack it', () => {
    const kmeans: StartInput = { kind: 'KMEANS_OPTIMIZE', input: { project, context } };
    const pca: StartInput = { kind: 'EXPLORE_PCA', input: { project, context } };
    expect(() => startRequestOf(kmeans, key, '5.2')).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    for (const version of ['6.0', '6.3', null]) expect(startRequestOf(kmeans, key, version).method).toBe('POST');
    expect(startRequestOf(pca, key, '5.2').method).toBe('POST');
  });
});
