import type { Json, JsonObject } from '../json.js';
import type { AdRoute } from './ad-route.js';
import { type Detector, findDetector } from './detector.js';
import { statusFailure } from './failures.js';
import { startHistorical, stopHistorical } from './historical.js';
import type { StoredDoc } from './indices.js';
import { startRealTime, stopRealTime } from './real-time.js';
import { parseBody } from './request-body.js';
import { reply } from './routes.js';
import { illegalArgument, missingIndex } from './search/search-failure.js';
import type { TimeRange } from './source-data.js';
import type { World } from './world.js';

/** Since 2.15 only the id; before, that of a write as well, and zeros for a stop (2.11). */
const answer = (world: World, id: string, doc: StoredDoc | undefined): JsonObject =>
  world.dialect.modern
    ? { _id: id }
    : { _id: id, _version: doc?.version ?? 0, _seq_no: doc?.seqNo ?? 0, _primary_term: doc?.primaryTerm ?? 0 };

function timeOf(value: Json | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && !/^-?\d+$/.test(value) ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw illegalArgument(`For input string: "${String(value)}"`);
  return number;
}

/** The range of a body; any body means a historical analysis. */
function parseRange(body: JsonObject): TimeRange {
  const [from, to] = [timeOf(body.start_time), timeOf(body.end_time)];
  if (from === undefined) throw illegalArgument("Detection data range's start time must not be null");
  if (to === undefined) throw illegalArgument("Detection data range's end time must not be null");
  if (to < from) throw illegalArgument("Detection data range's end time must be after start time");
  return { from, to };
}

function requireDetector(world: World, id: string): Detector {
  const { names, wording } = world.dialect;
  if (!world.indices.exists(names.detectors)) throw missingIndex(names.detectors, 'index_expression');
  const detector = findDetector(world, id);
  if (detector === undefined) throw statusFailure(404, wording.unknownDetector(id));
  return detector;
}

function refuseWithoutFeatures(world: World, { features }: Detector): void {
  const { noFeatures, noEnabledFeatures } = world.dialect.wording;
  if (features.length === 0) throw statusFailure(400, noFeatures);
  if (!features.some(({ enabled }) => enabled)) throw statusFailure(400, noEnabledFeatures);
}

const start: AdRoute = {
  method: 'POST',
  path: '/detectors/{id}/_start',
  action: 'detector/jobmanagement',
  prepare: (world, { params, body, user }) => {
    const id = params.text('id') ?? '';
    params.flag('historical', false);
    params.whole('if_seq_no', -2);
    params.whole('if_primary_term', 0);
    const range = body === '' ? undefined : parseRange(parseBody(world.dialect, body));
    return async () => {
      const detector = requireDetector(world, id);
      refuseWithoutFeatures(world, detector);
      if (range === undefined) return reply(answer(world, id, startRealTime(world, detector, user)));
      const task = await startHistorical(world, detector, range, user);
      return reply(answer(world, task.id, task));
    };
  },
};

const stop: AdRoute = {
  method: 'POST',
  path: '/detectors/{id}/_stop',
  action: 'detector/jobmanagement',
  prepare: (world, { params, user }) => {
    const id = params.text('id') ?? '';
    const historical = params.flag('historical', false);
    params.whole('if_seq_no', -2);
    params.whole('if_primary_term', 0);
    return () => {
      requireDetector(world, id);
      if (historical) return reply(answer(world, stopHistorical(world, id, user), undefined));
      stopRealTime(world, id, user);
      return reply(answer(world, id, undefined));
    };
  },
};

export const jobRoutes: readonly AdRoute[] = [start, stop];
