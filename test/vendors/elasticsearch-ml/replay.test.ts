import { describe, expect, it } from 'vitest';
import type { FieldSet, Verb } from '../../../src/domain/index.js';
import { isVigilError } from '../../../src/errors.js';
import { type Exchange, recorded } from '../support/recordings.js';
import type { Answer, Seen } from '../support/stand-in.js';
import { codeOf, idsIn } from './replay-expectations.js';
import { exchangesOf, isShortened } from './replay-recordings.js';
import { type Setting, setUp, wireJob } from './support.js';

/*
 * Every answer that real servers gave on an endpoint the adapter uses is given to the adapter as it was, and what the adapter makes of it is compared with
 * what it means. Whatever was recorded of other endpoints is left out, and so are lists the recorder shortened.
 */

const jobs = '/_ml/anomaly_detectors';
const files = {
  '7.9.0': [
    '7.9.0/01-root-and-misc',
    '7.9.0/02-jobs-crud',
    '7.9.0/03-open-close',
    '7.9.0/04-states',
    '7.9.0/05-failed-jobs',
    '7.9.0/06-datafeeds',
    '7.9.0/07-datafeed-run',
    '7.9.0/08-upgrade-mode',
    '7.9.0/10-delete',
    '7.9.0/11-tasks',
    '7.9.0/12-protocol',
    '7.9.0/13-security',
    '7.9.0/14-security-apikey',
    '7.9.0/18-cluster-3-nodes',
    '7.9.0/19-two-task-ids',
    '7.9.0/21-license-basic',
    '7.9.0/22-ml-disabled',
    '7.9.0/23-no-ml-node',
    '7.9.0/25-restart-and-audit',
  ],
  '7.10.0': ['7.10.0/24-allow_no_match'],
  '7.17.24': ['core/7.17.24'],
  '8.17.0': ['core/8.17.0'],
  '9.1.0': ['core/9.1.0'],
} as const;

const root = recorded('elasticsearch-ml/7.9.0/01-root-and-misc', 'GET /');
const fields = (...names: readonly string[]): FieldSet => new Set(names);
const answerOf = ({ status, response, headers }: Exchange): Answer => ({
  status,
  body: response ?? '',
  headers: { 'content-type': headers['content-type'] ?? 'application/json' },
});

type Answers = (seen: Seen) => Answer | undefined;
/** What one exchange is about: which requests are answered with it, what the adapter does, and what should come of it. */
type Play = (setting: Setting, exchange: Exchange) => Promise<void>;

const settled = async (work: Promise<unknown>): Promise<{ readonly code: string | undefined; readonly value: unknown }> => {
  try {
    return { code: undefined, value: await work };
  } catch (error) {
    if (!isVigilError(error)) throw error;
    return { code: error.code, value: undefined };
  }
};

const only = (exchange: Exchange, others: Answers = () => undefined): Answers => {
  const answer = answerOf(exchange);
  return (seen) => others(seen) ?? answer;
};

const listOfJobs: Play = async ({ server, adapter, call }, exchange) => {
  server.answerWith(only(exchange));
  const { code, value } = await settled(adapter.listJobs(fields('Job.groups'), call));
  const ids = codeOf(exchange, false) === undefined ? idsIn(exchange, 'jobs', 'job_id') : undefined;
  if (ids) expect(value).toMatchObject({ items: ids.map((nativeId) => ({ nativeId })), missing: [] });
  else expect(code).toBe(codeOf(exchange, false) ?? 'BACKEND_UNAVAILABLE');
};

const wordOf = { opening: 'OPENING', opened: 'OPENED', closing: 'CLOSING', closed: 'CLOSED', failed: 'FAILED' } as const;

const statisticsOfJobs: Play = async ({ server, adapter, call }, exchange) => {
  const expected = codeOf(exchange, false);
  const ids = expected === undefined ? idsIn(exchange, 'jobs', 'job_id') : undefined;
  server.answerWith(
    only(exchange, ({ path }) => (path === jobs ? { body: { jobs: (ids ?? ['a1']).map((id) => wireJob(id)) } } : undefined)),
  );
  const { items, missing } = await adapter.listJobs(fields('Job.state', 'Job.node', 'Job.processed'), call);
  if (!ids) {
    expect(items[0]).toMatchObject({ state: 'UNKNOWN', vendorState: null, node: null });
    expect(new Set(missing.map(({ error }) => error.code))).toEqual(new Set([expected ?? 'BACKEND_UNAVAILABLE']));
    return;
  }
  expect(missing).toEqual([]);
  const { jobs: sent = [] } = exchange.response as { jobs?: readonly { state: keyof typeof wordOf; node?: { id?: string } }[] };
  sent.forEach((stats, index) => {
    expect(items[index]?.state).toBe(stats.state === undefined ? 'UNKNOWN' : wordOf[stats.state]);
    expect(items[index]?.node?.nativeId).toBe(stats.node?.id);
  });
};

const datafeeds: Play = async ({ server, adapter, call }, exchange) => {
  const expected = codeOf(exchange, false);
  const ids = expected === undefined ? idsIn(exchange, 'datafeeds', 'job_id') : undefined;
  server.answerWith(
    only(exchange, ({ path }) => (path === jobs ? { body: { jobs: (ids ?? ['a1']).map((id) => wireJob(id)) } } : undefined)),
  );
  // Before 7.14 they are read apart from the jobs.
  const old = { ...call, profile: { ...call.profile, version: '7.9.0' } };
  const { items, missing } = await adapter.listJobs(fields('Job.datafeed', 'Datafeed.indices'), old);
  const feedIds = ids && idsIn(exchange, 'datafeeds', 'datafeed_id');
  if (feedIds) expect(items.map(({ datafeed }) => datafeed?.nativeId)).toEqual(feedIds);
  expect(missing.map(({ part, error }) => [part, error.code])).toEqual(feedIds ? [] : [['DATAFEEDS', expected ?? 'BACKEND_UNAVAILABLE']]);
};

const statisticsOfDatafeeds: Play = async ({ server, adapter, call }, exchange) => {
  const expected = codeOf(exchange, false);
  const ids = expected === undefined ? idsIn(exchange, 'datafeeds', 'datafeed_id') : undefined;
  const fed = (ids ?? ['df-a1']).map((id) => wireJob(`job-${id}`, { datafeed_config: { datafeed_id: id } }));
  server.answerWith(only(exchange, ({ path }) => (path === jobs ? { body: { jobs: fed } } : undefined)));
  const { items, missing } = await adapter.listJobs(fields('Job.datafeed', 'Datafeed.state'), {
    ...call,
    profile: { ...call.profile, version: '8.17.0' },
  });
  const { datafeeds: sent = [] } = (ids ? exchange.response : {}) as { datafeeds?: readonly { state: string }[] };
  expect(items.map(({ datafeed }) => datafeed?.vendorState)).toEqual(ids ? sent.map(({ state }) => state) : [null]);
  expect(missing.map(({ part, error }) => [part, error.code])).toEqual(ids ? [] : [['DATAFEEDS', expected ?? 'BACKEND_UNAVAILABLE']]);
};

const sending =
  (verb: Verb): Play =>
  async ({ server, adapter, call }, exchange) => {
    server.answerWith(only(exchange));
    const { code, value } = await settled(adapter.run(verb, call));
    expect(code).toBe(codeOf(exchange, true));
    if (code !== undefined) return;
    const { task } = exchange.response as { task?: string };
    expect(value).toEqual(task === undefined ? { done: true } : { done: false, taskId: task });
  };

const cancelling: Play = async ({ server, adapter, call }, exchange) => {
  server.answerWith(only(exchange));
  const { code } = await settled(adapter.run({ action: 'CANCEL_TASK', taskId: 'N:1' }, call));
  const nothingThere = exchange.status === 200 && 'node_failures' in (exchange.response as object);
  expect(code).toBe(nothingThere ? 'NOT_FOUND' : codeOf(exchange, true));
};

const stateOfTask = (sent: { completed?: boolean; task?: object; error?: object; response?: { acknowledged?: boolean } | null }) => {
  if (sent.task === undefined) return 'undetermined';
  if (!sent.completed) return 'RUNNING';
  if (sent.error) return 'FAILED';
  return sent.response ? 'SUCCEEDED' : 'LOST';
};

const isWorkOnJobs = /^cluster:admin\/xpack\/ml\/job\/(open|close|reset|delete|model_snapshots\/revert)$/;

const oneTask: Play = async (setting, exchange) => {
  const { server, adapter, call } = setting;
  const sent = (typeof exchange.response === 'object' && exchange.response ? exchange.response : {}) as {
    task?: { node: string; id: number; action: string };
  };
  const id = sent.task ? `${sent.task.node}:${sent.task.id}` : 'N:1';
  if (sent.task && !isWorkOnJobs.test(sent.task.action)) {
    server.answerWith(only(exchange));
    expect((await adapter.readTasks([id], fields(), call)).readings.get(id)).toEqual({ status: 'gone' });
    // Were it work on a job, the same answer would tell its state.
    const task = { ...sent.task, action: 'cluster:admin/xpack/ml/job/reset' };
    return oneTask(setting, { ...exchange, response: { ...sent, task } });
  }
  server.answerWith(only(exchange, ({ path }) => (path === jobs ? { body: { jobs: [] } } : undefined)));
  const reading = (await adapter.readTasks([id], fields(), call)).readings.get(id);
  const expected = codeOf(exchange, false);
  if (expected === 'NOT_FOUND') expect(reading).toEqual({ status: 'gone' });
  else if (expected) expect(reading).toMatchObject({ status: 'undetermined', cause: { code: expected } });
  else expect(reading?.status === 'found' ? reading.value.state : reading?.status).toBe(stateOfTask(sent));
};

const isOurs = /^cluster:admin\/xpack\/ml\/job\/(reset|delete|model_snapshots\/revert)$/;

const listOfTasks: Play = async ({ server, adapter, call }, exchange) => {
  server.answerWith(only(exchange, ({ path }) => (path === jobs ? { body: { jobs: [] } } : undefined)));
  const { code, value } = await settled(adapter.discoverTasks(fields(), call));
  const expected = codeOf(exchange, false);
  if (expected === 'FORBIDDEN') {
    expect(value).toMatchObject({ items: [], missing: [{ part: 'TASKS', error: { code: 'FORBIDDEN' } }] });
    return;
  }
  expect(code).toBe(expected);
  if (expected) return;
  const { tasks = [] } = exchange.response as { tasks?: readonly { node: string; id: number; action: string; parent_task_id?: string }[] };
  const ids = new Set(tasks.filter(({ action }) => isOurs.test(action)).map(({ node, id }) => `${node}:${id}`));
  const roots = tasks.filter(({ action, parent_task_id: parent }) => isOurs.test(action) && !ids.has(parent ?? ''));
  expect((value as { items: readonly { nativeId: string }[] }).items.map(({ nativeId }) => nativeId)).toEqual(
    roots.map(({ node, id }) => `${node}:${id}`),
  );
};

const information: Play = async ({ server, adapter, call }, exchange) => {
  server.answerWith(only(exchange, ({ path }) => (path === '/' ? { body: root.response } : undefined)));
  const { upgrade_mode: upgrading } = exchange.response as { upgrade_mode?: boolean };
  const rejected = exchange.status === 401;
  expect(await adapter.learnProfile(call)).toMatchObject({
    version: rejected ? null : '7.9.0',
    notice: upgrading === true ? expect.stringContaining('Upgrade mode') : null,
  });
};

const rootOf: Play = async ({ server, adapter, call }, exchange) => {
  server.answerWith(only(exchange, ({ path }) => (path === '/_ml/info' ? { body: {} } : undefined)));
  const { version } = (exchange.status === 200 ? exchange.response : {}) as { version?: { number: string } };
  expect((await adapter.learnProfile(call)).version).toBe(version?.number ?? null);
};

const nodes: Play = async ({ server, adapter, call }, exchange) => {
  server.answerWith(only(exchange));
  const { items } = await adapter.listNodes(fields('NodeStats.roles'), call);
  const { nodes: sent } = exchange.response as { nodes: Readonly<Record<string, { roles: readonly string[] }>> };
  expect(items.map(({ nativeId }) => nativeId)).toEqual(Object.keys(sent).filter((id) => sent[id]?.roles.includes('ml')));
};

const findings: Play = async ({ server, adapter, call }, exchange) => {
  server.answerWith(only(exchange));
  const slice = { skip: 0, first: 1 };
  const isSnapshots = exchange.path.endsWith('/model_snapshots');
  const read = isSnapshots ? adapter.readModelSnapshots('s1', slice, call) : adapter.readAnomalies('s1', slice, fields(), call);
  expect((await settled(read)).code).toBe(codeOf(exchange, false));
};

const feed = { jobId: 'a1', datafeedId: 'df-a1' };
/** By method and path without its query, the first that fits. */
const plays: readonly (readonly [string, RegExp, Play])[] = [
  ['jobs', /^GET \/_ml\/anomaly_detectors(\/[^/]*)?\/?$/, listOfJobs],
  ['statistics of jobs', /^GET \/_ml\/anomaly_detectors(\/[^/]+)?\/_stats\/?$/, statisticsOfJobs],
  ['datafeeds', /^GET \/_ml\/datafeeds(\/(?!_stats)[^/]*)?\/?$/, datafeeds],
  ['statistics of datafeeds', /^GET \/_ml\/datafeeds(\/[^/]+)?\/_stats$/, statisticsOfDatafeeds],
  ['open', /^POST \/_ml\/anomaly_detectors\/[^/]+\/_open$/, sending({ action: 'OPEN_JOB', jobId: 'a1' })],
  ['close', /^POST (\/_xpack\/ml|\/_ml)\/anomaly_detectors\/[^/]*\/_close$/, sending({ action: 'CLOSE_JOB', jobId: 'a1' })],
  ['reset', /^POST \/_ml\/anomaly_detectors\/[^/]+\/_reset$/, sending({ action: 'RESET_JOB', jobId: 'a1' })],
  ['delete', /^DELETE \/_ml\/anomaly_detectors\/[^/]+$/, sending({ action: 'DELETE_JOB', jobId: 'a1' })],
  ['revert', /^POST .*\/model_snapshots\/[^/]+\/_revert$/, sending({ action: 'REVERT_JOB', jobId: 'a1', snapshotId: 'x' })],
  ['start', /^POST \/_ml\/datafeeds\/[^/]+\/_start$/, sending({ action: 'START_DATAFEED', ...feed })],
  ['stop', /^POST \/_ml\/datafeeds\/[^/]+\/_stop$/, sending({ action: 'STOP_DATAFEED', ...feed })],
  ['cancel', /^POST \/_tasks\/[^/]+\/_cancel$/, cancelling],
  ['task', /^GET \/_tasks\/[^/]+$/, oneTask],
  ['tasks', /^GET \/_tasks$/, listOfTasks],
  ['info', /^GET \/_ml\/info$/, information],
  ['root', /^GET \/$/, rootOf],
  ['nodes', /^GET \/_nodes\//, nodes],
  ['records and snapshots', /^GET \/_ml\/anomaly_detectors\/[^/]+\/(results\/records|model_snapshots)$/, findings],
];

/** The adapter asks for one flat list of tasks; other groupings are other endpoints to it. */
const isAskedFor = ({ path, status }: Exchange): boolean =>
  !/^\/_tasks(\?|$)/.test(path) || status !== 200 || path.includes('group_by=none');

const playOf = (exchange: Exchange): readonly [string, Play] | undefined => {
  const request = `${exchange.method} ${exchange.path.split('?')[0]}`;
  const [what, , play] = plays.find(([, pattern]) => pattern.test(request)) ?? [];
  if (!what || !play || !isAskedFor(exchange)) return undefined;
  // Of these two every field is read for itself.
  return isShortened(exchange) && what !== 'info' && what !== 'nodes' ? undefined : [what, play];
};

const described = ({ method, path, status, response }: Exchange): string =>
  `${method} ${path} (${status} ${JSON.stringify(response)?.slice(0, 300)})`;

describe.each(Object.entries(files))('what a real %s answered', (version, names) => {
  it.each(names)('means to the adapter what it means: %s', async (file) => {
    const setting = await setUp(() => undefined, { version });
    for (const exchange of exchangesOf(file)) {
      const [, play] = playOf(exchange) ?? [];
      const before = setting.server.requests().length;
      await play?.(setting, exchange).catch((cause: unknown) => {
        throw new Error(described(exchange), { cause });
      });
      if (play) expect(setting.server.requests().length, exchange.path).toBeGreaterThan(before);
    }
  });
});

it('is more than five hundred answers, of every endpoint that was recorded', () => {
  const counts = new Map<string, number>();
  for (const exchange of Object.values(files).flat().flatMap(exchangesOf)) {
    const [what] = playOf(exchange) ?? [];
    if (what) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  // One less means that a recording or an endpoint fell out of the table.
  expect(Object.fromEntries(counts)).toEqual({
    root: 13,
    info: 8,
    nodes: 4,
    jobs: 109,
    'statistics of jobs': 55,
    datafeeds: 23,
    'statistics of datafeeds': 22,
    'records and snapshots': 2,
    open: 40,
    close: 92,
    reset: 10,
    delete: 43,
    revert: 8,
    start: 26,
    stop: 25,
    cancel: 23,
    task: 85,
    tasks: 25,
  });
});
