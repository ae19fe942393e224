import type { Action, BackendProfile } from '../../domain/index.js';
import { isAtLeast, isOlderThan, isServerless } from './version.js';

/** Where a verb is to be had; what is absent is everywhere. docs/elasticsearch-ml.md shows this table. */
interface Availability {
  /** Major and minor of the first version that has it. */
  readonly since?: readonly [number, number];
  /** Not among the public endpoints of a serverless project (Elasticsearch specification, serverless OpenAPI). */
  readonly notServerless?: true;
}

const verbs = {
  OPEN_JOB: {},
  CLOSE_JOB: {},
  RESET_JOB: { since: [7, 14] },
  DELETE_JOB: {},
  REVERT_JOB: { notServerless: true },
  START_DATAFEED: {},
  STOP_DATAFEED: {},
  CANCEL_TASK: { notServerless: true },
} as const satisfies Partial<Record<Action, Availability>>;

/** Verbs of a version. While it is unknown, what came later is not promised. */
export const capabilitiesOf = (version: string | null): readonly Action[] =>
  (Object.keys(verbs) as (keyof typeof verbs)[]).filter((action) => {
    const { since, notServerless }: Availability = verbs[action];
    return (since === undefined || isAtLeast(version, ...since)) && !(notServerless && isServerless(version));
  });

export const profileOf = (version: string | null, notice: string | null): BackendProfile => ({
  version,
  capabilities: capabilitiesOf(version),
  notice,
});

/** GET jobs carries the datafeed since 7.14 (seen absent in 7.9 and 7.10); while unknown it is asked for apart. */
export const embedsDatafeeds = (version: string | null): boolean => isAtLeast(version, 7, 14);

/** `allow_no_match` since 7.10; 7.9 refuses it with "did you mean [allow_no_jobs]?". */
export const allowNoMatchParameter = (version: string | null): 'allow_no_match' | 'allow_no_jobs' =>
  isOlderThan(version, 7, 10) ? 'allow_no_jobs' : 'allow_no_match';

/** `delete_user_annotations` came with 8.7; older servers answer 400 to it. */
export const lacksUserAnnotations = (version: string | null): boolean => isOlderThan(version, 8, 7);

/** `_ml/memory` came with 8.2, and is not public in serverless; while the version is unknown it is not asked for. */
export const hasMemoryStats = (version: string | null): boolean => isAtLeast(version, 8, 2) && !isServerless(version);

/** Serverless projects have no list of tasks (410 `api_not_available_exception`), only `_tasks/{id}`. */
export const listsTasks = (version: string | null): boolean => !isServerless(version);
