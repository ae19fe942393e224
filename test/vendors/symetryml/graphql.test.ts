import { execute, isObjectType, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildGatewaySchema } from '../../../src/graphql/index.js';
import { symetryml } from '../../../src/vendors/symetryml/index.js';
import { createGraphqlRig } from '../../support/graphql-rig.js';
import { adapted, call, envelope } from './rig.js';

const schema = buildGatewaySchema({ vendors: [symetryml] });

const fieldsOf = (name: string): Readonly<Record<string, string>> => {
  const type = schema.getType(name);
  if (!isObjectType(type)) return expect.fail(`${name} is not in the schema`);
  return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, String(field.type)]));
};

describe('the types this vendor adds to the schema', () => {
  it.each([
    ['SymetryJobDetails', { id: 'ID!', raw: 'JSON', onBoundedExecutor: 'Boolean', properties: '[KeyValue!]!' }],
    ['KeyValueMap', { id: 'ID!', name: 'String!', raw: 'JSON', maps: '[KeyValueList!]!', kMeans: '[KMeansScore!]!' }],
    ['KeyValueList', { entries: '[KeyValue!]!' }],
    ['KeyValue', { key: 'String!', text: 'String!', number: 'Float' }],
    ['KMeansScore', { clusters: 'Int!', wssse: 'Float', silhouette: 'Float' }],
    ['ProjectInfoResult', { id: 'ID!', name: 'String!', raw: 'JSON', projects: '[ProjectInfo!]!' }],
    ['ProjectModel', { name: 'String!', type: 'String' }],
    ['ProjectAttribute', { index: 'Int!', name: 'String!', type: 'String' }],
    ['AwsInfoResult', { id: 'ID!', name: 'String!', raw: 'JSON', decrypted: 'Boolean!', topics: '[AwsTopic!]!', queues: '[AwsQueue!]!' }],
    ['AwsTopic', { region: 'String!', arn: 'String!', endpoints: '[String!]!' }],
    ['AwsQueue', { region: 'String!', url: 'String!' }],
  ])('%s', (name, fields) => {
    expect(fieldsOf(name)).toEqual(fields);
  });

  it('ProjectInfo, as the vendor’s schema has it', () => {
    expect(Object.keys(fieldsOf('ProjectInfo')).toSorted()).toEqual(
      [
        'attributes',
        'createdAt',
        'dataSources',
        'encoderName',
        'loaded',
        'modifiedAt',
        'models',
        'params',
        'persisted',
        'pid',
        'type',
      ].toSorted(),
    );
  });
});

const mutation = `mutation ($input: StartSymetryJobInput!) {
  startSymetryJob(input: $input) { job { id } task { id } errors { __typename code path message } }
}`;

/** What the verb service was asked, and what was answered. */
const ask = async (input: object) => {
  const rig = createGraphqlRig({ handingOver: ['one'] });
  const document = parse(mutation);
  expect(validate(schema, document)).toEqual([]);
  const variableValues = { input: { backendId: 'backend:one', ...input } };
  const answer = await execute({ schema, document, variableValues, contextValue: rig.context() });
  const text = JSON.stringify(answer);
  const [asked] = rig.verbs.asked;
  const request = typeof asked?.request === 'object' && asked.request.action === 'START_JOB' ? asked.request : undefined;
  return { text, request, options: asked?.options };
};

/** The same, carried out by the adapter: what came over the wire. */
const wireOf = async (input: object) => {
  const { request, text } = await ask(input);
  const { adapter, got } = await adapted(() => envelope(202, 'Job Created', {}, { 'sym-job-id': '7' }));
  expect(await adapter.startJob?.(request?.request, call()), text).toEqual({ done: false, taskId: '7' });
  return { kind: request?.kind, target: got[0]?.target.replace('/symetry/rest/c1/', ''), body: got[0]?.body };
};

const project = 'p1';
const context = { inputs: [0], parameters: [{ name: 'rnd_seed', value: '1' }], targets: null };
const contextText =
  '{"targets":[],"inputAttributes":["0"],"inputAttributeNames":[],"targetAttributeNames":[],"extraParameters":{"rnd_seed":"1"}}';
const columns = [{ name: 'a', type: 'C' }];
const table = { columns, rows: [{ cells: ['1'] }, { cells: [null] }], errorHandling: null };

describe('startSymetryJob', () => {
  it.each<[object, string, string, string]>([
    [
      { build: { project, model: 'm', algorithm: 'lda', context, svdReduce: null } },
      'BUILD',
      'projects/p1/build?modelid=m&algo=lda',
      contextText,
    ],
    [
      { reduce: { project, model: 'm', algorithm: 'lda', context, delta: 0.5 } },
      'REDUCE',
      'projects/p1/reduce?modelid=m&algo=lda&heuristic=default&delta=0.5',
      contextText,
    ],
    [
      { kmeansOptimize: { project, context: {}, maxClusters: 3, seed: null } },
      'KMEANS_OPTIMIZE',
      'projects/p1/kmeansOptimize',
      '{"targets":[],"inputAttributes":[],"inputAttributeNames":[],"targetAttributeNames":[],"extraParameters":{"kmeans_k_max":"3"}}',
    ],
    [
      { selectModel: { project, model: 'm', algorithm: 'lda', context, validation: { dataSource: 'd', table: null } } },
      'SELECT_MODEL',
      'projects/p1/selectModel/d?modelid=m&algo=lda',
      contextText,
    ],
    [
      { autoSelect: { project, model: 'm', task: 'regression', context, validation: { table } } },
      'AUTO_SELECT',
      'projects/p1/autoSelect?modelid=m&task=regression',
      `{"dataframe":{"attributeNames":["a"],"attributeTypes":["C"],"data":[["1"],[null]]},"mlcontext":${contextText}}`,
    ],
    [
      { explore: { project, metric: 'uni', contexts: [context], withProjectInfo: null } },
      'EXPLORE',
      'projects/p1/explore?metric=uni&async=true',
      `{"values":[${contextText}]}`,
    ],
    [
      { explorePca: { project, context, explainedCovariance: null } },
      'EXPLORE_PCA',
      'projects/p1/explorepca',
      `{"values":[${contextText}]}`,
    ],
    [{ exploreSvd: { project, context, selectFeatures: true } }, 'EXPLORE_SVD', 'projects/p1/exploresvdfs', `{"values":[${contextText}]}`],
    [{ exploreVif: { project, context } }, 'EXPLORE_VIF', 'projects/p1/vif', `{"values":[${contextText}]}`],
    [
      { update: { project, table, forget: false } },
      'UPDATE',
      'projects/p1/learn?async=true',
      '{"attributeNames":["a"],"attributeTypes":["C"],"data":[["1"],[null]]}',
    ],
    [
      { dataSourceUpdate: { project, dataSource: 'd', columns, errorHandling: 1 } },
      'DATA_SOURCE_UPDATE',
      'projects/p1/dss/d/learn',
      '{"attributeNames":["a"],"attributeTypes":["C"],"data":[],"errorHandling":1}',
    ],
    [
      { dataSourcePredict: { project, model: 'm', input: 'i', output: 'o', columns, impute: null } },
      'DATA_SOURCE_PREDICT',
      'projects/p1/dss/predict/m?indsname=i&outdsname=o',
      '{"attributeNames":["a"],"attributeTypes":["C"]}',
    ],
    [{ projectsInfo: true, build: null }, 'PROJECTS_INFO', 'projects/info?async=true', ''],
  ])('%j', async (input, kind, target, body) => {
    expect(await wireOf(input)).toEqual({ kind, target, body });
  });

  it('wraps credentials at once, so that nothing shows them', async () => {
    const input = { awsInfo: { project, accessKey: 'AKIA-plain', secretKey: 'plain-secret', region: null } };
    const { request, text } = await ask(input);
    expect(request?.kind).toBe('AWS_INFO');
    expect(JSON.stringify([request, text])).not.toMatch(/plain/);
    const { target, body } = await wireOf(input);
    expect(target).toBe('fedml/p1/awsinfo');
    expect(body).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });

  it('hands on how long to wait, and the key of a repeat', async () => {
    const idempotencyKey = '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11';
    const { options } = await ask({ projectsInfo: true, waitMs: 5, idempotencyKey });
    expect(options).toMatchObject({ waitMs: 5, idempotencyKey });
  });

  it.each([
    ['no kind', {}, 'Say which kind of job to start.'],
    ['kinds that are null and false', { build: null, projectsInfo: false }, 'Say which kind of job to start.'],
    ['two kinds', { projectsInfo: true, exploreVif: { project, context: {} } }, 'One call starts one job: name one kind only.'],
  ])('refuses %s with an error at the input, and asks nobody', async (_, input, message) => {
    const { text, request } = await ask(input);
    expect(JSON.parse(text)).toEqual({
      data: {
        startSymetryJob: {
          job: null,
          task: null,
          errors: [{ __typename: 'InvalidInputError', code: 'INVALID_INPUT', path: ['input'], message }],
        },
      },
    });
    expect(request).toBeUndefined();
  });
});
