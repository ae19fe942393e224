import { SimulatorError } from '../simulator-error.js';

/** What differs between releases, as recorded from real servers or read in the sources of that release. */
export interface Dialect {
  /** The full version number. */
  readonly number: string;
  readonly buildHash: string;
  readonly buildDate: string;
  readonly luceneVersion: string;
  readonly wireVersion: string;
  readonly indexVersion: string;
  /** `job_version` of a new job: since 8.11 the version of the ML configuration, not of the product. */
  readonly jobVersion: string;
  /** Sends `X-elastic-product` (since 7.14). */
  readonly productHeader: boolean;
  readonly media: MediaRules;
  /** How many bytes of headers are taken, and what is said about more. */
  readonly headerBytes: number;
  readonly headerFailure: string;
  readonly lineFailure: string;
  /** Refuses a body where none is read, instead of ignoring it. */
  readonly refusesBody: boolean;
  /** Has `_reset` and `blocked` (since 7.14). */
  readonly resets: boolean;
  /** A close stops the datafeed first (since 7.14), a delete removes it; before, both answer 409. */
  readonly handlesDatafeeds: boolean;
  /** Embeds `datafeed_config` in a job and takes it in PUT (since 7.14). */
  readonly embedsDatafeed: boolean;
  /** `allow_no_match` (since 7.10). */
  readonly allowNoMatch: boolean;
  /** `allow_no_jobs`, `allow_no_datafeeds`: `only` spelling there is, `deprecated`, or gone. */
  readonly allowNoJobs: 'only' | 'deprecated' | 'gone';
  /** `exclude_generated` (since 7.13). */
  readonly excludeGenerated: boolean;
  /** `delete_user_annotations` (since 8.7). */
  readonly deleteUserAnnotations: boolean;
  /** `_ml/memory` (since 8.2). */
  readonly memoryStats: boolean;
  /** Status of an open that timed out. */
  readonly openTimeoutStatus: 408 | 500;
  /** Cancellable tasks say whether they were cancelled. */
  readonly tellsCancelled: boolean;
  /** What waiting for a task answers when time is up. */
  readonly taskTimeout: 'names-task' | 'durations' | 'too-many-requests';
  /** `resource.type` of the missing `.tasks` index. */
  readonly missingIndexType: 'index_expression' | 'index_or_alias';
  /** What a 403 adds to the action and the user. */
  readonly forbiddenDetail: 'none' | 'with roles' | 'with effective roles';
  /** Attributes and limits of ML nodes grew in 8. */
  readonly modernNodes: boolean;
  /** `POST /{index}/{type}` catches two-part paths (until 7). */
  readonly typedIndices: boolean;
}

/** Which media types are taken and how the answer names its own. */
export interface MediaRules {
  /** `plain` knows no vendor types, `ignored` strips their version, `checked` insists on this major and the one before. */
  readonly vendorTypes: 'plain' | 'ignored' | 'checked';
  readonly major: number;
  /** How the two headers are ordered in the message about them. */
  readonly headersInMessage: string;
  /** Said when only one of the headers is versioned. */
  readonly bothNeeded: string;
}

const bothNeeded =
  'A compatible version is required on both Content-Type and Accept headers if either one has requested a compatible version';

const v79: Dialect = {
  number: '7.9.0',
  buildHash: 'a479a2a7fce0389512d6a9361301708b92dff667',
  buildDate: '2020-08-11T21:36:48.204330Z',
  luceneVersion: '8.6.0',
  wireVersion: '6.8.0',
  indexVersion: '6.0.0-beta1',
  jobVersion: '7.9.0',
  productHeader: false,
  media: { vendorTypes: 'plain', major: 7, headersInMessage: '', bothNeeded: '' },
  headerBytes: 8192,
  headerFailure: 'too_long_frame_exception',
  lineFailure: 'too_long_frame_exception',
  refusesBody: false,
  resets: false,
  handlesDatafeeds: false,
  embedsDatafeed: false,
  allowNoMatch: false,
  allowNoJobs: 'only',
  excludeGenerated: false,
  deleteUserAnnotations: false,
  memoryStats: false,
  openTimeoutStatus: 500,
  tellsCancelled: false,
  taskTimeout: 'names-task',
  missingIndexType: 'index_expression',
  forbiddenDetail: 'none',
  modernNodes: false,
  typedIndices: true,
};

const v710: Dialect = {
  ...v79,
  number: '7.10.0',
  buildHash: '51e9d6f22758d0374a0f3f5c6e8f3a7997850f96',
  buildDate: '2020-11-09T21:30:33.964949Z',
  luceneVersion: '8.7.0',
  jobVersion: '7.10.0',
  allowNoMatch: true,
  allowNoJobs: 'deprecated',
};

const v717: Dialect = {
  ...v710,
  number: '7.17.24',
  buildHash: 'fcf25fff740db6ab3ed5d145c58d70e4c3528ea7',
  buildDate: '2024-09-05T07:34:51.812485320Z',
  luceneVersion: '8.11.3',
  jobVersion: '7.17.24',
  productHeader: true,
  media: { ...v710.media, vendorTypes: 'ignored' },
  headerFailure: 'too_long_http_header_exception',
  lineFailure: 'too_long_http_line_exception',
  refusesBody: true,
  resets: true,
  handlesDatafeeds: true,
  embedsDatafeed: true,
  excludeGenerated: true,
  openTimeoutStatus: 408,
  tellsCancelled: true,
  forbiddenDetail: 'with roles',
};

const v817: Dialect = {
  ...v717,
  number: '8.17.0',
  buildHash: '2b6a7fed44faa321997703718f07ee0420804b41',
  buildDate: '2024-12-11T12:08:05.663969764Z',
  luceneVersion: '9.12.0',
  wireVersion: '7.17.0',
  indexVersion: '7.0.0',
  jobVersion: '12.0.0',
  media: { vendorTypes: 'checked', major: 8, headersInMessage: 'Content-Type, Accept', bothNeeded },
  headerBytes: 16_384,
  allowNoJobs: 'gone',
  deleteUserAnnotations: true,
  memoryStats: true,
  taskTimeout: 'durations',
  missingIndexType: 'index_or_alias',
  forbiddenDetail: 'with effective roles',
  modernNodes: true,
  typedIndices: false,
};

const v91: Dialect = {
  ...v817,
  number: '9.1.0',
  buildHash: 'f48b6b8a6d1f1e5d7a2f7c0e7a4e7b9a0d3c6b21',
  buildDate: '2025-07-24T13:16:45.104356119Z',
  luceneVersion: '10.2.2',
  wireVersion: '8.19.0',
  indexVersion: '8.0.0',
  media: {
    vendorTypes: 'checked',
    major: 9,
    headersInMessage: 'Accept, Content-Type',
    bothNeeded: `${bothNeeded} and the compatible versions must match`,
  },
  taskTimeout: 'too-many-requests',
};

const dialects: Readonly<Record<string, Dialect>> = { '8.17': v817, '7.9': v79, '7.10': v710, '7.17': v717, '9.1': v91 };

/** The dialects there are, the default first. */
export const versions: readonly string[] = ['8.17', '7.9', '7.10', '7.17', '9.1'];

/** The dialect of a version, given as `8.17` or `8.17.0`. */
export function findDialect(version: string | undefined): Dialect {
  const wanted = version ?? versions[0] ?? '';
  const found = dialects[wanted] ?? Object.values(dialects).find(({ number }) => number === wanted);
  if (found === undefined) throw new SimulatorError(`unknown version "${wanted}": known are ${versions.join(', ')}`);
  return found;
}
