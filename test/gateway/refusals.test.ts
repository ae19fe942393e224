import { afterEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/simulator/simulator.js';
import {
  createGatewayRig,
  errorFields,
  eventually,
  type GatewayRig,
  jobFields,
  leaksIn,
  type SeenPayload,
  sumOf,
  taskFields,
} from '../support/gateway-rig.js';

/*
 * What Elasticsearch refuses, row by row. The gateway looks at a job first and says itself what it can see; "unseen" rows hide the job's state from that
 * look, so that the server's own refusal is met. Rows with tests of their own elsewhere:
 * reset: unknown job, already resetting, lost, failed half-way, cancelled, blocked by a delete (reset.test.ts); in upgrade mode (upgrade-mode.test.ts)
 * close: closed already, failed, by expression, timeout, connection lost, datafeed that older versions leave running (close.test.ts)
 * open: seen to be open, opening, no capacity, timeout; delete: seen to be open, blocked by a reset (other-verbs.test.ts)
 * revert: no such snapshot (revert.test.ts); datafeeds: missing, seen to run, end before start, stopped already, timeout (datafeeds.test.ts)
 * 401 and 403 (errors.test.ts)
 */

let rig: GatewayRig;
afterEach(() => rig.dispose());

const run = async (name: string, input: Readonly<Record<string, unknown>>): Promise<SeenPayload> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const data = await rig.ask<Readonly<Record<string, SeenPayload>>>(
    `mutation V($input: ${type}!) { ${name}(input: $input) { job { ${jobFields} } task { ${taskFields} } errors { ${errorFields} } } }`,
    { input },
  );
  const payload = data[name];
  if (!payload) throw new TypeError(`no ${name} in the answer`);
  return payload;
};

const statsRoute = 'GET /_ml/anomaly_detectors/{id}/_stats';
const hidden: Fault = { route: statsRoute, count: 1, status: 503, body: { error: { type: 'exception', reason: 'not now' }, status: 503 } };
const said = (status: number, type: string, reason: string) => ({ status, body: { error: { root_cause: [], type, reason }, status } });

interface Row {
  readonly what: string;
  readonly verb: string;
  readonly version?: string;
  /** Of the job `x`, by the control route. */
  readonly job: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly unseen?: true;
  readonly fault?: Fault;
  /** Done while the verb is under way. */
  readonly meanwhile?: Readonly<Record<string, unknown>>;
  readonly code: string;
  readonly type: string;
  /** The vendor's own words, where it was the vendor that refused. */
  readonly words?: RegExp;
  readonly state: string;
}

const conflictType = { code: 'CONFLICT', type: 'ConflictError' } as const;
const wrongState = { code: 'WRONG_STATE', type: 'WrongStateError' } as const;
const refused = { code: 'REFUSED', type: 'RefusedError' } as const;
const held = (reason: string) => ({ state: 'closed', blocked: { reason, task_id: 'nobody:1' } });
const never = { openMs: 600_000, closeMs: 600_000 };
const mustBeClosed = /^Can only reset a job when it is closed\.$/;
const mustBeClosedToRevert = /^Can only revert to a model snapshot when the job is closed\.$/;
const snapshot = { snapshotId: '1575402236' };
const datafeed = 'datafeedId';

const rows: readonly Row[] = [
  // Reset (TransportResetJobAction).
  ...['opened', 'opening', 'closing', 'failed'].flatMap((state): readonly Row[] => [
    { what: `reset of a job that is ${state}`, verb: 'resetJob', job: { ...never, state }, ...wrongState, state: state.toUpperCase() },
    {
      what: `reset of a job that is ${state}, unseen`,
      verb: 'resetJob',
      job: { ...never, state },
      unseen: true,
      ...wrongState,
      words: mustBeClosed,
      state: state.toUpperCase(),
    },
  ]),
  { what: 'reset of a job held by a revert', verb: 'resetJob', job: held('revert'), ...conflictType, state: 'REVERTING' },
  { what: 'reset of a job held by a delete', verb: 'resetJob', job: held('delete'), ...conflictType, state: 'DELETING' },
  {
    what: 'reset that fails in the server',
    verb: 'resetJob',
    job: { state: 'closed', resetFailure: 'reset failed to complete; error [shard failure]', resetMs: 100 },
    ...refused,
    words: /^reset failed to complete; error \[shard failure\]$/,
    state: 'RESETTING',
  },
  // Close (TransportCloseJobAction).
  {
    what: 'close of a failed job, unseen',
    verb: 'closeJob',
    job: { state: 'failed' },
    unseen: true,
    ...wrongState,
    words: /because it failed, use force close$/,
    state: 'FAILED',
  },
  { what: 'close of a job held by a delete', verb: 'closeJob', job: held('delete'), ...conflictType, state: 'DELETING' },
  {
    what: 'close whose datafeed cannot be stopped',
    verb: 'closeJob',
    job: { state: 'opened', datafeed: 'started' },
    fault: {
      route: 'POST /_ml/anomaly_detectors/{id}/_close',
      ...said(
        409,
        'status_exception',
        'failed to close jobs as one or more had started datafeeds that could not be stopped: started datafeeds [datafeed-x], error stopping them [no]',
      ),
    },
    ...refused,
    words: /could not be stopped: started datafeeds \[datafeed-x\]/,
    state: 'OPENED',
  },
  {
    what: 'close by force of which a part fails',
    verb: 'closeJob',
    job: { state: 'opened' },
    input: { force: true },
    fault: {
      route: 'POST /_ml/anomaly_detectors/{id}/_close',
      ...said(500, 'exception', 'Failed to force close job [x] with [1] failures, rethrowing first. All Exceptions: [no]'),
    },
    ...refused,
    words: /^Failed to force close job \[x\]/,
    state: 'OPENED',
  },
  // Open (TransportOpenJobAction).
  ...(['reset', 'revert', 'delete'] as const).map(
    (reason): Row => ({
      what: `open of a job held by a ${reason}`,
      verb: 'openJob',
      job: held(reason),
      ...conflictType,
      state: { reset: 'RESETTING', revert: 'REVERTING', delete: 'DELETING' }[reason],
    }),
  ),
  {
    what: 'open of a job that is open, unseen',
    verb: 'openJob',
    job: { state: 'opened' },
    unseen: true,
    ...wrongState,
    words: /has already been opened$/,
    state: 'OPENED',
  },
  { what: 'open of a failed job', verb: 'openJob', job: { state: 'failed' }, ...wrongState, state: 'FAILED' },
  { what: 'open of a closing job', verb: 'openJob', job: { ...never, state: 'closing' }, ...wrongState, state: 'CLOSING' },
  {
    what: 'open while allocation is disabled',
    verb: 'openJob',
    job: { state: 'closed' },
    settings: { allocation: 'none' },
    ...refused,
    words: /^Cannot open jobs because persistent task assignment is disabled/,
    state: 'CLOSED',
  },
  {
    what: 'open without a licence',
    verb: 'openJob',
    job: { state: 'closed' },
    settings: { licence: 'basic' },
    ...refused,
    words: /^current license is non-compliant for \[ml\]$/,
    state: 'CLOSED',
  },
  {
    what: 'open of a job that is closed meanwhile',
    verb: 'openJob',
    job: { ...never, state: 'closed' },
    meanwhile: { state: 'closed' },
    ...conflictType,
    words: /^The job has been closed while waiting to be opened$/,
    state: 'CLOSED',
  },
  {
    what: 'open of a job that fails meanwhile',
    verb: 'openJob',
    job: { ...never, state: 'closed' },
    meanwhile: { state: 'failed' },
    ...refused,
    words: /^Unexpected job state \[failed\]/,
    state: 'FAILED',
  },
  {
    what: 'open of a job whose snapshot is too old',
    verb: 'openJob',
    job: { state: 'closed' },
    fault: {
      route: 'POST /_ml/anomaly_detectors/{id}/_open',
      ...said(
        400,
        'status_exception',
        '[x] job model snapshot [1] has min version before [7.0.0], please revert to a newer model snapshot or reset the job',
      ),
    },
    ...refused,
    words: /has min version before \[7\.0\.0\]/,
    state: 'CLOSED',
  },
  // Delete (TransportDeleteJobAction).
  {
    what: 'delete of an open job, unseen',
    verb: 'deleteJob',
    job: { state: 'opened' },
    unseen: true,
    ...wrongState,
    words: /^Cannot delete job \[x\] because the job is opened$/,
    state: 'OPENED',
  },
  { what: 'delete of a failed job', verb: 'deleteJob', job: { state: 'failed' }, ...wrongState, state: 'FAILED' },
  ...['7.9', '7.10'].map(
    (version): Row => ({
      what: `delete on ${version} of a job with a datafeed`,
      verb: 'deleteJob',
      version,
      job: { state: 'closed', datafeed: 'stopped' },
      ...wrongState,
      words: /^Cannot delete job \[x\] because datafeed \[datafeed-x\] refers to it$/,
      state: 'CLOSED',
    }),
  ),
  // Revert (TransportRevertModelSnapshotAction).
  ...['opened', 'failed'].flatMap((state): readonly Row[] => [
    {
      what: `revert of a job that is ${state}`,
      verb: 'revertJob',
      job: { state },
      input: snapshot,
      ...wrongState,
      state: state.toUpperCase(),
    },
    {
      what: `revert of a job that is ${state}, unseen`,
      verb: 'revertJob',
      job: { state },
      input: snapshot,
      unseen: true,
      ...wrongState,
      words: mustBeClosedToRevert,
      state: state.toUpperCase(),
    },
  ]),
  { what: 'revert of a job held by a reset', verb: 'revertJob', job: held('reset'), input: snapshot, ...conflictType, state: 'RESETTING' },
  { what: 'revert of a job held by a delete', verb: 'revertJob', job: held('delete'), input: snapshot, ...conflictType, state: 'DELETING' },
  // Datafeeds.
  ...['closed', 'failed', 'closing'].flatMap((state): readonly Row[] => [
    {
      what: `start for a job that is ${state}`,
      verb: 'startDatafeed',
      job: { ...never, datafeed: 'stopped', state },
      ...wrongState,
      state: state.toUpperCase(),
    },
    {
      what: `start for a job that is ${state}, unseen`,
      verb: 'startDatafeed',
      job: { ...never, datafeed: 'stopped', state },
      unseen: true,
      ...wrongState,
      state: state.toUpperCase(),
    },
  ]),
  {
    what: 'start of a datafeed that runs, unseen',
    verb: 'startDatafeed',
    job: { state: 'opened', datafeed: 'started' },
    unseen: true,
    ...wrongState,
    state: 'OPENED',
  },
  {
    what: 'start without a licence',
    verb: 'startDatafeed',
    job: { state: 'opened', datafeed: 'stopped' },
    settings: { licence: 'basic' },
    ...refused,
    words: /^current license is non-compliant for \[ml\]$/,
    state: 'OPENED',
  },
  {
    what: 'start of a datafeed whose index is gone',
    verb: 'startDatafeed',
    job: { state: 'opened', datafeed: 'stopped' },
    fault: {
      route: 'POST /_ml/datafeeds/{id}/_start',
      ...said(404, 'resource_not_found_exception', 'datafeed [datafeed-x] cannot retrieve data because index [utopia] does not exist'),
    },
    ...refused,
    words: /because index \[utopia\] does not exist$/,
    state: 'OPENED',
  },
  {
    what: 'stop of a datafeed that has no node to stop it',
    verb: 'stopDatafeed',
    job: { state: 'opened', datafeed: 'started' },
    fault: {
      route: 'POST /_ml/datafeeds/{id}/_stop',
      ...said(
        409,
        'status_exception',
        'Cannot stop datafeed [datafeed-x] because the datafeed does not have an assigned node. Use force stop to stop the datafeed',
      ),
    },
    ...refused,
    words: /Use force stop/,
    state: 'OPENED',
  },
];

describe('what Elasticsearch refuses', () => {
  it.each(rows)('$what is $code', async ({ verb, version, job, settings, input, unseen, fault, meanwhile, code, type, words, state }) => {
    rig = await createGatewayRig({
      backends: [{ id: 'es', empty: true, ...(version && { version }), config: { http: { maxRetries: 0 } } }],
    });
    await rig.sim('es').job('x', { snapshots: ['1575402236'], ...job });
    if (settings) await rig.sim('es').settings(settings);
    const feeds = verb.endsWith('Datafeed');
    const waits = verb.endsWith('Job') && (words || unseen);
    // The gateway learns first what the backend is: that read is no part of the row.
    await rig.ask('{ jobs { nodes { id } } }');
    rig.sim('es').resetCalls();
    rig.sim('es').setFaults([...(unseen ? [hidden] : []), ...(fault ? [fault] : [])]);
    const answer = run(verb, {
      ...(feeds ? { [datafeed]: 'datafeed:es:datafeed-x' } : { jobId: 'job:es:x' }),
      ...(waits ? { waitMs: 15_000 } : {}),
      ...input,
    });
    if (meanwhile) {
      await eventually(
        async () => (await rig.sim('es').state()).jobs[0]?.state,
        (now) => now === 'opening',
      );
      await rig.sim('es').job('x', meanwhile);
    }
    const { job: after, task, errors } = await answer;
    expect(errors).toEqual([expect.objectContaining({ code, __typename: type, message: expect.stringMatching(/\.$/) })]);
    if (!words && !unseen) expect(errors[0]?.path).toEqual(['input', feeds ? datafeed : 'jobId']);
    if (words && code === 'REFUSED') expect(errors[0]?.vendorMessage).toMatch(words);
    if (words && task) expect(task).toMatchObject({ state: 'FAILED', error: { code, detail: expect.stringMatching(words) } });
    if (!words) expect(task).toBeNull();
    expect(after).toMatchObject({ nativeId: 'x', state });
    // What the gateway sees by itself is not sent; what it cannot see is, once.
    const sent = Object.entries(rig.sim('es').calls()).filter(([route]) => /^(?:POST|DELETE) \/_ml\//.test(route));
    expect(sumOf(Object.fromEntries(sent))).toBe(words || unseen ? 1 : 0);
    expect(leaksIn(rig.answers, [])).toEqual([]);
  });

  it('of a datafeed whose index does not exist says so in its own words', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true }] });
    await rig.sim('es').job('x', { state: 'opened' });
    const put = await fetch(`${rig.sim('es').url}/_ml/datafeeds/df-x`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ job_id: 'x', indices: ['utopia'] }),
    });
    expect(put.status).toBe(200);
    expect((await run('startDatafeed', { datafeedId: 'datafeed:es:df-x' })).errors).toEqual([
      expect.objectContaining({ code: 'REFUSED', vendorMessage: expect.stringContaining('index [utopia] does not exist') }),
    ]);
  });
});

describe('what Elasticsearch does not refuse', () => {
  it.each([
    { what: 'close of a closing job waits for it', verb: 'closeJob', job: { state: 'closing', closeMs: 1_500 }, state: 'CLOSED' },
    { what: 'close of a job that has no node yet', verb: 'closeJob', job: { state: 'opening', allowLazyOpen: true }, state: 'CLOSED' },
    { what: 'close of a job held by a reset', verb: 'closeJob', job: held('reset'), state: 'RESETTING' },
    { what: 'reset of a job held by a reset nobody runs', verb: 'resetJob', job: held('reset'), state: 'CLOSED' },
  ])('$what', async ({ verb, job, state }) => {
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true }] });
    await rig.sim('es').job('x', job);
    const { job: after, task, errors } = await run(verb, { jobId: 'job:es:x', waitMs: 15_000 });
    expect({ state: task?.state, errors }).toEqual({ state: 'SUCCEEDED', errors: [] });
    expect(after?.state).toBe(state);
  });

  it('a second delete waits for the first; both end well', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true }] });
    await rig.sim('es').job('x', { state: 'closed', deleteMs: 2_000 });
    const answers = await Promise.all([1, 2].map(() => run('deleteJob', { jobId: 'job:es:x', waitMs: 15_000 })));
    expect(answers.map(({ task, errors }) => [task?.state, errors])).toEqual([
      ['SUCCEEDED', []],
      ['SUCCEEDED', []],
    ]);
  });
});
