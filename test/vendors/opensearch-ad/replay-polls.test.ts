import { afterEach, describe, expect, it } from 'vitest';
import { type FieldSet, isFinal, type Task } from '../../../src/domain/index.js';
import { vendorModules } from '../../../src/vendors/registry.js';
import { callAs, connectTo } from '../support/connect.js';
import { startRecordedServer } from './recorded-server.js';
import { stateOf } from './replay-expectations.js';
import { type Moment, recordedFiles, recordingOf } from './replay-recordings.js';

/* What was recorded by polling: the adapter is shown one moment after the other. */

const open: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.dispose();
});

const wanted: FieldSet = new Set(['Task.state', 'Task.progress', 'Task.error']);

type Document = Readonly<Record<string, unknown>>;

/** The runs of polling of a file, each a list of what was seen; what stayed the same is left out. */
const runsOf = (moments: readonly Moment[]): readonly (readonly (readonly Document[])[])[] => {
  const runs: (readonly Document[])[][] = [[]];
  for (const { __next, tasks } of moments) {
    if (__next !== undefined) runs.push([]);
    else if (Array.isArray(tasks)) runs.at(-1)?.push(tasks as readonly Document[]);
  }
  return runs;
};

/** Readings of every moment, in order. */
const watch = async (version: string, moments: readonly (readonly Document[])[]): Promise<readonly (readonly Task[])[]> => {
  const vendor = vendorModules.find(({ id }) => id === 'opensearch-ad');
  if (!vendor) throw new Error('the adapter is not registered');
  let moment = moments[0] ?? [];
  const server = await startRecordedServer();
  server.answerWith(({ path }) => {
    if (!path.endsWith('/tasks/_search')) return { status: 200, body: { ad_task: {} } };
    const hits = moment.map(({ _id, _version, ...source }) => ({ _id, _version, _source: source }));
    return { status: 200, body: { timed_out: false, _shards: { failed: 0 }, hits: { total: { value: hits.length }, hits } } };
  });
  const adapter = connectTo(vendor, { url: server.url });
  open.push(server, adapter);
  const call = callAs({ version, capabilities: vendor.capabilitiesOf(version), notice: null, dialect: 'opensearch' });
  const seen: (readonly Task[])[] = [];
  for (const next of moments) {
    moment = next;
    const ids = next.map(({ _id }) => String(_id));
    const { readings, missing } = await adapter.readTasks(ids, wanted, call);
    expect(missing).toEqual([]);
    seen.push(
      ids.flatMap((id) => {
        const reading = readings.get(id);
        return reading?.status === 'found' ? [reading.value] : [];
      }),
    );
  }
  return seen;
};

const files = Object.entries(recordedFiles).flatMap(([version, names]) =>
  names.filter((name) => recordingOf(version, name).polls !== undefined).map((name) => [version, name] as const),
);

describe('tasks as they were watched', () => {
  it.each(files)('%s %s: every state as the vendor says it, progress that never falls, an end that stays', async (version, name) => {
    for (const moments of runsOf(recordingOf(version, name).polls ?? [])) {
      const seen = await watch(version, moments);
      moments.forEach((documents, index) => {
        const states = documents.map(({ _id, state }) => [_id, stateOf[String(state)]]);
        expect(seen[index]?.map(({ nativeId, state }) => [nativeId, state])).toEqual(states);
      });
      const byId = new Map<string | null, Task>();
      for (const task of seen.flat()) {
        const before = byId.get(task.nativeId);
        expect(task.progress ?? 0).toBeGreaterThanOrEqual(before?.progress ?? 0);
        if (before && isFinal(before.state)) expect(task).toEqual(before);
        if (isFinal(task.state)) expect(task.endedAt).not.toBeNull();
        else expect(task.endedAt).toBeNull();
        byId.set(task.nativeId, task);
      }
    }
  });

  it('are those of fifteen files and more', () => {
    expect(files.length).toBeGreaterThanOrEqual(15);
  });
});
