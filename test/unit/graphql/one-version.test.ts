import { beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../../src/domain/index.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyTask } from '../../support/toy-vendor.js';

/*
 * The ledger of the rig gives every reading a revision of its own: whatever an answer takes from two readings, it shows in two versions, unless something
 * sees to it.
 */

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig();
});

/** The versions of each object in an answer, wherever they stand. */
const versionsIn = (value: unknown, found = new Map<string, Set<unknown>>()): ReadonlyMap<string, ReadonlySet<unknown>> => {
  if (Array.isArray(value)) for (const each of value) versionsIn(each, found);
  else if (typeof value === 'object' && value !== null) {
    const { id, revision } = value as { readonly id?: unknown; readonly revision?: unknown };
    if (typeof id === 'string' && revision !== undefined) found.set(id, (found.get(id) ?? new Set()).add(revision));
    for (const each of Object.values(value)) versionsIn(each, found);
  }
  return found;
};
const expectOneVersionEach = (answer: unknown): void => {
  const versions = versionsIn(answer);
  expect(versions.size).toBeGreaterThan(0);
  for (const [id, revisions] of versions) expect([id, [...revisions]]).toEqual([id, [expect.anything()]]);
};

const ask = async <T>(source: string): Promise<T> => {
  const { data, errors } = await rig.run(source);
  expect(codesOf(errors)).toEqual([]);
  return data as T;
};
/** Somebody else reads the task while the answer is made, and finds it changed. */
const changed = (task: Task, facts: Partial<Task>): void => {
  rig.context().ledger.stampTasks([{ ...task, ...facts }], Date.now());
};
/** The same, at the moment when an answer asks for a node. */
const changeWithNodes = (task: Task, facts: Partial<Task>): void => {
  const { nodes } = rig.world('one');
  const get = nodes.get.bind(nodes);
  nodes.get = (id) => {
    changed(task, facts);
    rig.world('one').addTask(task.nativeId ?? '', { ...task, ...facts });
    return get(id);
  };
};

describe('one answer to an event', () => {
  const step = <T extends { readonly revision: number }>(cursor: string, ...added: readonly T[]) => ({
    ...{ cursor, reset: false, synced: true, changed: [], left: [], forgotten: [], backends: [], stateCounts: [] },
    added,
  });

  it('shows a task below its job as it is in the event, whatever was read since', async () => {
    rig.world('one').addJob('a');
    const task = rig.world('one').addTask('t1', { jobNativeId: 'a', progress: 0.7 });
    rig.hub.steps = [step('c1', { ...task, progress: 0.5, revision: 1_000 })];
    const [event] = (await rig.watch(
      'subscription { tasksProgress { added { id revision progress job { id revision currentTask { id revision progress } } } } }',
    )) as readonly { readonly data: unknown }[];
    expectOneVersionEach(event);
    expect(event).toMatchObject({ data: { tasksProgress: { added: [{ progress: 0.5, job: { currentTask: { progress: 0.5 } } }] } } });
  });

  it('shows a job below its task as it is in the event', async () => {
    const job = rig.world('one').addJob('a', { state: 'OPENED' });
    rig.world('one').addTask('t1', { jobNativeId: 'a' });
    rig.hub.steps = [step('c1', { ...job, state: 'CLOSING' as const, revision: 1_000 })];
    const events = await rig.watch(
      'subscription { jobsChanged { added { id revision state currentTask { id job { id revision state } } } } }',
    );
    expectOneVersionEach(events);
  });

  it('shows the latest runs of a detector as it shows them below its job', async () => {
    rig.world('one').hasDetectors = true;
    const detector = rig.world('one').addDetector('d1');
    const task = rig.world('one').addTask('t1', { id: 'task:one:t1', jobNativeId: 'd1', detectorNativeId: 'd1' });
    const run = { ...task, progress: 0.1, revision: 1_000 };
    const job = { ...rig.world('one').addJob('d1'), revision: 1_000 };
    rig.hub.steps = [step('c1', { ...detector, job, realtimeTask: run, revision: 1_000 })];
    const events = await rig.watch(`subscription { detectorsChanged { added {
      id revision realtimeTask { id revision progress } job { id revision currentTask { id revision progress } }
    } } }`);
    expectOneVersionEach(events);
  });

  it('is made anew for the next event', async () => {
    const task = { ...toyTask('one', 't1'), revision: 1 };
    rig.hub.steps = [1, 2].map((revision) => step(`c${revision}`, { ...task, revision }));
    expect(await rig.watch('subscription { tasksProgress { added { revision } } }')).toEqual(
      [1, 2].map((revision) => ({ data: { tasksProgress: { added: [{ revision }] } } })),
    );
  });
});

describe('one answer to a query', () => {
  const row = 'id revision progress';

  it('shows a run in one version below its detector, its job and in the list of its runs, though it changes in between', async () => {
    rig.world('one').hasDetectors = true;
    rig.world('one').remembersTasks = true;
    const facts = { id: 'task:one:t1', jobNativeId: 'd1', detectorNativeId: 'd1', coordinatingNodeId: 'n1' };
    const task = rig.world('one').addTask('t1', facts);
    rig.world('one').addDetector('d1', { realtimeTask: task });
    changeWithNodes(task, { progress: 0.9 });
    const answer = await ask(`{
      detector(id: "detector:one:d1") {
        realtimeTask { ${row} } job { id currentTask { ${row} } } tasks { nodes { ${row} coordinatingNode { id roles } } }
      }
    }`);
    expectOneVersionEach(answer);
    // The latest, at that: the list was the last to be read.
    expect(answer).toMatchObject({ detector: { realtimeTask: { progress: 0.9 } } });
  });

  it('takes its lists when the last of them has come', async () => {
    const task = rig.world('one').addTask('t1', { jobNativeId: 'a', progress: 0.1 });
    rig.world('one').addJob('a', { node: { id: 'node:one:n1', backendKey: 'one', nativeId: 'n1' } });
    changeWithNodes(task, { progress: 0.9 });
    const answer = await ask<{ readonly tasks: { readonly nodes: readonly object[] } }>(
      `{ tasks { nodes { ${row} } } jobs { nodes { id node { id roles } currentTask { ${row} } } } }`,
    );
    expectOneVersionEach(answer);
    expect(answer.tasks.nodes).toMatchObject([{ progress: 0.9 }]);
  });

  it('has no row that its filter would not let in', async () => {
    const task = rig.world('one').addTask('t1', { jobNativeId: 'a' });
    rig.world('one').addJob('a', { node: { id: 'node:one:n1', backendKey: 'one', nativeId: 'n1' } });
    changeWithNodes(task, { state: 'SUCCEEDED' });
    // The job's own list is read after the other was shown.
    const { tasks, job } = await ask<Record<'tasks' | 'job', { tasks: unknown; nodes: unknown }>>(`{
      tasks { nodes { ${row} state job { id } } }
      job(id: "job:one:a") { node { id roles } tasks(filter: { states: [SUCCEEDED] }) { nodes { ${row} state } } }
    }`);
    expectOneVersionEach([tasks, job]);
    expect(JSON.stringify(job.tasks)).not.toContain('RUNNING');
  });

  it('shows of the second reading what the first was not asked for', () => {
    const { shown } = rig.context();
    const job = { ...rig.world('one').addJob('a', { state: 'OPENED' }), revision: 1 };
    const { description: _description, ...first } = job;
    expect(shown.job(first)).toMatchObject({ state: 'OPENED', description: null });
    const second = { ...job, state: 'CLOSED' as const, description: 'of marbles', revision: 2 };
    expect(shown.job(second)).toMatchObject({ state: 'OPENED', description: 'of marbles', revision: 1 });
    expect(shown.job(second)).toBe(shown.job(first));
  });

  it('shows after a verb what that has made of an object', async () => {
    const job = rig.world('one').addJob('a');
    let revision = 0;
    rig.verbs.answer = () => ({
      job: { ...job, state: revision === 0 ? 'OPENED' : 'CLOSED', revision: ++revision },
      task: null,
      errors: [],
    });
    expect(
      await ask(`mutation {
        a: openJob(input: { jobId: "job:one:a" }) { job { state revision } }
        b: closeJob(input: { jobId: "job:one:a" }) { job { state revision } }
      }`),
    ).toEqual({ a: { job: { state: 'OPENED', revision: 1 } }, b: { job: { state: 'CLOSED', revision: 2 } } });
  });
});
