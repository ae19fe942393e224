import type { JobListQuery, JobRowFragment } from '../client/index.js';
import type { Column } from './paged-list.js';

/** Global ids of backends whose jobs run once and hand over what they made. */
type ResultBackends = ReadonlySet<string>;

export const resultBackendsOf = (backends: JobListQuery['backends']): ResultBackends =>
  new Set(backends.filter(({ capabilities }) => capabilities.includes('COLLECT_JOB_RESULT')).map(({ id }) => id));

/** What a job has beside itself, whatever its vendor calls it. One that runs once has a number for a name: its type tells more. */
const companionOf = ({ backend, type, datafeed, detector }: JobRowFragment, runOnce: ResultBackends): string =>
  [datafeed ? `datafeed ${datafeed.state}` : '', detector ? `detector ${detector.name}` : '', runOnce.has(backend.id) ? `type ${type}` : '']
    .filter(Boolean)
    .join(', ') || '-';

/** Of one that is done and whose result is still on its server, only that result will tell how it ended: nothing runs any more. */
const runningOf = ({ state, currentTask }: JobRowFragment): string => (state === 'FINISHED' ? undefined : currentTask?.kind) ?? '-';

/** What is told of the result of a job; nothing where there is none. */
const resultOf = ({ resultState }: JobRowFragment): string => (resultState === 'NONE' ? '-' : resultState);

/** RESULT is there when some backend has results. */
export const jobColumns = (runOnce: ResultBackends): readonly Column<JobRowFragment>[] => [
  { heading: 'BACKEND', cell: (job) => job.backend.key },
  { heading: 'JOB', cell: (job) => job.nativeId },
  { heading: 'STATE', cell: (job) => job.state },
  ...(runOnce.size > 0 ? [{ heading: 'RESULT', cell: resultOf }] : []),
  { heading: 'WITH', cell: (job) => companionOf(job, runOnce) },
  { heading: 'RUNNING', cell: runningOf },
  { heading: 'ALLOWED', cell: (job) => job.allowedActions.join(' ') || '-' },
];
