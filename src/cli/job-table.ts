import type { JobRowFragment } from '../client/index.js';
import type { Column } from './paged-list.js';

/** What a job has beside itself, whatever its vendor calls it. */
const companionOf = ({ datafeed, detector }: JobRowFragment): string =>
  [datafeed ? `datafeed ${datafeed.state}` : '', detector ? `detector ${detector.name}` : ''].filter(Boolean).join(', ') || '-';

export const jobColumns: readonly Column<JobRowFragment>[] = [
  { heading: 'BACKEND', cell: (job) => job.backend.key },
  { heading: 'JOB', cell: (job) => job.nativeId },
  { heading: 'STATE', cell: (job) => job.state },
  { heading: 'WITH', cell: companionOf },
  { heading: 'RUNNING', cell: (job) => job.currentTask?.kind ?? '-' },
  { heading: 'ALLOWED', cell: (job) => job.allowedActions.join(' ') || '-' },
];
