import type { FailureNoticeFragment, JobRowFragment } from '../client/index.js';

const columns: readonly { readonly heading: string; readonly cell: (job: JobRowFragment) => string }[] = [
  { heading: 'BACKEND', cell: (job) => job.backend.key },
  { heading: 'JOB', cell: (job) => job.nativeId },
  { heading: 'STATE', cell: (job) => job.state },
  { heading: 'DATAFEED', cell: (job) => job.datafeed?.state ?? '-' },
  { heading: 'RUNNING', cell: (job) => job.currentTask?.kind ?? '-' },
  { heading: 'ALLOWED', cell: (job) => job.allowedActions.join(' ') || '-' },
];

export const jobHeadings: readonly string[] = columns.map(({ heading }) => heading);
export const jobRow = (job: JobRowFragment): readonly string[] => columns.map(({ cell }) => cell(job));

/** `es-old: everything is missing: BACKEND_UNAVAILABLE, It does not answer.` */
export const failureText = (failure: FailureNoticeFragment): string =>
  `${failure.backend.key}: ${failure.part === 'ALL' ? 'everything' : failure.part.toLowerCase()} is missing: ${failure.code}, ${failure.message}`;
