import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Action,
  type AnomalyQuery,
  type BackendProfile,
  type CallOptions,
  type FieldSet,
  finalTaskStates,
  formatId,
  type Job,
  type JobState,
  jobStates,
  parseId,
  type Task,
  type VendorAdapter,
  type VendorModule,
  type Verb,
} from '../../../src/domain/index.js';
import { simulators } from '../../../src/simulator/index.js';
import type { RunningSimulator } from '../../../src/simulator/simulator.js';
import { callAs, connectTo, errorOf } from './connect.js';

const jobFields: FieldSet = new Set(
  [
    'id',
    'type',
    'state',
    'vendorState',
    'stateReason',
    'groups',
    'createdAt',
    'processed',
    'node',
    'datafeed',
    'allowedActions',
    'details',
  ].map((name) => `Job.${name}`),
);
const withDatafeeds: FieldSet = new Set([...jobFields, 'Datafeed.id', 'Datafeed.state']);
const taskFields: FieldSet = new Set(['Task.id', 'Task.state', 'Task.counts', 'Task.error']);

/** What every adapter keeps, against the simulator of its vendor, in each dialect that speaks. */
export const describeContract = (module: VendorModule): void => {
  const simulator = simulators.find(({ id }) => id === module.id);

  describe(`${module.title}`, () => {
    it('is one of the vendors that can be simulated', () => {
      expect(simulators.map(({ id }) => id)).toContain(module.id);
    });

    describe.each(simulator?.versions ?? [])('in version %s', (version) => {
      let running: RunningSimulator;
      let adapter: VendorAdapter;
      let profile: BackendProfile;
      const call = (): CallOptions => callAs(profile);

      beforeEach(async () => {
        if (!simulator) throw new Error(`no simulator of ${module.id}`);
        running = await simulator.start({ version, speed: 10 });
        adapter = connectTo(module, { url: new URL(running.url) });
        profile = await adapter.learnProfile(callAs({ version: null, capabilities: [], notice: null }));
        running.resetCalls();
      });
      afterEach(async () => {
        await adapter.dispose();
        await running.dispose();
      });

      const callCount = (): number => Object.values(running.calls()).reduce((sum, count) => sum + count, 0);
      const list = async (): Promise<readonly Job[]> => (await adapter.listJobs(withDatafeeds, call())).items;
      const jobIn = async (state: JobState): Promise<Job> => {
        const job = (await list()).find((each) => each.state === state && !each.datafeed);
        const other = job ?? (await list()).find((each) => each.state === state);
        if (!other) throw new Error(`the simulator has no job ${state}`);
        return other;
      };
      const readJob = async (id: string) => (await adapter.readJobs([id], withDatafeeds, call())).readings.get(id);
      const stateOf = async (id: string) => {
        const reading = await readJob(id);
        return reading?.status === 'found' ? reading.value.state : reading?.status;
      };
      const supports = (action: Action): boolean => profile.capabilities.includes(action);
      const startTask = async (verb: Verb): Promise<string> => {
        const answer = await adapter.run(verb, call());
        if (answer.done) throw new Error('it was done at once');
        return answer.taskId;
      };
      const readTask = async (id: string): Promise<Task | undefined> => {
        const reading = (await adapter.readTasks([id], taskFields, call())).readings.get(id);
        return reading?.status === 'found' ? reading.value : undefined;
      };
      const endOf = (id: string): Promise<Task> =>
        vi.waitFor(
          async () => {
            const task = await readTask(id);
            expect(finalTaskStates.has(task?.state ?? 'RUNNING')).toBe(true);
            return task as Task;
          },
          { timeout: 10_000, interval: 20 },
        );
      const eventually = (id: string, state: string): Promise<void> =>
        vi.waitFor(async () => expect(await stateOf(id)).toBe(state), { timeout: 10_000, interval: 20 });

      it('learns a version and what it can do', () => {
        expect(profile.version?.startsWith(version)).toBe(true);
        expect(profile.capabilities).toEqual(module.capabilitiesOf(profile.version));
      });

      it('lists jobs with ids that name them, words of the domain, and few calls', async () => {
        const { items, missing } = await adapter.listJobs(jobFields, call());
        expect(missing).toEqual([]);
        expect(items.length).toBeGreaterThan(5);
        expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        for (const job of items) {
          expect(parseId(job.id)).toMatchObject({ kind: 'job', backend: 'es-prod', native: job.nativeId });
          expect(jobStates).toContain(job.state);
          expect(job.state).not.toBe('UNKNOWN');
          for (const action of job.allowedActions ?? []) expect(profile.capabilities).toContain(action);
        }
        // Configurations, statistics, states of datafeeds; datafeeds where the jobs do not carry them; the log when a job has failed.
        expect(callCount()).toBeLessThanOrEqual(5);
      });

      it('reads by id what it lists, in the same words', async () => {
        const items = await list();
        const ids = items.map(({ nativeId }) => nativeId);
        const { readings, missing } = await adapter.readJobs(ids, withDatafeeds, call());
        expect(missing).toEqual([]);
        for (const { nativeId, id, groups, type } of items)
          expect(readings.get(nativeId)).toMatchObject({ status: 'found', value: { id, groups, type } });
      });

      it('answers for every id that was asked, and lets none fail the others', async () => {
        const [job] = await list();
        const ids = [job?.nativeId ?? '', 'nobody-knows-this', 'Not/an id', '*', `${'x'.repeat(60)}`];
        const { readings } = await adapter.readJobs(ids, jobFields, call());
        expect([...readings.keys()]).toEqual(expect.arrayContaining(ids));
        expect(readings.get(ids[0] ?? '')?.status).toBe('found');
        for (const id of ids.slice(1)) expect(readings.get(id)).toEqual({ status: 'gone' });
      });

      it('reads more ids than one request holds', async () => {
        const ids = Array.from({ length: 300 }, (_, index) => `nobody-knows-this-one-either-${index}`);
        const [job] = await list();
        const { readings } = await adapter.readJobs([...ids, job?.nativeId ?? ''], jobFields, call());
        expect(readings.get(job?.nativeId ?? '')?.status).toBe('found');
        expect(ids.every((id) => readings.get(id)?.status === 'gone')).toBe(true);
      });

      it('reads the datafeeds and nodes of its jobs', async () => {
        const items = await list();
        const feeds = items.flatMap(({ datafeed }) => datafeed?.nativeId ?? []);
        const nodes = [...new Set(items.flatMap(({ node }) => node?.nativeId ?? []))];
        expect(feeds.length * nodes.length).toBeGreaterThan(0);
        const read = await adapter.readDatafeeds([...feeds, 'nobody-knows-this'], new Set(['Datafeed.state']), call());
        for (const id of feeds)
          expect(read.readings.get(id)).toMatchObject({ status: 'found', value: { id: formatId('datafeed', 'es-prod', id) } });
        expect(read.readings.get('nobody-knows-this')).toEqual({ status: 'gone' });
        const { readings } = await adapter.readNodes([...nodes, 'nobody-knows-this'], new Set(), call());
        for (const id of nodes)
          expect(readings.get(id)).toMatchObject({ status: 'found', value: { nativeId: id, name: expect.any(String) } });
        expect(readings.get('nobody-knows-this')).toEqual({ status: 'gone' });
      });

      it('lists the nodes that do its work, the ones its jobs run on among them', async () => {
        const { items, missing } = await adapter.listNodes(new Set(['NodeStats.roles']), call());
        expect(missing).toEqual([]);
        const ids = items.map(({ nativeId }) => nativeId);
        expect(new Set(ids).size).toBe(ids.length);
        for (const node of items) expect(parseId(node.id)).toMatchObject({ kind: 'node', backend: 'es-prod', native: node.nativeId });
        for (const { node } of await list()) if (node) expect(ids).toContain(node.nativeId);
      });

      it('says of the datafeeds it reads whose they are', async () => {
        const fed = (await list()).filter((job) => job.datafeed);
        const ids = fed.flatMap(({ datafeed }) => datafeed?.nativeId ?? []);
        const { readings } = await adapter.readDatafeeds(ids, new Set(), call());
        for (const { nativeId, datafeed } of fed) {
          expect(datafeed?.jobNativeId).toBe(nativeId);
          expect(readings.get(datafeed?.nativeId ?? '')).toMatchObject({ value: { jobNativeId: nativeId } });
        }
      });

      it('stops a datafeed and starts it again, as its job offers', async () => {
        const job = (await list()).find((each) => each.allowedActions?.includes('STOP_DATAFEED') && each.state === 'OPENED');
        const jobId = job?.nativeId ?? '';
        const datafeedId = job?.datafeed?.nativeId ?? '';
        expect(job?.datafeed?.state).toBe('STARTED');
        expect(job?.allowedActions).not.toContain('START_DATAFEED');
        const start: Verb = { action: 'START_DATAFEED', jobId, datafeedId };
        expect((await errorOf(adapter.run(start, call()))).code).toBe('WRONG_STATE');
        for (const _again of [1, 2]) expect(await adapter.run({ ...start, action: 'STOP_DATAFEED' }, call())).toEqual({ done: true });
        const stopped = await readJob(jobId);
        expect(stopped).toMatchObject({ value: { state: 'OPENED', datafeed: { state: 'STOPPED' } } });
        expect(stopped?.status === 'found' && stopped.value.allowedActions).toContain('START_DATAFEED');
        expect(await adapter.run(start, call())).toEqual({ done: true });
        await vi.waitFor(async () => expect(await readJob(jobId)).toMatchObject({ value: { datafeed: { state: 'STARTED' } } }), {
          timeout: 10_000,
          interval: 20,
        });
        const closed = (await list()).find(({ state, datafeed }) => state === 'CLOSED' && datafeed);
        const wrong: Verb = { action: 'START_DATAFEED', jobId: closed?.nativeId ?? '', datafeedId: closed?.datafeed?.nativeId ?? '' };
        expect((await errorOf(adapter.run(wrong, call()))).code).toBe('WRONG_STATE');
        expect(closed && adapter.refusalOf(wrong, closed, profile)?.code).toBe('WRONG_STATE');
      });

      it('expands its own expressions to jobs it lists', async () => {
        const items = await list();
        const ids = items.flatMap(({ nativeId, state }) => (state === 'DELETING' ? [] : [nativeId]));
        expect(await adapter.expandJobs({ expression: '_all' }, call())).toEqual(ids.toSorted());
        const group = items.find(({ groups }) => (groups?.length ?? 0) > 0)?.groups?.[0] ?? '';
        expect(await adapter.expandJobs({ expression: group }, call())).toEqual(
          items
            .filter(({ groups }) => groups?.includes(group))
            .map(({ nativeId }) => nativeId)
            .toSorted(),
        );
        expect(await adapter.expandJobs({ expression: 'zzz-*' }, call())).toEqual([]);
        expect((await errorOf(adapter.expandJobs({ expression: 'zzz-*', allowNoMatch: false }, call()))).code).toBe('NOT_FOUND');
        const unknown = await errorOf(adapter.expandJobs({ expression: `${ids[0]},nobody-knows-this` }, call()));
        expect([unknown.code, unknown.message]).toEqual(['NOT_FOUND', expect.stringContaining('nobody-knows-this')]);
      });

      it('opens and closes a job, and knows from the job that it is done', async () => {
        const { nativeId: jobId } = await jobIn('CLOSED');
        expect(await adapter.run({ action: 'OPEN_JOB', jobId }, call())).toEqual({ done: true });
        await eventually(jobId, 'OPENED');
        expect(adapter.standingOf('OPEN_JOB', (await readJob(jobId)) ?? { status: 'gone' })).toEqual({ state: 'SUCCEEDED' });
        expect((await errorOf(adapter.run({ action: 'OPEN_JOB', jobId }, call()))).code).toBe('WRONG_STATE');
        expect(await adapter.run({ action: 'CLOSE_JOB', jobId, timeoutMs: 20_000 }, call())).toEqual({ done: true });
        expect(await stateOf(jobId)).toBe('CLOSED');
        expect(adapter.standingOf('CLOSE_JOB', (await readJob(jobId)) ?? { status: 'gone' })).toEqual({ state: 'SUCCEEDED' });
        expect(await adapter.run({ action: 'CLOSE_JOB', jobId }, call())).toEqual({ done: true });
      });

      it('closes a job whose datafeed runs, and stops that', async () => {
        const job = (await list()).find(({ datafeed, state }) => datafeed?.state === 'STARTED' && state === 'OPENED');
        const jobId = job?.nativeId ?? '';
        expect(await adapter.run({ action: 'CLOSE_JOB', jobId }, call())).toEqual({ done: true });
        expect(await readJob(jobId)).toMatchObject({ status: 'found', value: { state: 'CLOSED', datafeed: { state: 'STOPPED' } } });
      });

      it('closes a failed job with force only, and foresees it', async () => {
        const job = await jobIn('FAILED');
        const plain: Verb = { action: 'CLOSE_JOB', jobId: job.nativeId };
        expect(adapter.refusalOf(plain, job, profile)?.code).toBe('WRONG_STATE');
        expect((await errorOf(adapter.run(plain, call()))).code).toBe('WRONG_STATE');
        expect(adapter.refusalOf({ ...plain, force: true }, job, profile)).toBeNull();
        expect(await adapter.run({ ...plain, force: true }, call())).toEqual({ done: true });
        expect(await stateOf(job.nativeId)).toBe('CLOSED');
      });

      it('stops waiting for a close when told to, while the close goes on', async () => {
        const { nativeId: jobId } = await jobIn('OPENED');
        expect((await errorOf(adapter.run({ action: 'CLOSE_JOB', jobId, timeoutMs: 1 }, call()))).code).toBe('TIMEOUT');
        await eventually(jobId, 'CLOSED');
      });

      it('resets a job in the background: its task is found while it runs, and its end by its id', async () => {
        if (!supports('RESET_JOB')) {
          expect(adapter.refusalOf({ action: 'RESET_JOB', jobId: 'a' }, await jobIn('CLOSED'), profile)?.code).toBe('UNSUPPORTED');
          const refused = await errorOf(adapter.run({ action: 'RESET_JOB', jobId: (await jobIn('CLOSED')).nativeId }, call()));
          expect(refused.code).toBe('UNSUPPORTED');
          return;
        }
        const { nativeId: jobId } = await jobIn('CLOSED');
        const taskId = await startTask({ action: 'RESET_JOB', jobId });
        const found = await vi.waitFor(
          async () => {
            const { items } = await adapter.discoverTasks(taskFields, call());
            const mine = items.filter((task) => task.jobNativeId === jobId);
            expect(mine).toHaveLength(1);
            return mine[0];
          },
          { timeout: 5_000, interval: 5 },
        );
        expect(found).toMatchObject({ nativeId: taskId, kind: 'RESET', state: 'RUNNING', cancellable: true, progress: null });
        expect(module.taskKinds).toContain(found?.kind);
        await vi.waitFor(async () => expect(await stateOf(jobId)).toBe('RESETTING'), { timeout: 5_000, interval: 5 });
        const end = await endOf(taskId);
        expect(end).toMatchObject({ id: found?.id, state: 'SUCCEEDED', error: null, jobNativeId: jobId, endedAt: expect.any(Number) });
        await eventually(jobId, 'CLOSED');
        const reading = (await adapter.readJobs([jobId], adapter.verbFields, call())).readings.get(jobId) ?? { status: 'gone' as const };
        expect(adapter.standingOf('RESET_JOB', reading)).toEqual({ state: 'SUCCEEDED' });
      });

      it('learns only from the task that a reset was refused', async () => {
        if (!supports('RESET_JOB')) return;
        const { nativeId: jobId } = await jobIn('OPENED');
        expect(await endOf(await startTask({ action: 'RESET_JOB', jobId }))).toMatchObject({
          state: 'FAILED',
          error: { code: 'WRONG_STATE' },
        });
        expect(await endOf(await startTask({ action: 'RESET_JOB', jobId: 'nobody-knows-this' }))).toMatchObject({
          state: 'FAILED',
          error: { code: 'NOT_FOUND' },
        });
      });

      it('cancels a reset, whose job stays held until it is reset again', async () => {
        if (!supports('RESET_JOB')) return;
        const { nativeId: jobId } = await jobIn('CLOSED');
        const taskId = await startTask({ action: 'RESET_JOB', jobId });
        await vi.waitFor(async () => expect(await stateOf(jobId)).toBe('RESETTING'), { timeout: 5_000, interval: 2 });
        expect(await adapter.run({ action: 'CANCEL_TASK', taskId }, call())).toEqual({ done: true });
        expect(await endOf(taskId)).toMatchObject({
          state: 'CANCELLED',
          error: { message: expect.stringContaining('Reset the job again') },
        });
        const held = await readJob(jobId);
        expect(held).toMatchObject({ status: 'found', value: { state: 'RESETTING', allowedActions: ['RESET_JOB', 'DELETE_JOB'] } });
        expect(await endOf(await startTask({ action: 'RESET_JOB', jobId }))).toMatchObject({ state: 'SUCCEEDED' });
        await eventually(jobId, 'CLOSED');
        expect((await errorOf(adapter.run({ action: 'CANCEL_TASK', taskId }, call()))).code).toBe('NOT_FOUND');
      });

      it('says of a failed job why it failed', async () => {
        const job = await jobIn('FAILED');
        expect(job.stateReason).toMatch(/\w/);
        expect(await readJob(job.nativeId)).toMatchObject({ value: { stateReason: job.stateReason } });
        expect((await jobIn('OPENED')).stateReason).toBeNull();
      });

      it('reads what a job has found, the most unusual first, in slices, as far as it is asked for', async () => {
        const read = async (query: Partial<AnomalyQuery> = {}) =>
          adapter.readAnomalies(jobId, { skip: 0, first: 100, ...query }, new Set(), call());
        const found = new Map(
          await Promise.all(
            (await list()).map(async ({ nativeId }) => {
              const { items } = await adapter.readAnomalies(nativeId, { skip: 0, first: 100 }, new Set(), call());
              return [nativeId, items] as const;
            }),
          ),
        );
        const [jobId, all] = [...found].reduce((most, next) => (next[1].length > most[1].length ? next : most));
        expect(all.length).toBeGreaterThan(1);
        expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).toSorted((left, right) => right - left));
        expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
        for (const { score, startAt, endAt } of all) {
          expect(score >= 0 && score <= 1).toBe(true);
          expect((endAt ?? startAt) >= startAt).toBe(true);
        }
        const slice = await read({ skip: 1, first: 1 });
        expect(slice.items).toEqual(all.slice(1, 2));
        expect([null, all.length]).toContain(slice.totalCount);
        const least = all.at(-1)?.score ?? 0;
        const most = all[0]?.score ?? 0;
        expect((await read({ minScore: most })).items).toEqual(all.filter(({ score }) => score >= most));
        const newest = Math.max(...all.map(({ startAt }) => startAt));
        expect((await read({ from: newest })).items).toEqual(all.filter(({ startAt }) => startAt >= newest));
        expect((await read({ to: newest, minScore: least })).items).toEqual(all.filter(({ startAt }) => startAt < newest));
        const error = await errorOf(adapter.readAnomalies('nobody-knows-this', { skip: 0, first: 1 }, new Set(), call()));
        expect(error.code).toBe('NOT_FOUND');
      });

      it('reads the newest lines of a job’s log', async () => {
        const { nativeId: failed } = await jobIn('FAILED');
        const read = async (id: string, first: number) => (await adapter.readJobMessages([id], first, call())).get(id);
        const all = (await read(failed, 100)) ?? [];
        expect(all.length).toBeGreaterThan(1);
        expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted((left, right) => right - left));
        expect(await read(failed, 1)).toEqual(all.slice(0, 1));
        expect(await read('nobody-knows-this', 5)).toEqual([]);
      });

      it('reverts a closed job to one of its snapshots, and no other', async () => {
        if (!supports('REVERT_JOB')) return;
        const closed = (await list()).filter(({ state }) => state === 'CLOSED');
        const read = (id: string, first = 50) => adapter.readModelSnapshots(id, { skip: 0, first }, call());
        const snapshots = await Promise.all(closed.map(async ({ nativeId }) => [nativeId, (await read(nativeId)).items] as const));
        const [jobId, items] = snapshots.find(([, each]) => each.length > 1) ?? expect.fail('the simulator has no job with snapshots');
        expect((await read(jobId, 1)).items).toEqual(items.slice(0, 1));
        const snapshotId = items.at(-1)?.snapshotId ?? '';
        expect(await adapter.run({ action: 'REVERT_JOB', jobId, snapshotId }, call())).toEqual({ done: true });
        await eventually(jobId, 'CLOSED');
        const unknown: Verb = { action: 'REVERT_JOB', jobId, snapshotId: 'nobody-knows-this' };
        expect((await errorOf(adapter.run(unknown, call()))).code).toBe('NOT_FOUND');
        const opened = await jobIn('OPENED');
        const wrong: Verb = { action: 'REVERT_JOB', jobId: opened.nativeId, snapshotId };
        expect(adapter.refusalOf(wrong, opened, profile)?.code).toBe('WRONG_STATE');
        expect((await errorOf(adapter.run(wrong, call()))).code).toBe('WRONG_STATE');
      });

      it('deletes a job in the background until it is gone', async () => {
        const job = (await list()).find(({ state, datafeed }) => (state === 'CLOSED' || state === 'OPENED') && !datafeed);
        const jobId = job?.nativeId ?? '';
        const taskId = await startTask({ action: 'DELETE_JOB', jobId, force: true });
        expect(await endOf(taskId)).toMatchObject({ kind: 'DELETE', state: 'SUCCEEDED', jobNativeId: jobId });
        expect(await stateOf(jobId)).toBe('gone');
        expect(adapter.standingOf('DELETE_JOB', (await readJob(jobId)) ?? { status: 'gone' })).toEqual({ state: 'SUCCEEDED' });
      });

      it('calls a task nobody knows gone', async () => {
        const { nativeId: node } = (await list()).find((job) => job.node)?.node ?? { nativeId: 'N' };
        const ids = [`${node}:999999`, 'left-the-cluster:1', 'no id at all'];
        const { readings } = await adapter.readTasks(ids, taskFields, call());
        for (const id of ids) expect(readings.get(id)).toEqual({ status: 'gone' });
      });

      it('finds every refused verb on an unknown job not found', async () => {
        for (const action of ['OPEN_JOB', 'CLOSE_JOB'] as const) {
          expect((await errorOf(adapter.run({ action, jobId: 'nobody-knows-this' }, call()))).code).toBe('NOT_FOUND');
        }
      });

      it('keeps its deadline, and says whether a write may have taken effect', async () => {
        running.setFaults([{ route: '*', hang: true }]);
        const late = (): CallOptions => callAs(profile, 150);
        expect((await errorOf(adapter.listJobs(jobFields, late()))).code).toBe('TIMEOUT');
        const { nativeId: jobId } = { nativeId: 'checkout-latency' };
        const error = await errorOf(adapter.run({ action: 'CLOSE_JOB', jobId }, late()));
        expect([error.code, error.facts.outcomeUnknown]).toEqual(['TIMEOUT', true]);
      });

      it('takes what a broken backend sends for no answer, and for no proof', async () => {
        for (const fault of [{ status: 502, body: '<html>bad gateway</html>' }, { cutAfterBytes: 20 }, { reset: true }]) {
          running.setFaults([{ route: '*', ...fault }]);
          const { readings } = await adapter.readJobs(['checkout-latency'], jobFields, call());
          expect(readings.get('checkout-latency')).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
          expect((await errorOf(adapter.listJobs(jobFields, call()))).code).toBe('BACKEND_UNAVAILABLE');
          const { readings: tasks } = await adapter.readTasks(['N:1', 'N:2'], taskFields, call());
          expect([...tasks.values()].map(({ status }) => status)).toEqual(['undetermined', 'undetermined']);
        }
      });

      it('closes its connections twice without harm', async () => {
        await adapter.dispose();
        await adapter.dispose();
        expect((await errorOf(adapter.listJobs(jobFields, call()))).code).toBe('BACKEND_UNAVAILABLE');
      });
    });
  });
};
