import { beforeEach, describe, expect, it } from 'vitest';
import type { ClusterNode, ClusterStats, DetectorModel } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';

const down = new VigilError('BACKEND_UNAVAILABLE', 'one does not answer.', { backend: 'one' });
const forbidden = new VigilError('FORBIDDEN', 'The credentials may not read statistics.', { backend: 'one' });

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
});

const weighed = { name: 'mem.total', text: '1024', number: 1_024 };
const called = { name: 'build', text: 'v7', number: null };

const aNode = (nativeId: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
  id: `node:one:${nativeId}`,
  backendKey: 'one',
  nativeId,
  name: `name of ${nativeId}`,
  roles: ['ml'],
  metrics: { typename: 'ToyNodeMetrics', id: `node:one:${nativeId}/metrics`, ...{ marbleBytes: 9_007_199_254_740_991 } },
  rawMetrics: [weighed, called],
  ...more,
});
const addNode = (nativeId: string, more: Partial<ClusterNode> = {}): void => {
  rig.world('one').nodes.set(nativeId, aNode(nativeId, more));
};

describe('the nodes of a backend', () => {
  it('are told with the metrics that were selected', async () => {
    addNode('n1');
    const { data, errors } = await rig.run(`{ nodeStats(backend: "backend:one") {
      id nativeId name roles backend { key }
      metrics { __typename id ... on ToyNodeMetrics { marbleBytes } }
      rawMetrics { name text number }
      one: rawMetrics(names: ["build", "none of that name"]) { name }
      none: rawMetrics(names: []) { name }
      all: rawMetrics(names: null) { name }
    } }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      nodeStats: [
        {
          id: 'node:one:n1',
          nativeId: 'n1',
          name: 'name of n1',
          roles: ['ml'],
          backend: { key: 'one' },
          metrics: { __typename: 'ToyNodeMetrics', id: 'node:one:n1/metrics', marbleBytes: 9_007_199_254_740_991 },
          rawMetrics: [weighed, called],
          one: [{ name: 'build' }],
          none: [],
          all: [{ name: 'mem.total' }, { name: 'build' }],
        },
      ],
    });
    expect(rig.world('one').called()).toEqual(['listNodes']);
    expect([...(rig.world('one').calls[0]?.fields ?? [])]).toEqual(
      expect.arrayContaining(['NodeStats.metrics', 'ToyNodeMetrics.marbleBytes']),
    );
  });

  it('can be named, in the order given, each once; those that are gone are left out', async () => {
    for (const name of ['n1', 'n2', 'n3']) addNode(name);
    const nodes = ['n3', 'n1', 'gone', 'n3'].map((name) => `node:one:${name}`);
    const { data, errors } = await rig.run('query($nodes: [ID!]) { nodeStats(backend: "backend:one", nodes: $nodes) { nativeId } }', {
      nodes,
    });
    expect([data, errors]).toEqual([{ nodeStats: [{ nativeId: 'n3' }, { nativeId: 'n1' }] }, undefined]);
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ids])).toEqual([['readNodes', ['n3', 'n1', 'gone']]]);
  });

  it('are none for an empty list of names', async () => {
    addNode('n1');
    expect((await rig.run('{ nodeStats(backend: "backend:one", nodes: []) { id } }')).data).toEqual({ nodeStats: [] });
    expect(rig.world('one').called()).toEqual([]);
  });

  it.each([
    ['backend: "backend:three"', 'NOT_FOUND at nodeStats (backend)'],
    ['backend: "node:one:n1"', 'INVALID_INPUT at nodeStats (backend)'],
    ['backend: "backend:one", nodes: ["node:one:n1", "n2"]', 'INVALID_INPUT at nodeStats (nodes.1)'],
    ['backend: "backend:one", nodes: ["job:one:n1"]', 'INVALID_INPUT at nodeStats (nodes.0)'],
    ['backend: "backend:one", nodes: ["node:two:n1"]', 'INVALID_INPUT at nodeStats (nodes.0)'],
  ])('refuse (%s) with its place', async (args, expected) => {
    const { errors } = await rig.run(`{ nodeStats(${args}) { id } }`);
    expect(codesOf(errors)).toEqual([expected]);
    expect(rig.world('one').called()).toEqual([]);
  });

  it('are bounded', async () => {
    const nodes = Array.from({ length: 501 }, (_, index) => `node:one:n${index}`);
    const { errors } = await rig.run('query($nodes: [ID!]) { nodeStats(backend: "backend:one", nodes: $nodes) { id } }', { nodes });
    expect(codesOf(errors)).toEqual(['INVALID_INPUT at nodeStats (nodes)']);
  });

  it('are an error when they cannot be had', async () => {
    rig.world('one').failing.set('listNodes', down);
    expect(codesOf((await rig.run('{ nodeStats(backend: "backend:one") { id } }')).errors)).toEqual(['BACKEND_UNAVAILABLE at nodeStats']);
  });

  it('say at their metrics why these are missing, and stand without', async () => {
    const { metrics: _metrics, rawMetrics: _rawMetrics, ...bare } = aNode('n1');
    rig.world('one').nodes.set('n1', bare);
    rig.world('one').missing = [{ part: 'STATISTICS', error: forbidden }];
    const { data, errors } = await rig.run('{ nodeStats(backend: "backend:one") { nativeId metrics { id } rawMetrics { name } } }');
    expect(data).toEqual({ nodeStats: [{ nativeId: 'n1', metrics: null, rawMetrics: [] }] });
    expect(codesOf(errors)).toEqual(['FORBIDDEN at nodeStats.0.metrics']);
  });

  it('do not take metrics a product has not got for missing ones', async () => {
    addNode('n1', { metrics: null, rawMetrics: [] });
    expect(await rig.run('{ nodeStats(backend: "backend:one") { metrics { id } rawMetrics { name } } }')).toEqual({
      data: { nodeStats: [{ metrics: null, rawMetrics: [] }] },
    });
  });
});

describe('the node of a job', () => {
  const place = { id: 'node:one:n1', backendKey: 'one', nativeId: 'n1', name: 'first' };

  it('is read once for all rows, for what the job does not bring of it', async () => {
    addNode('n1');
    for (const name of ['a', 'b']) rig.world('one').addJob(name, { node: place });
    const { data, errors } = await rig.run(
      '{ jobs { unavailable { part } nodes { node { name metrics { id } rawMetrics(names: ["build"]) { text } } } } }',
    );
    expect(errors).toBeUndefined();
    const node = { name: 'first', metrics: { id: 'node:one:n1/metrics' }, rawMetrics: [{ text: 'v7' }] };
    expect(data).toEqual({ jobs: { unavailable: [], nodes: [{ node }, { node }] } });
    expect(rig.world('one').called()).toEqual(['listJobs', 'readNodes']);
  });

  it('is without metrics in a list that cannot read them, and the list says why', async () => {
    rig.world('one').addJob('a', { node: place });
    rig.world('one').failing.set('readNodes', forbidden);
    const { data, errors } = await rig.run(
      '{ jobs { unavailable { part code } nodes { node { name roles metrics { id } rawMetrics { name } } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      jobs: {
        unavailable: [{ part: 'STATISTICS', code: 'FORBIDDEN' }],
        nodes: [{ node: { name: 'first', roles: [], metrics: null, rawMetrics: [] } }],
      },
    });
  });
});

describe('the statistics of a cluster', () => {
  const stats = (): ClusterStats => ({
    id: 'cluster:one:marbles',
    backendKey: 'one',
    nodes: [aNode('n1'), aNode('n2')],
    rawMetrics: [weighed, called],
  });

  it('are told with its nodes', async () => {
    rig.world('one').cluster = stats();
    const { data, errors } = await rig.run(`{ clusterStats(backend: "backend:one") {
      id backend { key } nodes { nativeId metrics { id } } rawMetrics(names: ["mem.total"]) { name text number }
    } }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      clusterStats: {
        id: 'cluster:one:marbles',
        backend: { key: 'one' },
        nodes: [
          { nativeId: 'n1', metrics: { id: 'node:one:n1/metrics' } },
          { nativeId: 'n2', metrics: { id: 'node:one:n2/metrics' } },
        ],
        rawMetrics: [weighed],
      },
    });
    expect(rig.world('one').called()).toEqual(['readClusterStats']);
  });

  it('are fetched again by their id, in one call however often they are asked for', async () => {
    rig.world('one').cluster = stats();
    const { data, errors } = await rig.run(`{
      node(id: "cluster:one:marbles") { __typename id ... on ClusterStats { rawMetrics { name } } }
      nodes(ids: ["cluster:one:other", "cluster:three:marbles", "cluster:two:marbles"]) { id }
      clusterStats(backend: "backend:one") { id }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      node: { __typename: 'ClusterStats', id: 'cluster:one:marbles', rawMetrics: [{ name: 'mem.total' }, { name: 'build' }] },
      nodes: [null, null, null],
      clusterStats: { id: 'cluster:one:marbles' },
    });
    expect(rig.world('one').called()).toEqual(['readClusterStats']);
  });

  it('are null for a product that has none, and an error when they cannot be had', async () => {
    rig.world('one').failing.set('readClusterStats', down);
    const { data, errors } = await rig.run(
      '{ one: clusterStats(backend: "backend:one") { id } two: clusterStats(backend: "backend:two") { id } }',
    );
    expect([data, codesOf(errors)]).toEqual([{ one: null, two: null }, ['BACKEND_UNAVAILABLE at one']]);
  });

  it('refuse a backend that is not configured', async () => {
    const { errors } = await rig.run('{ a: clusterStats(backend: "backend:three") { id } b: clusterStats(backend: "one") { id } }');
    expect([...codesOf(errors)].sort()).toEqual(['INVALID_INPUT at b (backend)', 'NOT_FOUND at a (backend)']);
  });

  it('count detectors and tell how the product’s own indices are, where it does', async () => {
    const indexStatuses = [{ name: '.marbles', status: 'green' }];
    rig.world('one').cluster = {
      ...stats(),
      indexStatuses,
      detectorCount: 3,
      singleStreamDetectorCount: 2,
      highCardinalityDetectorCount: 1,
    };
    rig.world('two').cluster = { ...stats(), id: 'cluster:two:marbles', backendKey: 'two' };
    const counts = 'indexStatuses { name status } detectorCount singleStreamDetectorCount highCardinalityDetectorCount';
    const { data } = await rig.run(
      `{ one: clusterStats(backend: "backend:one") { ${counts} } two: clusterStats(backend: "backend:two") { ${counts} } }`,
    );
    expect(data).toEqual({
      one: { indexStatuses, detectorCount: 3, singleStreamDetectorCount: 2, highCardinalityDetectorCount: 1 },
      two: { indexStatuses: [], detectorCount: null, singleStreamDetectorCount: null, highCardinalityDetectorCount: null },
    });
  });
});

describe('the models in the memory of a node', () => {
  const model = (modelId: string, more: Partial<DetectorModel> = {}): DetectorModel => ({
    ...{ modelId, type: 'rcf', detectorNativeId: 'd1', nodeId: 'n1', sizeBytes: 5, entity: [], lastUsedAt: null, lastCheckpointAt: null },
    ...more,
  });
  const page = `query($first: Int, $after: String) { nodeStats(backend: "backend:one") { models(first: $first, after: $after) {
    totalCount edges { cursor node { modelId } } nodes { modelId sizeBytes detector { name } node { id } } pageInfo { hasNextPage hasPreviousPage endCursor }
  } } }`;
  interface Answer {
    readonly nodeStats: readonly {
      readonly models: { readonly nodes: readonly object[]; readonly pageInfo: { readonly endCursor: string } };
    }[];
  }
  const models = async (variables: Record<string, unknown> = {}) => {
    const { data, errors } = await rig.run(page, variables);
    expect(codesOf(errors)).toEqual([]);
    return (data as unknown as Answer).nodeStats[0]?.models ?? expect.fail('no node');
  };
  beforeEach(() => {
    rig.world('one').hasDetectors = true;
    rig.world('one').addDetector('d1');
    addNode('n1', { models: [model('a'), model('b', { detectorNativeId: 'gone' }), model('c', { detectorNativeId: null, nodeId: null })] });
  });

  it('are paged, with the detectors they are of in one call', async () => {
    const first = await models({ first: 2 });
    expect(first).toMatchObject({
      totalCount: 3,
      nodes: [
        { modelId: 'a', sizeBytes: 5, detector: { name: 'name of d1' }, node: { id: 'node:one:n1' } },
        { modelId: 'b', detector: null },
      ],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    expect(await models({ after: first.pageInfo.endCursor })).toMatchObject({
      nodes: [{ modelId: 'c', detector: null, node: null }],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    expect(rig.world('one').called()).toEqual(['listNodes', 'detectors.read', 'listNodes']);
  });

  it('stand without their detectors when these cannot be read', async () => {
    rig.world('one').failing.set('detectors.read', forbidden);
    expect((await models({ first: 1 })).nodes).toEqual([expect.objectContaining({ modelId: 'a', detector: null })]);
  });

  it('are none where the product has no detectors, and where statistics are not readable', async () => {
    addNode('n1');
    expect(await models()).toMatchObject({ totalCount: null, nodes: [] });
    rig.world('one').hasDetectors = false;
    expect(await models()).toMatchObject({ totalCount: 0, nodes: [] });
  });

  it.each([
    ['first: 501', 'first'],
    ['after: "x"', 'after'],
  ])('refuse (%s) with its place', async (args, place) => {
    const { errors } = await rig.run(`{ nodeStats(backend: "backend:one") { models(${args}) { totalCount } } }`);
    expect(codesOf(errors)).toEqual([`INVALID_INPUT at nodeStats.0.models (${place})`]);
  });
});
