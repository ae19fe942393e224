import {
  type Action,
  type BackendProfile,
  type Detector,
  type DetectorRun,
  type DetectorVerb,
  type Instant,
  isFinal,
  type Job,
  type JobState,
  type Task,
  type Verb,
} from '../../domain/index.js';
import { type ErrorCode, type ErrorFacts, VigilError } from '../../errors.js';
import { isDetectorJobDetails } from './details.js';
import { dialectOfProfile, type Flavour } from './dialect.js';

/** What decides which verbs a detector takes; what is absent was not read. */
export type DetectorFacts = Pick<Detector, 'features' | 'job' | 'realtimeTask' | 'historicalTask'>;

/** Whether it can be started at all; undefined while its features are not known. */
const hasEnabledFeature = ({ features }: Pick<Detector, 'features'>): boolean | undefined => features?.some(({ enabled }) => enabled);

const running: ReadonlySet<JobState> = new Set(['OPENING', 'OPENED']);

/** Whether new data is looked at: the job's own word where it was read, else that of the latest task. Undefined when neither tells. */
const runsInRealtime = ({ job, realtimeTask }: DetectorFacts): boolean | undefined => {
  if (isDetectorJobDetails(job?.details) && job.details.enabled !== undefined) return job.details.enabled;
  if (realtimeTask === null) return job?.state === undefined ? false : running.has(job.state);
  if (realtimeTask === undefined) return job?.state === undefined || job.state === 'UNKNOWN' ? undefined : running.has(job.state);
  return realtimeTask.state === 'UNKNOWN' ? undefined : !isFinal(realtimeTask.state);
};

const offered = (capabilities: readonly Action[], offers: Readonly<Partial<Record<Action, boolean>>>): readonly Action[] =>
  capabilities.filter((action) => offers[action] === true);

/** Verbs to offer for a detector: both runs may be under way together. A historical run whose node is gone counts as under way; a stop settles it. */
export const allowedActionsOf = (
  detector: DetectorFacts,
  capabilities: readonly Action[],
): Readonly<Record<DetectorRun, readonly Action[]>> => {
  const startable = hasEnabledFeature(detector) !== false;
  const realtime = runsInRealtime(detector);
  const { historicalTask } = detector;
  const state = historicalTask?.state;
  const isKnown = historicalTask !== undefined && state !== 'UNKNOWN';
  const isUnderWay = state !== undefined && !isFinal(state);
  return {
    REALTIME: offered(capabilities, { START_DETECTOR: startable && realtime === false, STOP_DETECTOR: realtime === true }),
    HISTORICAL: offered(capabilities, {
      START_DETECTOR: startable && isKnown && !isUnderWay,
      STOP_DETECTOR: isKnown && isUnderWay,
    }),
  };
};

/** Verbs to offer for a real-time job; an unknown state offers none. Without an enabled feature it cannot be started. */
export const allowedJobActionsOf = (
  state: JobState,
  detector: Pick<Detector, 'features'>,
  capabilities: readonly Action[],
): readonly Action[] =>
  offered(capabilities, {
    OPEN_JOB: (state === 'CLOSED' || state === 'FAILED') && hasEnabledFeature(detector) !== false,
    CLOSE_JOB: running.has(state),
  });

/** Whose refusal it is. */
type Subject = Pick<Job | Detector, 'backendKey'>;

const refuse = (subject: Subject, code: ErrorCode, message: string, facts: ErrorFacts = {}): VigilError =>
  new VigilError(code, message, { backend: subject.backendKey, ...facts });

const nothingToDo = (subject: Subject, message: string): VigilError => refuse(subject, 'WRONG_STATE', message, { already: true });

const productOf = (profile: BackendProfile, fallback: Flavour): string => {
  const { product, version } = dialectOfProfile(profile, fallback);
  return version === null ? product : `${product} ${version}`;
};

const unsupported = (subject: Subject, action: Action, profile: BackendProfile, flavour: Flavour): VigilError | null =>
  profile.capabilities.includes(action)
    ? null
    : refuse(subject, 'UNSUPPORTED', `${action} is not offered by Anomaly Detection of ${productOf(profile, flavour)}.`, {
        action,
        supported: profile.capabilities,
      });

const featuresRefused = (subject: Subject, detector: Pick<Detector, 'features'>): VigilError | null => {
  if (hasEnabledFeature(detector) !== false) return null;
  const message = detector.features?.length
    ? 'All features of the detector are switched off.'
    : 'The detector has no features: there is nothing to analyse.';
  return refuse(subject, 'REFUSED', message);
};

const realtimeStartRefused = (subject: Subject, detector: DetectorFacts): VigilError | null =>
  runsInRealtime(detector) === true
    ? nothingToDo(subject, 'The detector is already running in real time.')
    : featuresRefused(subject, detector);

/**
 * A stop of what never ran is refused up to 2.14 and answered with success later (recorded): nobody may take that for a stop, so it is not sent where its
 * tasks tell. A task that has failed tells nothing of its job.
 */
const realtimeStopRefused = (subject: Subject, detector: DetectorFacts, profile: BackendProfile, flavour: Flavour): VigilError | null => {
  const { job, realtimeTask } = detector;
  if (runsInRealtime(detector) !== false || realtimeTask?.state === 'FAILED' || job?.state === 'FAILED') return null;
  const isTold = realtimeTask !== undefined || job?.startedAt != null || dialectOfProfile(profile, flavour).renamed === false;
  return isTold ? nothingToDo(subject, 'The detector is not running in real time.') : null;
};

/** So long after its last sign a historical run is surely at work. An older one may have lost its node: a start would settle it, and only the vendor can tell. */
const freshForMs = 30_000;

const historicalStartRefused = (
  verb: Extract<DetectorVerb, { action: 'START_DETECTOR'; run: 'HISTORICAL' }>,
  detector: Detector,
  now: Instant,
): VigilError | null => {
  const { start, end } = verb.dateRange;
  const task: Task | null = detector.historicalTask ?? null;
  const isUnderWay = task !== null && task.state !== 'UNKNOWN' && !isFinal(task.state);
  if (isUnderWay && task.error === null && now - (task.updatedAt ?? 0) < freshForMs) {
    const isSame = task.dateRange?.start === start && task.dateRange.end === end;
    return isSame
      ? nothingToDo(detector, 'This very analysis of the detector is already under way.')
      : refuse(detector, 'WRONG_STATE', 'A historical analysis of the detector is under way: wait for it to end, or stop it.');
  }
  const badRange = (message: string): VigilError => refuse(detector, 'INVALID_INPUT', message, { path: ['input', 'dateRange'] });
  if (start >= now) return badRange('The range begins in the future: there is no data to analyse.');
  const { intervalMs } = detector;
  // Taken by every version, and failed within half a second for lack of data (recorded).
  if (intervalMs != null && end - start < intervalMs) return badRange("The range is shorter than one of the detector's intervals.");
  return featuresRefused(detector, detector);
};

const historicalStopRefused = (detector: Detector): VigilError | null => {
  const { historicalTask } = detector;
  if (historicalTask === undefined) return null;
  if (historicalTask === null) return nothingToDo(detector, 'The detector has no historical analysis.');
  return isFinal(historicalTask.state) ? nothingToDo(detector, 'No historical analysis of the detector is under way.') : null;
};

/** Why anomaly detection would refuse the verb on the detector now; null when it would not, or when only it can tell. */
export const detectorRefusalOf =
  (flavour: Flavour, clock: () => Instant = Date.now) =>
  (verb: DetectorVerb, detector: Detector, profile: BackendProfile): VigilError | null => {
    const missing = unsupported(detector, verb.action, profile, flavour);
    if (missing) return missing;
    if (verb.action === 'STOP_DETECTOR')
      return verb.run === 'REALTIME' ? realtimeStopRefused(detector, detector, profile, flavour) : historicalStopRefused(detector);
    return verb.run === 'REALTIME' ? realtimeStartRefused(detector, detector) : historicalStartRefused(verb, detector, clock());
  };

/** Asking for no force is asking for what happens anyway. */
const optionsRefused = (verb: Verb, job: Job): VigilError | null => {
  const option =
    'force' in verb && verb.force === true ? 'force' : 'timeoutMs' in verb && verb.timeoutMs !== undefined ? 'timeoutMs' : undefined;
  if (option === undefined) return null;
  return refuse(job, 'INVALID_INPUT', `Anomaly Detection has no ${option}: leave it out.`, { path: ['input', option] });
};

/** The same for its real-time job: opening it starts the detector in real time, closing it stops that. */
export const jobRefusalOf =
  (flavour: Flavour) =>
  (verb: Verb, job: Job, profile: BackendProfile): VigilError | null => {
    const refused = unsupported(job, verb.action, profile, flavour) ?? optionsRefused(verb, job);
    if (refused) return refused;
    const facts: DetectorFacts = { ...job.detector, job };
    if (verb.action === 'OPEN_JOB') return realtimeStartRefused(job, facts);
    return verb.action === 'CLOSE_JOB' ? realtimeStopRefused(job, facts, profile, flavour) : null;
  };
