import type { GraphQLResolveInfo } from 'graphql';
import type { Detector, Revised } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { DetectorOutcome, DetectorVerbRequest } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import type { StartDetectorInput, StartDetectorsInput, StopDetectorInput, StopDetectorsInput } from './detector-verb.input.js';
import { given } from './given.js';
import { type AskedBulkVerb, type BulkSource, type CommonInput, type Parsed, type PayloadSource, runOnMany, runOnOne } from './run-verb.js';
import { checkIds, parseBulk } from './verb-arguments.js';

interface ShownDetector {
  readonly detector: Revised<Detector> | null;
}

/** What a payload on one detector is resolved from. */
export type DetectorPayloadSource = ShownDetector & PayloadSource;

/** What a bulk payload on detectors is resolved from. */
export interface DetectorsPayloadSource extends Pick<BulkSource<object>, 'errors'> {
  readonly results: readonly (DetectorPayloadSource & { readonly detectorId: string })[];
}

/** A request, with the verb it is for although something may be wrong with it. */
export interface DetectorAsk {
  readonly action: DetectorVerbRequest['action'];
  readonly request: Parsed<DetectorVerbRequest>;
}

const wrongRange = (message: string, ...path: readonly string[]): Parsed<never> => ({
  errors: [new VigilError('INVALID_INPUT', message, { path: ['input', 'dateRange', ...path] })],
});

const startRequest = ({ run, dateRange, idempotent }: StartDetectorInput | StartDetectorsInput): Parsed<DetectorVerbRequest> => {
  const action = 'START_DETECTOR';
  if (run === 'REALTIME') {
    return dateRange
      ? wrongRange('A real-time run takes data as it comes: `dateRange` is for HISTORICAL.')
      : { value: { action, run, ...given('idempotent', idempotent) } };
  }
  if (!dateRange) return wrongRange('A historical run needs `dateRange`: what it is to analyse.');
  const { start, end } = dateRange;
  if (end <= start) return wrongRange('`end` has to be later than `start`.', 'end');
  return { value: { action, run, dateRange: { start, end }, ...given('idempotent', idempotent) } };
};

export const asksToStart = (input: StartDetectorInput | StartDetectorsInput): DetectorAsk => ({
  action: 'START_DETECTOR',
  request: startRequest(input),
});

export const asksToStop = ({ run, idempotent }: StopDetectorInput | StopDetectorsInput): DetectorAsk => ({
  action: 'STOP_DETECTOR',
  request: { value: { action: 'STOP_DETECTOR', run, ...given('idempotent', idempotent) } },
});

/** A historical run that the vendor gives up because of what it was to analyse: of its input only the range can be chosen otherwise. */
const placed = (outcome: DetectorOutcome, { run, action }: DetectorVerbRequest): DetectorOutcome => {
  if (action !== 'START_DETECTOR' || run !== 'HISTORICAL') return outcome;
  const errors = outcome.errors.map((error) =>
    error.code === 'INVALID_INPUT' && error.facts.path === undefined
      ? new VigilError(error.code, error.message, { ...error.facts, path: ['input', 'dateRange'], cause: error })
      : error,
  );
  return { ...outcome, errors };
};

const detectorVerb = (context: GatewayContext, ask: DetectorAsk): AskedBulkVerb<DetectorVerbRequest, DetectorOutcome, ShownDetector> => ({
  ...ask,
  kind: 'detector',
  send: async (request, ids, options) =>
    (await context.verbs.runOnDetectors(request, ids, options)).map((outcome) => placed(outcome, request)),
  idOf: ({ detectorId }) => detectorId,
  show: (outcome) => ({ detector: outcome?.detector ?? null }),
  prime: (loaders, outcomes) => loaders.primeDetectors(outcomes.flatMap(({ detector }) => detector ?? [])),
});

/** A verb on one detector. */
export const runOnDetector = (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput & { readonly detectorId: string },
  ask: DetectorAsk,
): Promise<DetectorPayloadSource> => runOnOne(context, info, input, input.detectorId, detectorVerb(context, ask));

/** A verb on many detectors: one outcome for each. */
export const runOnDetectors = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput & { readonly detectorIds: readonly string[] },
  ask: DetectorAsk,
): Promise<DetectorsPayloadSource> => {
  const { results, errors } = await runOnMany(context, info, input, detectorVerb(context, ask), {
    wrong: checkIds('detector', input.detectorIds),
    resolve: () => parseBulk(context, 'detector', input.detectorIds),
  });
  return { results: results.map(({ given: detectorId, ...source }) => ({ detectorId, ...source })), errors };
};
