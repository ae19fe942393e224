import { describe, expect, it } from 'vitest';
import type { Detector, Job, Task } from '../../src/domain/index.js';
import { createLedger, type LedgerChange } from '../../src/progress/watch/ledger.js';
import { createScriptedVendor } from '../support/scripted-vendor.js';

const { makeTask } = createScriptedVendor();

const task = (more: Partial<Task> = {}): Task =>
  makeTask('t1', { id: 'task:one:t1', kind: 'HISTORICAL', detectorNativeId: 'd', progress: 0, ...more });
const job = (more: Partial<Job> = {}): Job => ({ id: 'job:one:d', backendKey: 'one', nativeId: 'd', state: 'CLOSED', ...more });
const detector = (more: Partial<Detector> = {}): Detector => ({
  id: 'detector:one:d',
  backendKey: 'one',
  nativeId: 'd',
  name: 'D',
  ...more,
});

const watched = () => {
  const ledger = createLedger();
  const changes: LedgerChange[] = [];
  ledger.listen((change) => changes.push(change));
  const kinds = (): readonly string[] => changes.splice(0).map(({ kind }) => kind);
  return { ledger, changes, kinds };
};

describe('a detector in the ledger', () => {
  it('gives what it embeds revisions of their own, and tells of those first', () => {
    const { ledger, kinds } = watched();
    const [stamped] = ledger.stampDetectors([detector({ job: job(), historicalTask: task(), realtimeTask: null })], 1);
    expect(kinds()).toEqual(['task', 'job', 'detector']);
    expect(stamped).toMatchObject({
      realtimeTask: null,
      historicalTask: { id: 'task:one:t1', revision: ledger.task('task:one:t1')?.revision },
      job: { id: 'job:one:d', revision: ledger.job('job:one:d')?.revision },
    });
    expect(ledger.detectorByNativeId('one', 'd')).toBe(ledger.detector('detector:one:d'));
  });

  it('changes when its task has, whoever read the task', () => {
    const { ledger, kinds } = watched();
    ledger.stampDetectors([detector({ historicalTask: task() })], 1);
    kinds();
    ledger.stampTasks([task({ progress: 0.5 })], 2);
    expect(kinds()).toEqual(['task', 'detector']);
    expect(ledger.detector('detector:one:d')?.historicalTask).toMatchObject({ progress: 0.5 });
    ledger.stampDetectors([detector({ historicalTask: task({ progress: 0.5 }) })], 3);
    expect(kinds()).toEqual([]);
  });

  it('does not take up a task of an earlier run again', () => {
    const { ledger } = watched();
    ledger.stampDetectors([detector({ historicalTask: task() })], 1);
    ledger.stampDetectors([detector({ historicalTask: task({ id: 'task:one:t2', nativeId: 't2' }) })], 2);
    ledger.stampTasks([task({ state: 'CANCELLED' })], 3);
    expect(ledger.detector('detector:one:d')?.historicalTask?.id).toBe('task:one:t2');
  });

  it('keeps what a fuller reading knew of an embedded object', () => {
    const { ledger, kinds } = watched();
    ledger.stampDetectors([detector({ job: job({ description: 'all of it' }) })], 1);
    kinds();
    const [partial] = ledger.stampDetectors([detector({ job: job() })], 2);
    expect(partial?.job?.description).toBe('all of it');
    expect(kinds()).toEqual([]);
  });

  it('shows a task that a later read had seen further on', () => {
    const { ledger } = watched();
    ledger.stampTasks([task({ progress: 0.7 })], 10);
    const [late] = ledger.stampDetectors([detector({ historicalTask: task({ progress: 0.2 }) })], 5);
    expect(late?.historicalTask).toMatchObject({ progress: 0.7 });
  });

  it('stamps the detector of a job and the job of a detector without ever nesting one in the other twice', () => {
    const { ledger } = watched();
    for (let at = 1; at < 6; at += 1) {
      ledger.stampJobs([job({ state: at % 2 ? 'OPENED' : 'CLOSED', detector: detector({ historicalTask: task() }) })], at);
      ledger.stampDetectors([detector({ name: `D${at}`, job: job({ state: at % 2 ? 'OPENED' : 'CLOSED' }) })], at);
    }
    expect(ledger.job('job:one:d')).toMatchObject({ detector: { name: 'D5', historicalTask: { id: 'task:one:t1' } } });
    expect(ledger.job('job:one:d')?.detector).not.toHaveProperty('job');
    expect(ledger.detector('detector:one:d')?.job).not.toHaveProperty('detector');
  });

  it('changes with its job and its job with it, once each', () => {
    const { ledger, kinds } = watched();
    ledger.stampDetectors([detector({ job: job() })], 1);
    ledger.stampJobs([job({ detector: detector() })], 1);
    kinds();
    ledger.stampJobs([job({ state: 'OPENED' })], 2);
    expect(kinds()).toEqual(['job', 'detector']);
    ledger.stampDetectors([detector({ name: 'renamed' })], 3);
    expect(kinds()).toEqual(['detector', 'job']);
    expect(ledger.job('job:one:d')?.detector?.name).toBe('renamed');
  });

  it('is given out as it is known by now, and not at all once it is gone', () => {
    const { ledger, kinds } = watched();
    const stamped = ledger.stampDetectors([detector({ historicalTask: task() })], 1);
    ledger.stampTasks([task({ progress: 0.5 })], 2);
    expect(ledger.newestDetectors(stamped)).toMatchObject([{ historicalTask: { progress: 0.5 } }]);
    kinds();
    ledger.forgetDetector('detector:one:d');
    ledger.forgetDetector('detector:one:d');
    expect(kinds()).toEqual(['detector-gone']);
    expect(ledger.newestDetectors(stamped)).toEqual([]);
  });
});

describe('a detector whose job is its real-time run', () => {
  const run = (state: Task['state']): Task => task({ kind: 'REALTIME', continuous: true, state });
  const states = (of: Detector | undefined) => [of?.realtimeTask?.state, of?.job?.state];
  /** With the states of both, as each turn leaves them for whoever watches. */
  const pairs = () => {
    const clock = { now: 1 };
    const ledger = createLedger({ now: () => clock.now });
    const told: unknown[] = [];
    ledger.listen((change) => {
      if (change.kind === 'detector' || change.kind === 'job')
        void Promise.resolve().then(() => told.push(states(ledger.detector('detector:one:d'))));
    });
    const at = (now: number) => {
      clock.now = now;
    };
    return { ledger, at, told, held: () => states(ledger.detector('detector:one:d')) };
  };
  const both = (task: Task['state'], of: Job['state']): Detector =>
    detector({ realtimeTask: run(task), job: job({ state: of ?? 'UNKNOWN' }) });

  it('is shown with both as one call has read them, though another has seen the run end', async () => {
    const { ledger, at, told, held } = pairs();
    ledger.stampDetectors([both('CREATED', 'OPENING')], 1);
    await Promise.resolve();
    at(10);
    ledger.stampTasks([run('CANCELLED')], 9);
    await Promise.resolve();
    expect(held()).toEqual(['CREATED', 'OPENING']);
    at(12);
    ledger.stampDetectors([both('CANCELLED', 'CLOSED')], 11);
    expect(held()).toEqual(['CANCELLED', 'CLOSED']);
    await Promise.resolve();
    expect(new Set(told.map(String))).toEqual(new Set(['CREATED,OPENING', 'CANCELLED,CLOSED']));
  });

  it('is not taken from a reading that had begun before the run was seen to end', () => {
    const { ledger, at, held } = pairs();
    ledger.stampDetectors([both('RUNNING', 'OPENED')], 1);
    at(10);
    ledger.stampTasks([run('CANCELLED')], 9);
    const [late] = ledger.stampDetectors([{ ...both('RUNNING', 'OPENED'), description: 'new' }], 9);
    expect([states(late), late?.description, held()]).toEqual([['RUNNING', 'OPENED'], 'new', ['RUNNING', 'OPENED']]);
    const [job] = ledger.stampJobs(
      [{ id: 'job:one:d', backendKey: 'one', nativeId: 'd', state: 'OPENED', detector: both('RUNNING', 'OPENED') }],
      9,
    );
    expect([job?.state, job?.detector?.realtimeTask?.state]).toEqual(['OPENED', 'RUNNING']);
  });

  it('is taken all the same from later ones, should they never tell of that end', () => {
    const { ledger, at, held } = pairs();
    ledger.stampDetectors([both('RUNNING', 'OPENED')], 1);
    at(10);
    ledger.stampTasks([run('LOST')], 9);
    at(20);
    ledger.stampDetectors([{ ...both('RUNNING', 'OPENED'), name: 'renamed' }], 19);
    expect([ledger.detector('detector:one:d')?.name, held()[0]]).toEqual(['renamed', 'LOST']);
  });

  it('is not shown beside a job that was read alone', () => {
    const { ledger, held } = pairs();
    ledger.stampDetectors([both('RUNNING', 'OPENED')], 1);
    ledger.stampJobs([job({ state: 'CLOSED' })], 2);
    expect(held()).toEqual(['RUNNING', 'OPENED']);
    ledger.stampJobs([{ ...job({ state: 'CLOSED' }), detector: detector({ realtimeTask: run('CANCELLED') }) }], 3);
    expect(held()).toEqual(['CANCELLED', 'CLOSED']);
    expect(ledger.job('job:one:d')).toMatchObject({ state: 'CLOSED', detector: { realtimeTask: { state: 'CANCELLED' } } });
  });

  it('shows what else moves in the run at once', () => {
    const { ledger } = pairs();
    ledger.stampDetectors([both('RUNNING', 'OPENED')], 1);
    ledger.stampTasks([{ ...run('RUNNING'), progress: 0.5 }], 2);
    expect(ledger.detector('detector:one:d')?.realtimeTask?.progress).toBe(0.5);
  });
});

describe('a node in the ledger', () => {
  it('is told of when it comes, moves and goes', () => {
    const { ledger, kinds } = watched();
    const node = { id: 'node:one:n', backendKey: 'one', nativeId: 'n', name: 'n-1' };
    ledger.stampNodes([{ ...node, metrics: { typename: 'X', id: 'node:one:n/metrics' } }], 1);
    ledger.stampNodes([node], 2);
    ledger.stampNodes([{ ...node, rawMetrics: [{ name: 'a', text: '1', number: 1 }] }], 3);
    ledger.stampNodes([{ ...node, rawMetrics: [{ name: 'a', text: '2', number: 2 }] }], 4);
    ledger.forgetNode(node.id);
    expect(kinds()).toEqual(['node', 'node', 'node-gone']);
  });
});
