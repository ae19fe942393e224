import { expect } from 'vitest';

/** One of the thirteen kinds of result, or a kind whose jobs hand over nothing. */
export interface ResultKind {
  readonly name: string;
  /** In the mutation's input, where the public API says how such a job is started. */
  readonly start?: Readonly<Record<string, unknown>>;
  /** What the simulator calls it, where a job has to be planted. */
  readonly planted?: string;
  readonly entities: readonly object[];
}

const project = 'irisTest';
const context = { targets: [12], inputs: [0, 1, 2, 3] };
const inputs = { inputs: [0, 1, 2, 3] };
const columns = [
  { name: 'sepal_length', type: 'C' },
  { name: 'petal_width', type: 'C' },
];

const projectInfo = (pid: string) => ({
  __typename: 'ProjectInfoResult',
  name: 'smlInfo',
  projects: [
    {
      pid,
      type: 'cpu',
      loaded: true,
      persisted: true,
      createdAt: expect.stringMatching(/Z$/),
      models: expect.any(Array),
      attributes: expect.arrayContaining([{ index: 0, name: 'sepal_length', type: 'C' }]),
      params: [{ key: 'sml_project_atomic_learn', text: 'false' }],
    },
  ],
});
const frame = (name: string, names: readonly string[], rowCount: number, type: string | null) => ({
  __typename: 'DataFrame',
  name,
  columns: names.map((column, index) => ({ index, name: column, ...(type === null ? { type } : {}) })),
  rowCount,
  rows: { totalCount: rowCount, pageInfo: { hasNextPage: rowCount > 5 } },
});
const components = ['PC1', 'PC2', 'PC3', 'PC4'];

/** What each kind of job hands over, by the vendor's documents (Job Information, Exploration, Modeling, Data Source, Federated Learning APIs). */
export const resultKinds: readonly ResultKind[] = [
  {
    name: 'auto-select',
    start: {
      autoSelect: { project, model: 'auto1', task: 'binary_classifier', context, validation: { dataSource: 'Iris_rtlm.csv' } },
    },
    entities: [],
  },
  { name: 'a single ProjectInfo', planted: 'projectInfo', entities: [projectInfo(project)] },
  {
    name: 'a list of ProjectInfo',
    start: { projectsInfo: true },
    entities: [{ __typename: 'ProjectInfoResult', name: 'smlInfoList', projects: [{ pid: 'irisTest' }, { pid: 'second' }] }],
  },
  {
    name: 'a prediction of a data source',
    start: { dataSourcePredict: { project, model: 'testLDA', input: 'Iris_rtlm.csv', output: 'out.csv', columns } },
    entities: [frame('dataframe', ['resZ_Result', 'res_Result', 'normZ_Result', 'sepal_length', 'petal_width'], 128, null)],
  },
  {
    name: 'an exploration',
    start: { explore: { project, metric: 'uni', contexts: [{ inputs: [0] }, { inputs: [15] }] } },
    entities: [
      {
        __typename: 'KeyValueMap',
        name: 'KSVDMap',
        kMeans: [],
        maps: [
          { entries: expect.arrayContaining([{ key: 'mean', text: '5.843333333333334', number: 5.843333333333334 }]) },
          {
            entries: expect.arrayContaining([
              { key: 'skewness', text: 'NaN', number: null },
              { key: 'min', text: 'Infinity', number: null },
              { key: 'max', text: '-Infinity', number: null },
            ]),
          },
        ],
      },
      projectInfo(project),
    ],
  },
  {
    name: 'an exploration of variance inflation',
    start: { exploreVif: { project, context: inputs } },
    entities: [
      {
        __typename: 'KeyValueMap',
        name: 'KSVSMap',
        maps: [
          {
            entries: [
              { key: '0', text: 'Infinity', number: null },
              { key: '1', number: expect.any(Number) },
              { key: '2', number: expect.any(Number) },
              { key: '3', number: expect.any(Number) },
            ],
          },
        ],
      },
    ],
  },
  {
    name: 'singular values',
    start: { exploreSvd: { project, context: inputs } },
    entities: [
      {
        __typename: 'KeyValueMap',
        name: 'KSVSMap',
        maps: [{ entries: expect.arrayContaining([{ key: expect.stringMatching(/^\d+\.\d+$/), text: 'sepal_length', number: null }]) }],
      },
    ],
  },
  {
    name: 'principal components',
    start: { explorePca: { project, context: inputs } },
    entities: [
      {
        ...frame('pcaVectors', components, 4, 'C'),
        rows: { nodes: [{ index: 0, cells: ['0.5', '0.5', '0.5', '0.5'] }, {}, {}, {}] },
      },
      frame('pcaValues', components, 1, 'C'),
      { __typename: 'NumberResult', name: 'pcaSumValues', number: expect.any(Number) },
    ],
  },
  {
    name: 'AwsInfo, decrypted',
    start: { awsInfo: { project, accessKey: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI' } },
    entities: [
      {
        __typename: 'AwsInfoResult',
        name: 'awsInfoEncrypted',
        decrypted: true,
        topics: [
          {
            region: 'us-east-1',
            arn: 'arn:aws:sns:us-east-1:123456789012:sml_fed_topic',
            endpoints: ['arn:aws:sqs:us-east-1:123456789012:sml_fed_node1'],
          },
        ],
        queues: [{ region: 'us-east-1', url: expect.stringContaining('sml_fed_node1') }],
      },
    ],
  },
  {
    name: 'an update from a data source',
    start: { dataSourceUpdate: { project, dataSource: 'Iris_rtlm.csv', columns } },
    entities: [projectInfo(project)],
  },
  { name: 'an update from a data source on Spark', planted: 'sparkDsUpdate', entities: [projectInfo(project)] },
  {
    name: 'optimised k-means',
    start: { kmeansOptimize: { project, context: inputs, minClusters: 2, maxClusters: 6, seed: 7 } },
    entities: [
      {
        __typename: 'KeyValueMap',
        name: 'KSVSMap',
        maps: [
          {
            entries: expect.arrayContaining([
              { key: 'kmeans_k_max', text: '6', number: 6 },
              { key: 'kmeans_rnd_seed', text: '7', number: 7 },
              { key: 'kmeans_5_wssse', text: '24038.895607683746', number: 24038.895607683746 },
            ]),
          },
        ],
        kMeans: [
          { clusters: 2, wssse: 40316.897273276154, silhouette: 0.24099295660249936 },
          { clusters: 3, wssse: 34178.95949179863, silhouette: 0.21947966456276002 },
          { clusters: 4, wssse: 26852.68838040368, silhouette: 0.2615571675703183 },
          { clusters: 5, wssse: 24038.895607683746, silhouette: 0.24742236190463987 },
          { clusters: 6, wssse: 120_194.5 / 6, silhouette: 1.2 / 7 },
        ],
      },
    ],
  },
  {
    name: 'a prediction of a data frame',
    planted: 'dsPredictDataFrame',
    entities: [
      {
        ...frame('dataframe', ['id', 'res', 'q95', 'q98', 'q99', 'evt'], 128, null),
        columns: ['id', 'res', 'q95', 'q98', 'q99', 'evt'].map((name, index) => ({
          index,
          name,
          type: name === 'id' ? 'S' : name === 'evt' ? 'B' : 'C',
        })),
      },
    ],
  },
];

/** Kinds that end without a word. */
export const emptyKinds: readonly ResultKind[] = [
  { name: 'a build', start: { build: { project, model: 'lda1', algorithm: 'lda', context } }, entities: [] },
  { name: 'a reduction', start: { reduce: { project, model: 'lda2', algorithm: 'lda', context, iterations: 3 } }, entities: [] },
  {
    name: 'a selection',
    start: {
      selectModel: {
        project,
        model: 'lda3',
        algorithm: 'lda',
        context,
        validation: {
          table: {
            columns: [...columns],
            rows: [{ cells: ['5.1', '0.2'] }, { cells: [null, '0.4'] }],
          },
        },
      },
    },
    entities: [],
  },
  {
    name: 'an update from a table',
    start: { update: { project, table: { columns: [...columns], rows: [{ cells: ['5.1', '0.2'] }] } } },
    entities: [],
  },
];
