import type { JsonObject } from '../json.js';
import type { StoredDoc } from './indices.js';

/** Fields in the order in which the server prints them; the id stands in the document's place of it (AD source, ADTask). */
const order = [
  'last_update_time',
  'started_by',
  'stopped_by',
  'error',
  'state',
  'task_progress',
  'init_progress',
  'current_piece',
  'execution_start_time',
  'execution_end_time',
  'is_latest',
  'task_type',
  'checkpoint_id',
  'coordinating_node',
  'worker_node',
  'estimated_minutes_left',
  'detector_id',
  'detector',
  'detection_date_range',
  'entity',
  'parent_task_id',
  'user',
];

/** A task as get-detector and profile answers show it. */
export const taskJson = ({ id, source }: StoredDoc): JsonObject => ({
  task_id: id,
  ...Object.fromEntries(order.flatMap((key) => (source[key] === undefined ? [] : [[key, source[key]]]))),
});
