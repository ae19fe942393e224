import { expand } from './expression.js';
import { Failure, illegalArgument, unknownDatafeed, unknownJob } from './failures.js';
import type { Input, InputField } from './input.js';
import type { DatafeedRecord, JobRecord } from './records.js';
import type { Call } from './routes.js';
import type { World } from './world.js';

const idPattern = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/;

/** The refusal of an id that no job and no datafeed can have. */
export const invalidId = (name: string, id: string): string =>
  `Invalid ${name}; '${id}' can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must start and end with alphanumeric`;

/** Whether an id is one. */
export const isValidId = (id: string): boolean => idPattern.test(id);

/** The id of an endpoint that takes one job only: lists and wildcards are no ids. */
export function singleJobId(call: Call): string {
  const id = call.path.id ?? '';
  if (!isValidId(id)) throw illegalArgument(invalidId('job_id', id));
  return id;
}

/** The one job of an endpoint; one that is being deleted still counts. */
export function findJob(world: World, id: string): JobRecord {
  const job = world.jobs.get(id);
  if (job === undefined) throw unknownJob(id);
  return job;
}

/** The one datafeed of an endpoint. */
export function findDatafeed(world: World, id: string): DatafeedRecord {
  const datafeed = world.datafeeds.get(id);
  if (datafeed === undefined) throw unknownDatafeed(id);
  return datafeed;
}

const isDeleting = (job: JobRecord) => job.blocked?.reason === 'delete';

/** Jobs an expression names; without those that are being deleted where the endpoint leaves them out. */
export function expandJobs(world: World, expression: string, allowNoMatch: boolean, deletingToo: boolean): readonly JobRecord[] {
  const jobs = [...world.jobs.values()].filter((job) => deletingToo || !isDeleting(job));
  const { items, unmatched } = expand(expression, jobs, allowNoMatch);
  if (unmatched.length > 0) throw unknownJob(unmatched.join(','));
  return items;
}

/** Datafeeds an expression names. */
export function expandDatafeeds(world: World, expression: string, allowNoMatch: boolean): readonly DatafeedRecord[] {
  const { items, unmatched } = expand(expression, [...world.datafeeds.values()], allowNoMatch);
  if (unmatched.length > 0) throw unknownDatafeed(unmatched.join(','));
  return items;
}

/** The spellings of `allow_no_match` that this release knows, as fields of body and query. */
export function allowNoMatchFields(world: World, oldName: string): Readonly<Record<string, InputField>> {
  const { dialect } = world;
  const old: Record<string, InputField> = dialect.allowNoMatch
    ? { [oldName]: { kind: 'flag', replacedBy: 'allow_no_match' } }
    : { [oldName]: { kind: 'flag' } };
  return {
    ...(dialect.allowNoMatch && { allow_no_match: { kind: 'flag' } }),
    ...(dialect.allowNoJobs !== 'gone' && old),
  };
}

/** The value of `allow_no_match`, however it was spelt. */
export const allowedNoMatch = (world: World, input: Input, oldName: string): boolean =>
  input.flag(world.dialect.allowNoMatch ? 'allow_no_match' : oldName, true);

/** Reads `allow_no_match` of a GET, which proposes all its spellings to those who misspell it. */
export function readAllowNoMatch(call: Call, oldName: string): boolean {
  const { dialect } = call.world;
  const given = dialect.allowNoJobs !== 'gone' && call.params.has(oldName);
  const old = dialect.allowNoJobs === 'gone' ? true : call.params.flag(oldName, true);
  if (!dialect.allowNoMatch) return old;
  if (given) call.warn(`Deprecated field [${oldName}] used, expected [allow_no_match] instead`);
  return call.params.flag('allow_no_match', old);
}

/** Refuses what a basic licence does not include (put, open, start). */
export function requireLicence(world: World): void {
  if (world.settings.licence !== 'basic') return;
  throw new Failure(403, {
    type: 'security_exception',
    reason: 'current license is non-compliant for [ml]',
    extra: { 'license.expired.feature': 'ml' },
  });
}
