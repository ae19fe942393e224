import { beforeEach, describe, expect, it } from 'vitest';
import type { Anomaly, JobMessage, ModelSnapshot } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';

const forbidden = new VigilError('FORBIDDEN', 'The credentials may not read that.', { backend: 'one' });
const down = new VigilError('BACKEND_UNAVAILABLE', 'one does not answer.', { backend: 'one', retryAfterMs: 5_000 });

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
});

const anAnomaly = (key: string, more: Partial<Anomaly> = {}): Anomaly => ({
  id: `job:one:a~k/anomalies/${key}`,
  startAt: 0,
  endAt: null,
  score: 0.5,
  confidence: null,
  entity: [],
  functionName: null,
  fieldName: null,
  actual: [],
  typical: [],
  interim: false,
  ...more,
});
const aMessage = (message: string): JobMessage => ({ at: 0, level: 'info', message, nodeName: null });
const aSnapshot = (snapshotId: string, more: Partial<ModelSnapshot> = {}): ModelSnapshot => ({
  snapshotId,
  description: null,
  createdAt: 0,
  documentCount: null,
  latestRecordAt: null,
  latestResultAt: null,
  retain: false,
  ...more,
});

interface Page {
  readonly totalCount: number | null;
  readonly nodes: readonly { readonly id?: string; readonly snapshotId?: string }[];
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string | null };
  readonly unavailable?: readonly { readonly part: string; readonly code: string; readonly backend: { readonly key: string } }[];
}

describe('the anomalies of a job', () => {
  const query = `query($filter: AnomalyFilter, $first: Int, $after: String) { job(id: "job:one:a") { anomalies(filter: $filter, first: $first, after: $after) {
    totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    unavailable { part code message retryAfterMs backend { key } }
  } } }`;
  const ask = async (variables: Record<string, unknown> = {}): Promise<Page> => {
    const { data, errors } = await rig.run(query, variables);
    expect(codesOf(errors)).toEqual([]);
    return (data as { job: { anomalies: Page } } | undefined)?.job.anomalies ?? expect.fail('no data');
  };

  beforeEach(() => {
    rig.world('one').addJob('a');
    rig.world('one').anomalies.set(
      'a',
      ['r1', 'r2', 'r3', 'r4', 'r5'].map((key) => anAnomaly(key)),
    );
  });

  it('are told in full', async () => {
    const found = anAnomaly('r1', {
      endAt: 300_000,
      score: 0.97,
      confidence: 0.5,
      entity: [{ name: 'airline', value: 'AAL' }],
      functionName: 'mean',
      fieldName: 'responsetime',
      actual: [9.5],
      typical: [1.25],
      interim: true,
      raw: { bucket_span: 300 },
    });
    rig.world('one').anomalies.set('a', [found]);
    const { data, errors } = await rig.run(`{ job(id: "job:one:a") { anomalies { nodes {
      id startAt endAt score confidence entity { name value } functionName fieldName actual typical interim raw
    } } } }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      job: { anomalies: { nodes: [{ ...found, startAt: '1970-01-01T00:00:00.000Z', endAt: '1970-01-01T00:05:00.000Z' }] } },
    });
  });

  it('are paged by the vendor', async () => {
    const seen: (string | undefined)[] = [];
    let page = await ask({ first: 2 });
    expect(page).toMatchObject({ totalCount: 5, unavailable: [], pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    for (;;) {
      seen.push(...page.nodes.map(({ id }) => id?.split('/').at(-1)));
      if (!page.pageInfo.hasNextPage) break;
      page = await ask({ first: 2, after: page.pageInfo.endCursor });
      expect(page.pageInfo.hasPreviousPage).toBe(true);
    }
    expect(seen).toEqual(['r1', 'r2', 'r3', 'r4', 'r5']);
    expect(rig.world('one').slices).toEqual([
      { skip: 0, first: 2 },
      { skip: 2, first: 2 },
      { skip: 4, first: 2 },
    ]);
  });

  it('go on behind any row', async () => {
    const { edges } = await ask({ first: 3 });
    expect((await ask({ first: 1, after: edges[0]?.cursor })).nodes).toEqual([{ id: 'job:one:a~k/anomalies/r2' }]);
  });

  it('are taken to go on after a full page where the vendor does not count', async () => {
    rig.world('one').counts = false;
    expect(await ask({ first: 5 })).toMatchObject({ totalCount: null, pageInfo: { hasNextPage: true } });
    const { pageInfo } = await ask({ first: 5 });
    expect(await ask({ first: 5, after: pageInfo.endCursor })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false } });
    expect(await ask({ first: 6 })).toMatchObject({ pageInfo: { hasNextPage: false } });
    expect(await ask({ first: 0 })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false } });
  });

  it('are 20 a page where nobody says how many', async () => {
    await ask();
    await ask({ first: null });
    expect(rig.world('one').slices).toEqual([
      { skip: 0, first: 20 },
      { skip: 0, first: 20 },
    ]);
  });

  it('hand the filter to the vendor', async () => {
    const entity = [{ name: 'airline', value: 'AAL' }];
    await ask({ filter: { from: '1970-01-01T00:00:01Z', to: '1970-01-01T00:00:02.000+00:00', minScore: 0.75, entity } });
    await ask({ filter: { from: null, to: null, minScore: null, entity: [] } });
    expect(rig.world('one').slices).toEqual([
      { skip: 0, first: 20, from: 1_000, to: 2_000, minScore: 0.75, entity },
      { skip: 0, first: 20 },
    ]);
  });

  it.each([
    [{ filter: { minScore: 1.01 } }, 'filter.minScore'],
    [{ filter: { minScore: -0.1 } }, 'filter.minScore'],
    [{ filter: { from: '1970-01-01T00:00:02Z', to: '1970-01-01T00:00:02Z' } }, 'filter.to'],
    [{ first: -1 }, 'first'],
    [{ first: 501 }, 'first'],
    [{ after: 'nonsense' }, 'after'],
    [{ after: Buffer.from('{"v":1,"l":"x","s":0}').toString('base64url') }, 'after'],
  ])('refuse %j with its place', async (variables, path) => {
    const { errors } = await rig.run(query, variables);
    expect(codesOf(errors)).toEqual([`INVALID_INPUT at job.anomalies (${path})`]);
    expect(rig.world('one').slices).toEqual([]);
  });

  it('take 500 entities and no more', async () => {
    const of = (length: number) => rig.run(query, { filter: { entity: Array.from({ length }, () => ({ name: 'a', value: 'b' })) } });
    expect(codesOf((await of(500)).errors)).toEqual([]);
    expect(codesOf((await of(501)).errors)).toEqual(['INVALID_INPUT at job.anomalies (filter.entity)']);
  });

  it('refuse a cursor of another filter, and of another job', async () => {
    rig.world('one').addJob('b');
    const { pageInfo } = await ask({ first: 1 });
    const after = pageInfo.endCursor;
    const filtered = await rig.run(query, { after, filter: { minScore: 0.5 } });
    const other = await rig.run('query($after: String) { job(id: "job:one:b") { anomalies(after: $after) { totalCount } } }', { after });
    expect([codesOf(filtered.errors), codesOf(other.errors)]).toEqual([
      ['INVALID_INPUT at job.anomalies (after)'],
      ['INVALID_INPUT at job.anomalies (after)'],
    ]);
  });

  it('are missing with the reason, and no error', async () => {
    rig.world('one').failing.set('readAnomalies', down);
    expect(await ask()).toEqual({
      totalCount: null,
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      unavailable: [
        {
          part: 'ANOMALIES',
          code: 'BACKEND_UNAVAILABLE',
          message: 'one does not answer.',
          retryAfterMs: 5_000,
          backend: { key: 'one' },
        },
      ],
    });
  });

  it('are missing from one row of a list alone', async () => {
    rig.world('two').addJob('b');
    rig.world('one').failing.set('readAnomalies', forbidden);
    rig.world('two').anomalies.set('b', [anAnomaly('r9')]);
    const { data, errors } = await rig.run(
      '{ jobs { unavailable { part } nodes { nativeId anomalies { totalCount unavailable { part code } } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      jobs: {
        unavailable: [],
        nodes: [
          { nativeId: 'a', anomalies: { totalCount: null, unavailable: [{ part: 'ANOMALIES', code: 'FORBIDDEN' }] } },
          { nativeId: 'b', anomalies: { totalCount: 1, unavailable: [] } },
        ],
      },
    });
  });

  it('show a fault of an adapter as INTERNAL, and tell the log of it', async () => {
    const fault = new TypeError('boom');
    rig.world('one').failing.set('readAnomalies', fault);
    expect((await ask()).unavailable).toMatchObject([{ part: 'ANOMALIES', code: 'INTERNAL' }]);
    expect(rig.faults).toEqual([fault]);
  });
});

describe('the messages about a job', () => {
  beforeEach(() => {
    rig.world('one').addJob('a');
    rig.world('one').messages.set('a', ['third', 'second', 'first'].map(aMessage));
  });

  it('are the newest lines of the log', async () => {
    rig.world('one').messages.set('a', [{ at: 1_000, level: 'warning', message: 'It stops.', nodeName: 'n1' }]);
    const { data, errors } = await rig.run('{ job(id: "job:one:a") { messages { at level message nodeName } } }');
    expect([data, errors]).toEqual([
      { job: { messages: [{ at: '1970-01-01T00:00:01.000Z', level: 'warning', message: 'It stops.', nodeName: 'n1' }] } },
      undefined,
    ]);
  });

  it('cost one call for each backend, as many lines as anything wants, for all rows and aliases', async () => {
    for (const name of ['b', 'c']) rig.world('one').addJob(name);
    rig.world('two').addJob('d');
    const { data, errors } = await rig.run(
      `{ jobs { nodes { nativeId newest: messages(first: 1) { message } messages(first: 2) { message } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      jobs: {
        nodes: [{ nativeId: 'a', newest: [{ message: 'third' }], messages: [{ message: 'third' }, { message: 'second' }] }, {}, {}, {}],
      },
    });
    expect(
      rig
        .world('one')
        .calls.filter(({ member }) => member === 'readJobMessages')
        .map(({ ids }) => [...ids].sort()),
    ).toEqual([['a', 'b', 'c']]);
    expect(rig.world('one').slices).toEqual([{ first: 2 }]);
    expect(
      rig
        .world('two')
        .called()
        .filter((member) => member === 'readJobMessages'),
    ).toHaveLength(1);
  });

  it.each([
    ['messages', 20],
    ['messages(first: null)', 20],
    ['messages(first: 500)', 500],
    ['messages(first: $most)', 7],
  ])('%s asks for %i', async (field, first) => {
    const { errors } = await rig.run(
      `query($most: Int = 7) { job(id: "job:one:a") { ${field} { message } } other: job(id: "job:two:a", ) { id messages(first: $most) { at } } }`,
    );
    expect(errors).toBeUndefined();
    expect(rig.world('one').slices).toEqual([{ first }]);
  });

  it('are not asked for by those who do not want them', async () => {
    await rig.run('{ jobs { nodes { id } } }');
    expect(rig.world('one').called()).toEqual(['listJobs']);
  });

  it.each([-1, 501])('refuse first: %i with its place', async (first) => {
    const { errors } = await rig.run('query($first: Int) { job(id: "job:one:a") { messages(first: $first) { at } } }', { first });
    expect(codesOf(errors)).toEqual(['INVALID_INPUT at job.messages (first)']);
  });

  it.each([forbidden, down])('are empty in the rows of a list, which says once why: %s', async (error) => {
    rig.world('one').addJob('b');
    rig.world('two').addJob('c');
    rig.world('two').messages.set('c', [aMessage('fine')]);
    rig.world('one').failing.set('readJobMessages', error);
    const { data, errors } = await rig.run(
      '{ jobs { unavailable { part code backend { key } } nodes { nativeId messages { message } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      jobs: {
        unavailable: [{ part: 'MESSAGES', code: error.code, backend: { key: 'one' } }],
        nodes: [
          { nativeId: 'a', messages: [] },
          { nativeId: 'b', messages: [] },
          { nativeId: 'c', messages: [{ message: 'fine' }] },
        ],
      },
    });
  });

  it('are said to be missing by a list of tasks, too', async () => {
    rig.world('one').addTask('t', { jobNativeId: 'a' });
    rig.world('one').failing.set('readJobMessages', forbidden);
    const { data, errors } = await rig.run('{ tasks { unavailable { part code } nodes { job { nativeId messages { message } } } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      tasks: { unavailable: [{ part: 'MESSAGES', code: 'FORBIDDEN' }], nodes: [{ job: { nativeId: 'a', messages: [] } }] },
    });
  });

  it('of a single job are empty without the privilege, which is another one than the job’s', async () => {
    rig.world('one').failing.set('readJobMessages', forbidden);
    const { data, errors } = await rig.run('{ job(id: "job:one:a") { nativeId messages { message } } }');
    expect([data, errors]).toEqual([{ job: { nativeId: 'a', messages: [] } }, undefined]);
  });

  it('of a single job are an error when nobody can say', async () => {
    rig.world('one').failing.set('readJobMessages', down);
    const { data, errors } = await rig.run('{ job(id: "job:one:a") { nativeId messages { message } } }');
    expect([data, codesOf(errors)]).toEqual([{ job: null }, ['BACKEND_UNAVAILABLE at job.messages']]);
  });
});

describe('the model snapshots of a job', () => {
  const query = `query($first: Int, $after: String) { job(id: "job:one:a") { details { id ... on ToyJobDetails { colour modelSnapshots(first: $first, after: $after) {
    totalCount nodes { snapshotId } edges { cursor node { snapshotId } } pageInfo { hasNextPage hasPreviousPage endCursor }
  } } } } }`;
  const ask = async (variables: Record<string, unknown> = {}): Promise<Page> => {
    const { data, errors } = await rig.run(query, variables);
    expect(codesOf(errors)).toEqual([]);
    return (data as { job: { details: { modelSnapshots: Page } } } | undefined)?.job.details.modelSnapshots ?? expect.fail('no data');
  };

  beforeEach(() => {
    rig.world('one').addJob('a');
    rig.world('one').snapshots.set(
      'a',
      ['3', '2', '1'].map((id) => aSnapshot(id)),
    );
  });

  it('are told in full, beside the other details', async () => {
    const saved = aSnapshot('17', {
      description: 'State persisted',
      documentCount: 3,
      latestRecordAt: 1_000,
      latestResultAt: 2_000,
      retain: true,
    });
    rig.world('one').snapshots.set('a', [saved]);
    const { data, errors } =
      await rig.run(`{ job(id: "job:one:a") { details { raw ... on ToyJobDetails { colour tally { marbleCount } modelSnapshots { nodes {
      snapshotId description createdAt documentCount latestRecordAt latestResultAt retain
    } } } } } }`);
    expect(errors).toBeUndefined();
    const instants = {
      createdAt: '1970-01-01T00:00:00.000Z',
      latestRecordAt: '1970-01-01T00:00:01.000Z',
      latestResultAt: '1970-01-01T00:00:02.000Z',
    };
    expect(data).toEqual({
      job: {
        details: {
          raw: { paint: 'red' },
          colour: 'red',
          tally: { marbleCount: 7 },
          modelSnapshots: { nodes: [{ ...saved, ...instants }] },
        },
      },
    });
  });

  it('are paged by the vendor', async () => {
    const first = await ask({ first: 2 });
    expect(first).toMatchObject({ totalCount: 3, nodes: [{ snapshotId: '3' }, { snapshotId: '2' }], pageInfo: { hasNextPage: true } });
    const second = await ask({ first: 2, after: first.pageInfo.endCursor });
    expect(second).toMatchObject({ nodes: [{ snapshotId: '1' }], pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    expect(rig.world('one').slices).toEqual([
      { skip: 0, first: 2 },
      { skip: 2, first: 2 },
    ]);
  });

  it('are not asked for with the other details', async () => {
    await rig.run('{ jobs { nodes { details { id ... on ToyJobDetails { colour } } } } }');
    expect(rig.world('one').called()).toEqual(['listJobs']);
  });

  it('of a single job take the details with them when they cannot be read, and say why', async () => {
    rig.world('one').failing.set('readModelSnapshots', down);
    const { data, errors } = await rig.run(query);
    expect([data, codesOf(errors)]).toEqual([{ job: { details: null } }, ['BACKEND_UNAVAILABLE at job.details.modelSnapshots']]);
  });

  it('are empty and not counted in a row of a list when they cannot be read', async () => {
    rig.world('one').failing.set('readModelSnapshots', forbidden);
    const { data, errors } = await rig.run(
      '{ jobs { nodes { details { ... on ToyJobDetails { modelSnapshots { totalCount nodes { retain } } } } } } }',
    );
    expect([data, errors]).toEqual([{ jobs: { nodes: [{ details: { modelSnapshots: { totalCount: null, nodes: [] } } }] } }, undefined]);
  });
});
