import type { CallOptions, DetectorRun, Instant, TaskState } from '../../domain/index.js';
import { searchTasks } from './client.js';
import type { AdapterContext } from './context.js';
import { isMissingIndex } from './errors.js';
import { isPossibleId } from './native-ids.js';
import { allOf, type Clause } from './task-search.js';
import { runOf, stateOf, typesOfKind } from './task-words.js';
import { taskSchema } from './wire.js';

/** What a verb has to know of a task. */
export interface RunTask {
  readonly id: string;
  readonly detectorId: string;
  /** Undefined for the task of one entity. */
  readonly run: DetectorRun | undefined;
  readonly state: TaskState;
  /** Null while it runs, and where a run was ended in its absence (2.19.4 and 3.4.0 after a crash, recorded). */
  readonly endedAt: Instant | null;
}

/** `isWanted`: a verb goes by what is found, so it has to be what was asked for. */
const newestOf = async (
  context: AdapterContext,
  query: Clause,
  isWanted: (task: RunTask) => boolean,
  call: CallOptions,
): Promise<RunTask | undefined> => {
  const body = { size: 1, sort: [{ execution_start_time: 'desc' }], _source: { excludes: ['detector', 'user'] }, query };
  try {
    const [hit] = (await searchTasks(context, body, call)).hits.hits;
    const parsed = taskSchema.safeParse(hit?._source);
    if (hit === undefined || !isPossibleId(hit._id) || !parsed.success) return undefined;
    const { detector_id: detectorId, task_type: type, state, execution_end_time: endedAt = null } = parsed.data;
    const task = { id: hit._id, detectorId, run: runOf(type), state: stateOf(state), endedAt };
    return isWanted(task) ? task : undefined;
  } catch (error) {
    // Nothing was ever started.
    if (isMissingIndex(error)) return undefined;
    throw error;
  }
};

/** The newest task of a detector's run: `is_latest` alone is not enough, duplicates have happened (Dashboards source, adHelpers). */
export const newestRun = (context: AdapterContext, detectorId: string, run: DetectorRun, call: CallOptions): Promise<RunTask | undefined> =>
  newestOf(
    context,
    allOf({ term: { detector_id: detectorId } }, { terms: { task_type: [...typesOfKind[run]] } }),
    (task) => task.detectorId === detectorId && task.run === run,
    call,
  );

export const taskOf = (context: AdapterContext, taskId: string, call: CallOptions): Promise<RunTask | undefined> =>
  newestOf(context, { ids: { values: [taskId] } }, ({ id }) => id === taskId, call);
