import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Auth, type CallOptions, type FieldSet, Secret, type VendorAdapter } from '../../../src/domain/index.js';
import { simulators } from '../../../src/simulator/index.js';
import type { RunningSimulator } from '../../../src/simulator/simulator.js';
import { elasticsearchMl } from '../../../src/vendors/elasticsearch-ml/index.js';
import { callAs, connectTo, errorOf } from '../support/connect.js';

const jobFields: FieldSet = new Set(['Job.state', 'Job.processed']);
const taskFields: FieldSet = new Set(['Task.state', 'Task.counts']);

/** The simulator with users of one cluster privilege each. */
describe('with the privileges of its user', () => {
  let running: RunningSimulator;
  const adapters: VendorAdapter[] = [];

  beforeEach(async () => {
    const simulator = simulators.find(({ id }) => id === elasticsearchMl.id);
    if (!simulator) throw new Error('there is no simulator');
    running = await simulator.start({
      speed: 10,
      users: [
        { name: 'reader', password: 'reader-pw', privileges: ['monitor_ml'] },
        { name: 'manager', password: 'manager-pw', privileges: ['manage_ml'] },
        { name: 'full', apiKey: 'ZnVsbDprZXk=', privileges: ['manage_ml', 'monitor', 'cancel_task'] },
        { name: 'nobody', password: 'nobody-pw', privileges: [] },
      ],
    });
  });
  afterEach(async () => {
    for (const adapter of adapters.splice(0)) await adapter.dispose();
    await running.dispose();
  });

  const as = async (auth: Auth): Promise<{ adapter: VendorAdapter; call: () => CallOptions; version: string | null }> => {
    const adapter = connectTo(elasticsearchMl, { url: new URL(running.url), auth });
    adapters.push(adapter);
    const profile = await adapter.learnProfile(callAs({ version: null, capabilities: [], notice: null }));
    return { adapter, version: profile.version, call: () => callAs(profile) };
  };
  const user = (username: string, password: string): Auth => ({ kind: 'basic', username, password: new Secret(password) });

  it('reads with monitor_ml, and changes nothing', async () => {
    const { adapter, call, version } = await as(user('reader', 'reader-pw'));
    expect(version).toBe('8.17.0');
    const { items } = await adapter.listJobs(jobFields, call());
    const jobId = items.find(({ state }) => state === 'OPENED')?.nativeId ?? '';
    const error = await errorOf(adapter.run({ action: 'CLOSE_JOB', jobId }, call()));
    expect([error.code, error.facts.httpStatus, error.facts.missing]).toEqual(['FORBIDDEN', 403, ['manage_ml']]);
  });

  it('learns from the task alone that a background verb was not allowed', async () => {
    const full = await as({ kind: 'apiKey', value: new Secret('ZnVsbDprZXk=') });
    const { adapter, call } = await as(user('reader', 'reader-pw'));
    const { items } = await adapter.listJobs(jobFields, call());
    const answer = await adapter.run({ action: 'RESET_JOB', jobId: items.find(({ state }) => state === 'CLOSED')?.nativeId ?? '' }, call());
    const taskId = answer.taskId ?? '';
    const { readings } = await full.adapter.readTasks([taskId], taskFields, full.call());
    expect(readings.get(taskId)).toMatchObject({ status: 'found', value: { state: 'FAILED', error: { code: 'FORBIDDEN' } } });
  });

  it('sees with manage_ml alone what holds jobs, and says why it sees no tasks', async () => {
    const { adapter, call } = await as(user('manager', 'manager-pw'));
    const { items, missing } = await adapter.discoverTasks(taskFields, call());
    expect(missing.map(({ part, error }) => [part, error.code, error.facts.missing])).toEqual([['TASKS', 'FORBIDDEN', ['monitor']]]);
    for (const task of items)
      expect(task).toMatchObject({ kind: expect.stringMatching(/RESET|DELETE|REVERT/), state: 'RUNNING', jobNativeId: expect.any(String) });
  });

  it('tells wrong credentials from a missing privilege', async () => {
    const unknown = { version: null, capabilities: [], notice: null };
    const wrong = connectTo(elasticsearchMl, { url: new URL(running.url), auth: user('reader', 'wrong') });
    adapters.push(wrong);
    const nobody = await as(user('nobody', 'nobody-pw'));
    expect(await errorOf(wrong.learnProfile(callAs(unknown)))).toMatchObject({ code: 'FORBIDDEN', facts: { httpStatus: 401 } });
    const rejected = await errorOf(wrong.listJobs(jobFields, callAs(unknown)));
    const lacking = await errorOf(nobody.adapter.listJobs(jobFields, nobody.call()));
    expect(nobody.version).toBeNull();
    expect([rejected.code, rejected.facts.httpStatus]).toEqual(['FORBIDDEN', 401]);
    expect([lacking.code, lacking.facts.httpStatus, lacking.facts.missing]).toEqual(['FORBIDDEN', 403, ['monitor_ml']]);
  });
});
