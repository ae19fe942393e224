import { jobIdSchema } from './wire.js';

const asId = (text: string | undefined): string | undefined => {
  const id = jobIdSchema.safeParse(text?.trim());
  return id.success ? id.data : undefined;
};

/** Of the path alone: host and port are the server's own view of itself, and are never called. */
const lastSegmentOf = (location: string | undefined): string | undefined => {
  const path = location?.split(/[?#]/, 1)[0]?.replace(/\/+$/, '') ?? '';
  return /\/jobs\/([^/]+)$/.exec(path)?.[1];
};

/**
 * The id of the job that was accepted. In the header `sym-job-id`, which no page documents but the vendor's Rust client relies on (91365a3), else at the end
 * of `Location`; never in the body. Undefined: neither is there.
 */
export const acceptedJobId = (headers: Readonly<Record<string, string>>): string | undefined =>
  asId(headers['sym-job-id']) ?? asId(lastSegmentOf(headers.location));
