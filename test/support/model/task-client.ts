import type { TaskStep } from '../../../src/progress/hub.js';

/** A client of one task's progress that checks every step against what it was told. */
export interface TaskClient {
  readonly id: string;
  readonly connected: boolean;
  /** At which instance it is, or was. */
  readonly at: number;
  /** What it was told last; undefined: nothing yet. */
  last(): TaskStep['task'] | undefined;
  /** The gateway has completed the stream. */
  completed(): boolean;
  disconnect(): Promise<void>;
  /** Connects with the cursor of a step some steps ago, as if the later ones had never come; without any: anew. */
  resume(stepsBack: number, at: number): void;
}

const finals = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'LOST']);

/** What a client is told about the world. */
interface TaskSurroundings {
  wrong(message: string): void;
  /** Whether a cursor that is given out there now may mean nothing any more: then it is told the state once more. */
  isDoubtful(at: number): boolean;
  /** Whether a cursor names a place in the log; any other was given out in an outage, however late it is read. */
  isOfLog(cursor: string): boolean;
  /** Whether a cursor names a place in the log before that of another one. */
  isBefore(cursor: string, other: string): boolean;
  /** What runs at that place now. */
  instanceAt(at: number): object;
}

export const createTaskClient = (
  id: string,
  open: (after: string | undefined, at: number) => AsyncIterableIterator<TaskStep>,
  { wrong, isDoubtful, isOfLog, isBefore, instanceAt }: TaskSurroundings,
): TaskClient => {
  let steps: readonly (TaskStep & { readonly isDoubtful: boolean; readonly from: object })[] = [];
  let watch: AsyncIterableIterator<TaskStep> | undefined;
  let completed = false;
  let isFirst = true;
  let place = 0;
  let instance: object = {};

  const apply = (step: TaskStep): void => {
    const last = steps.at(-1);
    const before = last?.task;
    // What one instance told in an outage another does not know; nor what others have told, when the log does not reach it, found out or not.
    const isFromElsewhere = isFirst && last !== undefined && last.from !== instance;
    const isApart = isFromElsewhere && !([last, step].every(({ cursor }) => isOfLog(cursor)) && !isBefore(step.cursor, last.cursor));
    // Who was told by an instance that went on alone has heard of revisions that others do not know.
    const beginsAnew = isFirst && (isApart || last?.isDoubtful === true || isDoubtful(place));
    const isRepeat = beginsAnew && step.task.state === before?.state;
    isFirst = false;
    if (before && finals.has(before.state) && !isRepeat && !isApart)
      wrong(`${id}: was told of after its end: ${JSON.stringify(step.task)}`);
    if (before && !beginsAnew && step.task.revision < before.revision)
      wrong(`${id}: was told of an older state: ${JSON.stringify(step.task)}`);
    steps = [...steps, { ...step, isDoubtful: isDoubtful(place) || !isOfLog(step.cursor), from: instance }].slice(-6);
  };

  const follow = async (mine: AsyncIterableIterator<TaskStep>): Promise<void> => {
    try {
      for await (const step of mine) {
        if (watch !== mine) return;
        apply(step);
      }
      if (watch !== mine) return;
      completed = true;
      const last = steps.at(-1)?.task;
      if (!last || !finals.has(last.state)) wrong(`${id}: completed without an end`);
    } catch {
      // Not to be had just now: it comes back.
    }
    if (watch === mine) watch = undefined;
  };

  return {
    id,
    get connected() {
      return watch !== undefined;
    },
    get at() {
      return place;
    },
    last: () => steps.at(-1)?.task,
    completed: () => completed,
    disconnect: async () => {
      const leaving = watch;
      watch = undefined;
      await leaving?.return?.();
    },
    resume: (stepsBack, at) => {
      completed = false;
      isFirst = true;
      place = at;
      instance = instanceAt(at);
      steps = steps.slice(0, Math.max(1, steps.length - stepsBack));
      watch = open(steps.at(-1)?.cursor, at);
      void follow(watch);
    },
  };
};
