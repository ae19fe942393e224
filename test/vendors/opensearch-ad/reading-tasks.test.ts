import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallOptions } from '../../../src/domain/index.js';
import type { AdapterContext } from '../../../src/vendors/opensearch-ad/context.js';
import { discoverTasks, listTasks, readTasks } from '../../../src/vendors/opensearch-ad/tasks.js';
import { errorOf } from '../support/connect.js';
import { type Answer, type StandIn, startStandIn } from '../support/stand-in.js';
import {
  base,
  callOf,
  connectReads,
  failToSearch,
  fields,
  forbidden,
  hitsAnswer,
  indexMissing,
  recordedAnswer,
  recordedHits,
  routes,
} from './reading-support.js';

const tasksPath = 'detectors/tasks/_search';
const stateIndex = '.opendistro-anomaly-detection-state';
const none = fields();

interface Body {
  readonly size: number;
  readonly query: unknown;
  readonly post_filter?: unknown;
  readonly aggs?: unknown;
  readonly search_after?: readonly unknown[];
  readonly _source: unknown;
}

describe('reading tasks', () => {
  let standIn: StandIn;
  let reads: ReturnType<typeof connectReads>;
  let context: AdapterContext;
  let call: CallOptions;
  beforeEach(async () => {
    standIn = await startStandIn();
    reads = connectReads(standIn.url);
    context = reads.context;
    call = callOf();
  });
  afterEach(async () => {
    await reads.dispose();
    await standIn.dispose();
  });

  const answer = (tasks: Answer): void => standIn.answerWith(routes({ [tasksPath]: tasks }));
  const bodies = (): readonly Body[] => standIn.seen.map(({ body }) => JSON.parse(body));
  const task = (id: string, source: Readonly<Record<string, unknown>> = {}, sort?: number) => ({
    _id: id,
    _source: { detector_id: 'D1', task_type: 'HISTORICAL_SINGLE_ENTITY', state: 'RUNNING', ...source },
    ...(sort === undefined ? {} : { sort: [sort] }),
  });

  it('finds nothing on a cluster where nothing was ever started', async () => {
    answer(recordedAnswer('2.19.4/00-virgin-cluster', 'tasks search'));
    expect(await discoverTasks(context, none, call)).toEqual({ items: [], missing: [] });
    expect(await listTasks(context, { includeEntities: true }, none, call)).toEqual({ items: [], missing: [] });
    expect((await readTasks(context, ['T1'], none, call)).readings.get('T1')).toEqual({ status: 'gone' });
  });

  it('discovers in one search, with those that are watched, ended or not', async () => {
    answer(hitsAnswer(recordedHits('2.19.4/11-historical-single-stopped', 'tasks search after stop')));
    const { items, missing } = await discoverTasks(context, none, call, ['b', 'a', 'b']);
    expect(missing).toEqual([]);
    expect(items).toMatchObject([{ kind: 'HISTORICAL', state: 'CANCELLED', error: null, endedAt: 1795316557038 }]);
    expect(standIn.requests()).toEqual([`POST ${base}/${tasksPath}`]);
    const [body] = bodies();
    expect(body?.query).toEqual({
      bool: {
        should: [
          {
            bool: {
              filter: [
                { terms: { state: ['CREATED', 'INIT', 'RUNNING'] } },
                {
                  terms: {
                    task_type: [
                      'REALTIME_SINGLE_ENTITY',
                      'REALTIME_HC_DETECTOR',
                      'HISTORICAL_SINGLE_ENTITY',
                      'HISTORICAL_HC_DETECTOR',
                      'HISTORICAL',
                    ],
                  },
                },
              ],
            },
          },
          { ids: { values: ['a', 'b'] } },
        ],
        minimum_should_match: 1,
      },
    });
    expect(body).not.toHaveProperty('aggs');
    expect(body?._source).toEqual({ excludes: ['detector', 'user'] });
  });

  it('counts the entity tasks of all parents in that very search', async () => {
    const parent = task('P1', { task_type: 'HISTORICAL_HC_DETECTOR' });
    answer(
      hitsAnswer([parent, task('S1')], {
        aggregations: {
          children: {
            doc_count_error_upper_bound: 0,
            sum_other_doc_count: 0,
            buckets: [
              {
                key: 'P1',
                doc_count: 5,
                states: {
                  buckets: [
                    { key: 'RUNNING', doc_count: 3 },
                    { key: 'INACTIVE', doc_count: 1 },
                    { key: 'ODD', doc_count: 1 },
                  ],
                },
              },
            ],
          },
        },
      }),
    );
    const { items, missing } = await discoverTasks(context, fields('Task.stateCounts'), call);
    expect(missing).toEqual([]);
    expect(items[0]?.stateCounts).toEqual([
      { state: 'RUNNING', count: 3 },
      { state: 'LOST', count: 1 },
      { state: 'UNKNOWN', count: 1 },
    ]);
    expect(items[1]?.stateCounts).toEqual([]);
    const [body] = bodies();
    expect(standIn.seen).toHaveLength(1);
    expect(body?.aggs).toMatchObject({ children: { terms: { field: 'parent_task_id' }, aggs: { states: { terms: { field: 'state' } } } } });
    expect(body?.query).toMatchObject({ bool: { should: [body?.post_filter, { term: { task_type: 'HISTORICAL_HC_ENTITY' } }] } });
  });

  it('says so when not every parent’s children were counted', async () => {
    answer(hitsAnswer([task('P1')], { aggregations: { children: { sum_other_doc_count: 12, buckets: [] } } }));
    const { items, missing } = await discoverTasks(context, fields('Task.stateCounts'), call);
    expect(items[0]).not.toHaveProperty('stateCounts');
    expect(missing).toMatchObject([{ part: 'TASKS', error: { code: 'BACKEND_UNAVAILABLE' } }]);
  });

  it('asks for no more than the vendor’s words for what is wanted', async () => {
    answer(hitsAnswer([]));
    await listTasks(
      context,
      { detectors: ['D1'], states: ['SUCCEEDED', 'CANCELLED'], kinds: ['HISTORICAL'], includeEntities: false },
      none,
      call,
    );
    await listTasks(context, { jobs: ['D2'], includeEntities: false }, none, call);
    await listTasks(context, { parents: ['P1', 'P2'], includeEntities: true }, none, call);
    await listTasks(context, { states: ['UNKNOWN'], kinds: ['UNKNOWN'], includeEntities: true }, none, call);
    await listTasks(context, { kinds: ['HISTORICAL_ENTITY', 'HISTORICAL'], includeEntities: true }, none, call);
    expect(bodies().map(({ query }) => query)).toEqual([
      {
        bool: {
          filter: [
            { terms: { detector_id: ['D1'] } },
            { terms: { state: ['FINISHED', 'STOPPED'] } },
            { terms: { task_type: ['HISTORICAL_SINGLE_ENTITY', 'HISTORICAL_HC_DETECTOR', 'HISTORICAL'] } },
          ],
        },
      },
      {
        bool: {
          filter: [
            { terms: { detector_id: ['D2'] } },
            { terms: { task_type: ['REALTIME_SINGLE_ENTITY', 'REALTIME_HC_DETECTOR'] } },
            { bool: { must_not: [{ term: { task_type: 'HISTORICAL_HC_ENTITY' } }] } },
          ],
        },
      },
      { bool: { filter: [{ terms: { parent_task_id: ['P1', 'P2'] } }] } },
      { bool: { filter: [] } },
      {
        bool: {
          filter: [{ terms: { task_type: ['HISTORICAL_SINGLE_ENTITY', 'HISTORICAL_HC_DETECTOR', 'HISTORICAL', 'HISTORICAL_HC_ENTITY'] } }],
        },
      },
    ]);
  });

  it('reads tasks by id in one search: found, or gone because a whole answer does not have them', async () => {
    const hits = recordedHits('2.19.4/12-historical-restarted', 'tasks search, both tasks');
    answer(hitsAnswer(hits));
    const ids = hits.map(({ _id }) => _id);
    const { readings, missing } = await readTasks(context, [...ids, 'nobody'], none, call);
    expect(missing).toEqual([]);
    for (const id of ids) expect(readings.get(id)).toMatchObject({ status: 'found', value: { nativeId: id } });
    expect(readings.get('nobody')).toEqual({ status: 'gone' });
    expect(bodies()[0]?.query).toEqual({ ids: { values: [...ids, 'nobody'] } });
  });

  it('takes a server that has just booted for no proof that a task is gone', async () => {
    answer(recordedAnswer('2.19.4/18-crash-and-restart', 'after the crash (0)'));
    const { readings } = await readTasks(context, ['T1'], none, call);
    expect(readings.get('T1')).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
    answer(failToSearch);
    expect((await errorOf(discoverTasks(context, none, call))).code).toBe('BACKEND_UNAVAILABLE');
  });

  it('takes the answer of half an index for no proof either', async () => {
    answer(hitsAnswer([task('T1')], { _shards: { total: 2, successful: 1, skipped: 0, failed: 1 } }));
    const { readings, missing } = await readTasks(context, ['T1', 'T2'], none, call);
    expect(readings.get('T1')?.status).toBe('found');
    expect(readings.get('T2')).toMatchObject({ status: 'undetermined' });
    expect(missing).toMatchObject([{ part: 'TASKS' }]);
  });

  it('names the privilege that is missing', async () => {
    answer(forbidden);
    expect((await readTasks(context, ['T1'], none, call)).readings.get('T1')).toMatchObject({
      status: 'undetermined',
      cause: { code: 'FORBIDDEN', facts: { missing: [expect.stringContaining('cluster:admin/opendistro/ad')] } },
    });
  });

  it('reads more than a page holds, without losing what began in the same instant', async () => {
    const all = Array.from({ length: 12_000 }, (_, index) => task(`T${index}`, { state: 'FINISHED' }, 1_000_000 - Math.floor(index / 3)));
    standIn.answerWith((seen) => {
      const { size, search_after: after } = JSON.parse(seen.body) as Body;
      const last = after?.[0];
      return hitsAnswer(all.filter(({ sort }) => last === undefined || (sort?.[0] ?? 0) < Number(last)).slice(0, size));
    });
    const { items, missing } = await listTasks(context, { includeEntities: true }, none, call);
    expect(new Set(items.map(({ nativeId }) => nativeId)).size).toBe(12_000);
    expect(items).toHaveLength(12_000);
    expect(missing).toEqual([]);
    expect(standIn.seen).toHaveLength(3);
  });

  it('goes on behind a page that holds but one instant, and says that some of it may be left out', async () => {
    const page = (from: number, size: number, sort: number) =>
      Array.from({ length: size }, (_, index) => task(`T${from + index}`, { state: 'FINISHED' }, sort));
    standIn.answerWith((seen) => {
      const { size, search_after: after } = JSON.parse(seen.body) as Body;
      return hitsAnswer(after === undefined ? page(0, size, 500) : page(size, 3, 400));
    });
    const { items, missing } = await listTasks(context, { includeEntities: true }, none, call);
    expect(items).toHaveLength(5_003);
    expect(missing).toMatchObject([{ part: 'TASKS', error: { message: expect.stringContaining('same instant') } }]);
    expect(bodies()[1]?.search_after).toEqual([500]);
  });

  it('stops somewhere, and says what is left out', async () => {
    let served = 0;
    standIn.answerWith((seen) => {
      const { size } = JSON.parse(seen.body) as Body;
      const from = served;
      served += size;
      return hitsAnswer(
        Array.from({ length: size }, (_, index) => task(`T${from + index}`, { state: 'FINISHED' }, 9_000_000 - from - index)),
      );
    });
    const { items, missing } = await listTasks(context, { includeEntities: true }, none, call);
    expect(items).toHaveLength(50_000);
    expect(missing).toMatchObject([
      { part: 'TASKS', error: { code: 'INVALID_INPUT', message: expect.stringContaining('more than 50,000 tasks') } },
    ]);
    expect(standIn.seen).toHaveLength(10);
  });

  it('does not lose a list for one document it cannot read', async () => {
    answer(hitsAnswer([task('T1'), { _id: 'T2', _source: { state: 'RUNNING' } }]));
    const { items, missing } = await discoverTasks(context, none, call);
    expect(items.map(({ nativeId }) => nativeId)).toEqual(['T1']);
    expect(missing).toMatchObject([{ part: 'TASKS' }]);
  });

  describe('of historical runs that say nothing any more', () => {
    const crashed = '3.4.0/18-crash-and-restart';
    const single = 'KANSAaIBrjGr9azaURxy';
    const hits = () => recordedHits(crashed, 'after the crash (1)');
    const profile: Answer = recordedAnswer(crashed, 'profile ?_all after the crash');
    const profiles = (by: (detector: string) => Answer) => (seen: { readonly path: string }) => {
      const detector = /detectors\/([^/]+)\/_profile\/ad_task$/.exec(seen.path)?.[1];
      return detector === undefined ? hitsAnswer(hits()) : by(detector);
    };

    it('tells an orphan by a profile on which nobody works', async () => {
      standIn.answerWith(profiles((detector) => (detector === 'I2c_AaIBOVKFqbuJo04U' ? profile : failToSearch)));
      const { items } = await discoverTasks(context, none, call);
      const orphan = items.find(({ nativeId }) => nativeId === single);
      expect(orphan).toMatchObject({
        state: 'INITIALIZING',
        vendorState: 'INIT',
        endedAt: null,
        cancellable: true,
        error: { code: 'BACKEND_UNAVAILABLE', message: expect.stringMatching(/node that ran it is gone.*next historical start or stop/) },
      });
      // Real-time runs have no heartbeat, entities stop with their parent; of the other run nothing could be found out.
      for (const other of items.filter(({ nativeId }) => nativeId !== single)) expect(other.error).toBeNull();
      const asked = standIn.requests().filter((request) => request.includes('_profile'));
      expect(asked.sort()).toEqual([
        `GET ${base}/detectors/I2c_AaIBOVKFqbuJo04U/_profile/ad_task`,
        `GET ${base}/detectors/LGc_AaIBOVKFqbuJpE64/_profile/ad_task`,
      ]);
    });

    it('leaves a slow one alone, on which somebody works', async () => {
      const running = recordedAnswer('2.19.4/15-historical-hc-finished', 'profile ad_task while running');
      const slow = task('EB43AaIBJWprpFwBKRqy', { task_type: 'HISTORICAL_HC_DETECTOR', last_update_time: Date.now() - 60_000 });
      standIn.answerWith((seen) => (seen.path.endsWith('ad_task') ? running : hitsAnswer([slow])));
      expect((await discoverTasks(context, none, call)).items[0]?.error).toBeNull();
      expect(standIn.seen).toHaveLength(2);
    });

    it('suspects nobody who has just said something', async () => {
      answer(
        hitsAnswer([
          task('T1', { last_update_time: Date.now() - 20_000 }),
          task('T2', { last_update_time: Date.now() - 1e6, state: 'FINISHED' }),
        ]),
      );
      await discoverTasks(context, none, call);
      expect(standIn.seen).toHaveLength(1);
    });

    it('asks about a few at most', async () => {
      const old = Array.from({ length: 60 }, (_, index) =>
        task(`T${index}`, { detector_id: `D${index}`, last_update_time: 1_000 + index }),
      );
      standIn.answerWith((seen) => {
        const id = /detectors\/D(\d+)\/_profile/.exec(seen.path)?.[1];
        return id === undefined ? hitsAnswer(old) : { body: { ad_task: { ad_task: { task_id: `T${id}`, state: 'RUNNING' } } } };
      });
      const { items } = await discoverTasks(context, none, call);
      expect(standIn.seen).toHaveLength(21);
      expect(items.filter(({ error }) => error !== null).map(({ nativeId }) => nativeId)).toEqual(
        Array.from({ length: 20 }, (_, index) => `T${index}`),
      );
    });
  });

  it('finds nothing in an index of another name that is missing', async () => {
    answer(indexMissing('.searchguard-ad-state'));
    expect(await discoverTasks(context, none, call)).toEqual({ items: [], missing: [] });
    answer(indexMissing(stateIndex));
    expect(await discoverTasks(context, none, call)).toEqual({ items: [], missing: [] });
  });
});
