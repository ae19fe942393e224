import {
  type Backends,
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
    if (kept) return ledger.task(kept.id) ?? { ...kept, revision: now() };
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

  return (id: GlobalId, watching: WatchOptions): AsyncIterableIterator<TaskStep> => {
    let list: ListWatch<Task, TaskState> | undefined;
    let shown: Revised<Task> | undefined;
    let over = false;
    const name = JSON.stringify(['task', textOfId(id)]);

    const finish = async (): Promise<IteratorResult<TaskStep>> => {
      over = true;
      await list?.return?.();
      return { done: true, value: undefined };
    };

    const begin = async (): Promise<IteratorResult<TaskStep>> => {
      const found = await findTask(id, watching);
      await settled();
      if (over) return finish();
      const task = view.task(found.id) ?? found;
      shown = task;
      if (!isFinal(task.state)) {
        list = watchTasks({ ids: [parseId(task.id)] }, { fields: watching.fields, snapshot: false }, task.nativeId !== null);
      }
      const news = lists.since(watching.after, name);
      const isNews = news?.changes.some(({ change }) => change.kind === 'task' && change.value.id === task.id) ?? true;
      // A client that comes back knows the task as it is; one that comes from a query is told an end all the same, before the stream completes.
      if (!isNews && (news?.own || !isFinal(task.state))) return proceed(task);
      return { done: false, value: { cursor: lists.cursorOf(name), task } };
    };

    const proceed = async (last: Revised<Task>): Promise<IteratorResult<TaskStep>> => {
      while (!over && list && !isFinal(last.state)) {
        const { done, value: step } = await list.next();
        if (done) break;
        // What the vendor's list does not show by now has to be asked for by name.
        if (step.reset && last.nativeId !== null) pollerOf(last.backendKey).track(last);
        const task = view.task(last.id) ?? last;
        const healthChanged = !step.reset && step.backends.length > 0;
        if (task.revision === last.revision && !healthChanged) continue;
        shown = task;
        return { done: false, value: { cursor: lists.cursorOf(name), task } };
      }
      return finish();
    };

    return {
      next: async () => {
        if (over) return { done: true, value: undefined };
        return shown ? proceed(shown) : begin();
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
