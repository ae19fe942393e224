import type { JsonObject } from '../json.js';
import type { AdRoute } from './ad-route.js';
import type { Detector } from './detector.js';
import { featureTrouble, findIndexProblem, isProblem, namesake, tryConfig } from './detector-checks.js';
import { illegalState } from './failures.js';
import { requireBody } from './request-body.js';
import { reply } from './routes.js';
import { samplesOf } from './source-data.js';
import type { World } from './world.js';

const issue = (part: string, message: string, more: JsonObject = {}): JsonObject => ({ detector: { [part]: { message, ...more } } });

/** Features are named one by one, besides the sentence. */
function featureIssue(world: World, detector: Detector): JsonObject {
  const troubles = detector.features.flatMap((feature) => {
    const trouble = featureTrouble(world, detector, feature);
    return trouble === undefined ? [] : [[feature.name, trouble] as const];
  });
  const message = troubles.map(([name, trouble]) => `${trouble}: ${name}`).join(', ');
  return issue('feature_attributes', message, { sub_issues: Object.fromEntries(troubles) });
}

/** The first issue of a configuration; none is an empty object. */
function validate(world: World, config: JsonObject, model: boolean): JsonObject {
  const detector = tryConfig(world, config);
  if (isProblem(detector)) return issue(detector.part, detector.failure.message);
  // The name is looked at before the indices, other than when a detector is created (2.19).
  const other = namesake(world, detector.name);
  if (other !== undefined) return issue('name', world.dialect.wording.duplicateName(detector.name, other).reason);
  const problem = findIndexProblem(world, detector);
  if (problem === undefined) return model ? modelIssue(world, detector) : {};
  if (problem.failure.failure.type === 'index_not_found_exception') return issue('indices', 'index does not exist');
  return problem.part === 'feature_attributes' ? featureIssue(world, detector) : issue(problem.part, problem.failure.message);
}

/** Data that comes later than the window delay allows for. */
function modelIssue(world: World, detector: Detector): JsonObject {
  const latest = samplesOf(world, detector).at(-1)?.at;
  if (latest === undefined) return {};
  const minutes = Math.ceil((world.schedule.now() - latest) / 60_000);
  if (minutes * 60_000 <= detector.windowDelayMs || minutes < 1) return {};
  const message = world.dialect.wording.windowDelay(minutes);
  return { model: { window_delay: { message, suggested_value: { period: { interval: minutes, unit: 'Minutes' } } } } };
}

export const validateRoutes: readonly AdRoute[] = ['/detectors/_validate', '/detectors/_validate/{type}'].map((path) => ({
  method: 'POST',
  path,
  action: 'detector/validate',
  newOnly: true,
  prepare: (world, call) => {
    const types = (call.params.text('type') ?? 'detector').split(',');
    if (types.some((type) => type !== 'detector' && type !== 'model')) throw illegalState("The given validation type doesn't exist");
    const config = requireBody(world.dialect, call);
    return () => reply(validate(world, config, types.includes('model')));
  },
}));
