import { formatId, isFinal, isInstant, type Task, type TaskState } from '../../domain/index.js';
import { withoutSecrets } from './raw.js';
import type { Hit } from './search.js';
import { mapTaskError } from './task-error.js';
import { isUnfinishedState, kindOf, stateOf } from './task-words.js';
import type { WireTask } from './wire.js';

const minuteMs = 60_000;

/** Null before the real-time run knows, once it runs, and where there is nothing to be initialized. */
const estimatedEndOf = (wire: WireTask): number | null => {
  const { estimated_minutes_left: minutes = 0, last_update_time: updatedAt } = wire;
  // Counted from the moment that was written, so that it does not move with the clock.
  const endAt = wire.state === 'INIT' && minutes > 0 && updatedAt !== undefined ? updatedAt + minutes * minuteMs : Number.NaN;
  return isInstant(endAt) ? endAt : null;
};

/**
 * A real-time run says 0 as long as it lives. The initialization of a high-cardinality run's parent stays 0 to its end, and only its entities tell more
 * (2.11.0, 2.19.4, recorded).
 */
const progressOf = ({ task_type: type, task_progress: progress, init_progress: init }: WireTask) => ({
  progress: kindOf(type) === 'REALTIME' ? null : (progress ?? null),
  initProgress: type === 'HISTORICAL_HC_DETECTOR' ? null : (init ?? null),
});

/** A stop of a real-time run writes no end, nor does one that finds its node gone (3.4.0, recorded): then the last thing written is the stop. */
const endOf = (wire: WireTask, state: TaskState): number | null =>
  wire.execution_end_time ?? (isFinal(state) ? (wire.last_update_time ?? null) : null);

/** Its id is that of the hit: the document has none (AD source, TaskManager). */
export const mapTask = (backend: string, { id, wire, raw }: Hit<WireTask>, wantsRaw: boolean): Task => {
  const kind = kindOf(wire.task_type);
  const state = stateOf(wire.state);
  const range = wire.detection_date_range;
  return {
    id: formatId('task', backend, id),
    backendKey: backend,
    nativeId: id,
    kind,
    vendorType: wire.task_type ?? null,
    state,
    vendorState: wire.state ?? null,
    ...progressOf(wire),
    counts: null,
    startedAt: wire.execution_start_time ?? null,
    endedAt: endOf(wire, state),
    updatedAt: wire.last_update_time ?? null,
    error: mapTaskError(wire.error),
    // What is stopped is the detector's latest run; single entities only stop with it.
    cancellable: (kind === 'REALTIME' || kind === 'HISTORICAL') && isUnfinishedState(wire.state) && wire.is_latest !== false,
    startedBy: wire.started_by ?? null,
    stoppedBy: wire.stopped_by ?? null,
    jobNativeId: kind === 'REALTIME' ? wire.detector_id : null,
    detectorNativeId: wire.detector_id,
    parentId: wire.parent_task_id === undefined ? null : formatId('task', backend, wire.parent_task_id),
    entity: wire.entity ?? [],
    coordinatingNodeId: wire.coordinating_node ?? null,
    workerNodeId: wire.worker_node ?? null,
    dateRange: range === undefined ? null : { start: range.start_time, end: range.end_time },
    ...(kind === 'REALTIME' ? { continuous: true, estimatedEndAt: estimatedEndOf(wire) } : {}),
    idempotencyKey: null,
    ...(wantsRaw ? { raw: withoutSecrets(raw) } : {}),
  };
};
