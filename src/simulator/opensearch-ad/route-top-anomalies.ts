import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { AdRoute } from './ad-route.js';
import { type Detector, findDetector } from './detector.js';
import { requestInvalid, statusFailure } from './failures.js';
import { parseBody } from './request-body.js';
import { type Call, reply } from './routes.js';
import { illegalArgument } from './search/search-failure.js';
import { latestTask } from './tasks.js';
import type { World } from './world.js';

interface Bucket {
  readonly key: JsonObject;
  doc_count: number;
  max_anomaly_grade: number;
}

interface Asked {
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly order: string;
  readonly historical: boolean;
  readonly taskId: string | undefined;
  readonly fields: readonly string[] | undefined;
}

const numberOf = (value: Json | undefined) => (typeof value === 'number' ? value : undefined);

function readAsked({ params }: Call, body: JsonObject): Asked {
  const [from, to] = [numberOf(body.start_time_ms), numberOf(body.end_time_ms)];
  const historical = params.flag('historical', false);
  if (from === undefined || to === undefined) throw requestInvalid('Must set both start time and end time with epoch of milliseconds');
  if (from > to) throw requestInvalid('Start time should be before end time');
  return {
    from,
    to,
    historical,
    size: numberOf(body.size) ?? 10,
    order: typeof body.order === 'string' ? body.order.toLowerCase() : 'severity',
    taskId: typeof body.task_id === 'string' ? body.task_id : undefined,
    fields: Array.isArray(body.category_field) ? body.category_field.map(String) : undefined,
  };
}

/** Which task's results: of a historical analysis the one asked for, or the latest. */
function taskFor(world: World, detector: Detector, asked: Asked): string | undefined {
  if (!asked.historical) return undefined;
  const id = asked.taskId ?? latestTask(world, detector.id, 'historical')?.id;
  if (id === undefined) throw illegalArgument(`No historical tasks found for detector ID ${detector.id}`);
  return id;
}

function check(detector: Detector, { size, order, fields }: Asked): void {
  if (detector.categoryFields.length === 0) throw illegalArgument(`No category fields found for detector ID ${detector.id}`);
  const unknown = fields?.find((field) => !detector.categoryFields.includes(field));
  if (unknown !== undefined) throw illegalArgument(`Category field ${unknown} doesn't exist for detector ID ${detector.id}`);
  if (order !== 'severity' && order !== 'occurrence') throw illegalArgument(`Ordering by ${order} is not a valid option`);
  if (size <= 0) throw illegalArgument('Size must be a positive integer');
  if (size > 1000) throw illegalArgument('Size cannot exceed 1000');
}

function collect(world: World, detector: Detector, asked: Asked, taskId: string | undefined): readonly Bucket[] {
  const buckets = new Map<string, Bucket>();
  const fields = asked.fields ?? detector.categoryFields;
  const names = world.indices.names().filter((name) => name === detector.resultIndex || name.startsWith(world.dialect.names.results));
  for (const { source } of names.flatMap((name) => world.indices.all(name))) {
    const grade = Number(source.anomaly_grade ?? 0);
    const [from, to] = [Number(source.data_start_time), Number(source.data_end_time)];
    if (source.detector_id !== detector.id || grade <= 0 || from < asked.from || to > asked.to) continue;
    if (source.task_id !== taskId || !Array.isArray(source.entity)) continue;
    const entity = source.entity.filter(isJsonObject).filter(({ name }) => fields.includes(String(name)));
    const key = Object.fromEntries(entity.map(({ name, value }) => [String(name), value]));
    const bucket = buckets.get(JSON.stringify(key)) ?? { key, doc_count: 0, max_anomaly_grade: 0 };
    bucket.doc_count += 1;
    bucket.max_anomaly_grade = Math.max(bucket.max_anomaly_grade, grade);
    buckets.set(JSON.stringify(key), bucket);
  }
  const by = asked.order === 'occurrence' ? 'doc_count' : 'max_anomaly_grade';
  return [...buckets.values()].sort((left, right) => right[by] - left[by]).slice(0, asked.size);
}

export const topAnomalyRoutes: readonly AdRoute[] = ['POST', 'GET'].map((method) => ({
  method,
  path: '/detectors/{id}/results/_topAnomalies',
  action: 'result/topAnomalies',
  newOnly: true,
  prepare: (world, call) => {
    const id = call.params.text('id') ?? '';
    const asked = readAsked(call, parseBody(world.dialect, call.body === '' ? '{}' : call.body));
    return () => {
      const detector = findDetector(world, id);
      if (detector === undefined) throw statusFailure(404, world.dialect.wording.unknownDetector(id));
      check(detector, asked);
      return reply({ buckets: collect(world, detector, asked, taskFor(world, detector, asked)).map((bucket) => ({ ...bucket })) });
    };
  },
}));
