import pLimit from 'p-limit';
import type { CallOptions, JobExpression } from '../../domain/index.js';
import { isVigilError, type VigilError } from '../../errors.js';
import { errorAbout, type Origin } from '../../http/index.js';
import { allowNoMatchParameter } from './capabilities.js';
import type { AdapterContext } from './context.js';
import { failureOf } from './errors.js';
import { partsAtOnce, unknownIdsIn } from './id-lists.js';
import { blockedReasonOf } from './job-state.js';
import { isPossibleId } from './native-ids.js';
import { bytesForIds, cutByBytes, type Query } from './request-line.js';

const filterPath = 'jobs.job_id,jobs.groups,jobs.create_time,jobs.blocked,jobs.deleting';
const everything = '_all';
const isWildcard = (token: string): boolean => token === everything || token.includes('*');
/** A wildcard over characters no id can have matches nothing, and could be taken for another path. */
const isPossibleWildcard = (token: string): boolean => token === everything || /^[a-z0-9_.*-]+$/.test(token);

const nothingMatched = (origin: Origin, tokens: readonly string[]): VigilError =>
  errorAbout(origin, 'NOT_FOUND', `No job or group matches ${tokens.map((token) => `"${token}"`).join(', ')}.`);

/** What stands between the stars is looked for from left to right; a pattern would try every way to share a name out among them. */
const matchesWildcard = (token: string, name: string): boolean => {
  const [first = '', ...others] = token.split('*');
  const last = others.pop() ?? '';
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
};

const matches = (token: string, names: ReadonlySet<string>): boolean => {
  if (token === everything) return names.size > 0;
  return token.includes('*') ? [...names].some((name) => matchesWildcard(token, name)) : names.has(token);
};

/** Which name `allow_no_match` has is told by the version; where that is unknown, by the server's refusal of the wrong one (7.9). */
const withoutMatch = async <T>(allowed: boolean, call: CallOptions, read: (query: Query) => Promise<T>): Promise<T> => {
  if (allowed) return read({});
  const name = allowNoMatchParameter(call.profile.version);
  try {
    return await read({ [name]: false });
  } catch (error) {
    const hint = isVigilError(error) && /did you mean.*allow_no_jobs/.test(failureOf(error)?.reason ?? '');
    if (!hint || name === 'allow_no_jobs') throw error;
    return read({ allow_no_jobs: false });
  }
};

/**
 * Jobs an expression names: ids, groups, wildcards over both, `_all`, or a comma list of those. As for a close, a job that is being deleted is none.
 * An expression longer than a request line is asked in parts.
 */
export const expandJobs = async (context: AdapterContext, expression: JobExpression, call: CallOptions): Promise<readonly string[]> => {
  const { client, origin, basePath } = context;
  const allowNoMatch = expression.allowNoMatch ?? true;
  const tokens = [...new Set(expression.expression.split(',').flatMap((token) => token.trim().replace(/\*+/g, '*') || []))];
  // An empty expression would name every job there is.
  if (tokens.length === 0)
    throw errorAbout(origin, 'INVALID_INPUT', 'The expression is empty. To name every job, write _all.', { path: ['input', 'expression'] });
  const isSendable = (token: string): boolean => (isWildcard(token) ? isPossibleWildcard(token) : isPossibleId(token));
  const sendable = tokens.filter(isSendable);
  const impossible = tokens.filter((token) => !isSendable(token) && (!isWildcard(token) || !allowNoMatch));
  if (impossible.length > 0) throw nothingMatched(origin, impossible);

  const budget = bytesForIds('/_ml/anomaly_detectors/', basePath, { filter_path: filterPath, allow_no_match: false });
  const tooLong = sendable.find((token) => encodeURIComponent(token).length > budget);
  if (tooLong !== undefined)
    throw errorAbout(origin, 'INVALID_INPUT', 'A part of the expression is longer than any request may be.', {
      path: ['input', 'expression'],
    });

  const unmatched: string[] = [];
  const parts = await pLimit(partsAtOnce).map(cutByBytes(sendable, budget), async (ids) => {
    try {
      const { items, unread } = await withoutMatch(allowNoMatch, call, (query) => client.jobs({ ids, filterPath }, call, query));
      // A verb on all but those that were not understood is not what was asked for.
      if (unread) throw unread;
      return items;
    } catch (error) {
      if (!isVigilError(error) || error.code !== 'NOT_FOUND') throw error;
      const named = unknownIdsIn(error).filter((id) => ids.includes(id));
      if (named.length === 0) throw error;
      unmatched.push(...named);
      return [];
    }
  });
  if (unmatched.length > 0) throw nothingMatched(origin, unmatched);

  const live = parts.flat().flatMap(({ wire }) => (blockedReasonOf(wire) === 'delete' ? [] : [wire]));
  const names = new Set(live.flatMap((job) => [job.job_id, ...(job.groups ?? [])]));
  const lacking = sendable.filter((token) => (!isWildcard(token) || !allowNoMatch) && !matches(token, names));
  if (lacking.length > 0) throw nothingMatched(origin, lacking);
  return [...new Set(live.map((job) => job.job_id))].sort();
};
