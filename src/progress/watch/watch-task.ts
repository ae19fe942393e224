import {
  type Backends,
  type FollowedStream,
  type GlobalId,
  gatewayTaskNative,
  type Instant,
  isFinal,
  nativeOf,
  parseId,
  type Revised,
  sameObject,
  type Task,
  type TaskState,
  textOfId,
} from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';
import type { TaskStep, WatchOptions } from '../hub.js';
import type { WatchSources } from './known-tasks.js';
import type { ObservableLedger } from './ledger.js';
import type { ListWatch } from './list-watch.js';
import { sameFields } from './merge-readings.js';
import type { WatchLists } from './watch-lists.js';
import type { WatchTasks } from './watch-tasks.js';

/** What a watch of one task needs. */
export interface SingleTaskWatchOptions extends WatchSources {
  readonly backends: Backends;
  readonly lists: WatchLists;
  readonly watchTasks: WatchTasks;
  readonly ledger: ObservableLedger;
  /** Resolves when what is known by now has been told. */
  readonly settled: () => Promise<void>;
  readonly now: () => Instant;
}

export const createTaskWatch = ({ backends, lists, watchTasks, pollerOf, view, ledger, settled, book, now }: SingleTaskWatchOptions) => {
  /** The task an id names, from what is known or from its vendor. Throws NOT_FOUND. */
  const askForTask = async (id: GlobalId, watching: WatchOptions): Promise<Revised<Task>> => {
    const backend = backends.get(id.backend);
    const text = textOfId(id);
    const kept = book.find(text);
    // As the book has it: it must not outdo what others know of it by now.
    if (kept) return ledger.task(kept.id) ?? ledger.stampTasks([kept], kept.updatedAt ?? 0)[0] ?? { ...kept, revision: now() };
    const unknown = new VigilError('NOT_FOUND', `There is no task ${text}, or its backend has forgotten it.`, {
      backend: id.backend,
      vendor: backend.vendor,
    });
    if (id.native === gatewayTaskNative) throw unknown;
    const native = nativeOf(id, backend.adapter);
    const readAt = now();
    const ending = new AbortController();
    const { readings } = await backend.adapter.readTasks(
      [native],
      watching.fields,
      backend.call({ signal: ending.signal, requestId: 'watch' }),
    );
    const reading = readings.get(native);
    if (reading?.status === 'undetermined') throw reading.cause;
    if (reading?.status !== 'found') throw unknown;
    const [task] = ledger.stampTasks([reading.value], readAt);
    if (!task || !sameObject(id, parseId(task.id))) throw unknown;
    return task;
  };

  /** What was seen of it before stands, when its vendor does not answer or has forgotten it: how it ends is found out by its loop. */
  const findTask = async (id: GlobalId, watching: WatchOptions): Promise<Revised<Task>> => {
    const known = ledger.task(textOfId(id));
    if (known && isFinal(known.state)) return known;
    try {
      return await askForTask(id, watching);
    } catch (error) {
      if (known && isVigilError(error)) return known;
      throw error;
    }
  };

  return (id: GlobalId, watching: WatchOptions): FollowedStream<TaskStep> => {
    let list: ListWatch<Task, TaskState> | undefined;
    /** As all know it who have been told the steps made so far; undefined until the watch has begun. */
    let shown: Revised<Task> | undefined;
    let over = false;
    const name = JSON.stringify(['task', textOfId(id)]);
    /** Steps that are made and not taken yet. */
    const ready: TaskStep[] = [];
    /** Steps made so far. */
    let made = 0;
    let hasBegun: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      hasBegun = resolve;
    });

    const stepOf = (task: Revised<Task>): TaskStep => ({ cursor: lists.cursorOf(name), task });

    /** What brings a client to where all are who know the task as it is shown. */
    const firstSteps = (after: string | undefined, task: Revised<Task>): readonly TaskStep[] => {
      const news = lists.since(after, name);
      const isNews = news?.changes.some(({ change }) => change.kind === 'task' && change.value.id === task.id) ?? true;
      // A client that comes back knows the task as it is; one that comes from a query is told an end all the same, before the stream completes.
      return isNews || (!news?.own && isFinal(task.state)) ? [stepOf(task)] : [];
    };

    const make = (steps: readonly TaskStep[], task: Revised<Task>): void => {
      shown = task;
      ready.push(...steps);
      made += steps.length;
    };

    /** Makes a step of what is not told yet; `always`: also of a task that is as it was shown. */
    const flush = (last: Revised<Task>, always = false): void => {
      const task = view.task(last.id) ?? last;
      // What was told during an outage may be in the journal under another revision: the same is not told twice.
      const isNews = task.revision !== last.revision && !sameFields(last, task);
      if (always || isNews) make([stepOf(task)], task);
    };

    const finish = async (): Promise<IteratorResult<TaskStep>> => {
      over = true;
      hasBegun();
      await list?.return?.();
      return { done: true, value: undefined };
    };

    const begin = async (): Promise<Revised<Task>> => {
      const found = await findTask(id, watching);
      await settled();
      await lists.reach(watching.after, name);
      const task = view.task(found.id) ?? found;
      if (over) return task;
      if (!isFinal(task.state))
        list = watchTasks({ ids: [parseId(task.id)] }, { fields: watching.fields, snapshot: false }, task.nativeId !== null);
      make(firstSteps(watching.after, task), task);
      hasBegun();
      return task;
    };

    const pull = async (): Promise<IteratorResult<TaskStep>> => {
      let last = shown ?? (await begin());
      for (;;) {
        const value = ready.shift();
        if (value) return { done: false, value };
        if (over || !list || isFinal(last.state)) return finish();
        const { done, value: news } = await list.next();
        if (done) return finish();
        // What the vendor's list does not show by now has to be asked for by name.
        if (news.reset && last.nativeId !== null) pollerOf(last.backendKey).track(last);
        // Somebody who came in meanwhile may have made a step of it.
        last = shown ?? last;
        flush(last, !news.reset && news.backends.length > 0);
        last = shown ?? last;
      }
    };

    return {
      enter: async (after) => {
        await begun;
        await lists.reach(after, name);
        // It could not begin: its reader is told why.
        if (!shown) return { events: [], position: made };
        if (!over) flush(shown);
        return { events: firstSteps(after, shown), position: made };
      },
      join: (_earlier, later) => later,
      weigh: () => 1,
      next: async () => {
        if (over) return { done: true, value: undefined };
        try {
          return await pull();
        } catch (error) {
          await finish();
          throw error;
        }
      },
      return: finish,
      throw: async (error) => {
        await finish();
        throw error;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  };
};
