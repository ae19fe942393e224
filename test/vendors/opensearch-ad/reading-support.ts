import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BackendObserver, CallOptions, Connection } from '../../../src/domain/index.js';
import { createHttpClient } from '../../../src/http/index.js';
import type { AdapterContext } from '../../../src/vendors/opensearch-ad/context.js';
import { dialectOfProfile, type Flavour } from '../../../src/vendors/opensearch-ad/dialect.js';
import { createEndpoint } from '../../../src/vendors/opensearch-ad/endpoint.js';
import type { Answer, Seen } from '../support/stand-in.js';

export const base = '/_plugins/_anomaly_detection';

/** One recorded exchange with a real server. */
export interface RecordedExchange {
  readonly label: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly response: { readonly status: number; readonly body: unknown };
}

const folder = fileURLToPath(new URL('../../recordings/opensearch-ad/', import.meta.url));

/** Of one recording: `2.19.4/20-real-time`. */
export const exchangesOf = (name: string): readonly RecordedExchange[] =>
  JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')).exchanges;

/** What is said in a recording of the path's last part, with this label. */
export const recordedAnswer = (name: string, label: string, path = ''): Answer => {
  const found = exchangesOf(name).find((each) => each.label === label && each.request.path.includes(path));
  if (!found) throw new Error(`${name} has no "${label}"`);
  return { status: found.response.status, body: found.response.body };
};

/** Documents a recording shows of a search, without the marks of what was cut. */
export const recordedHits = (
  name: string,
  label: string,
): readonly { readonly _id: string; readonly _source: Record<string, unknown> }[] => {
  const { body } = recordedAnswer(name, label) as {
    body: { hits: { hits: readonly { _id?: string; _source: Record<string, unknown> }[] } };
  };
  return body.hits.hits.flatMap((hit) => (hit._id === undefined ? [] : [{ _id: hit._id, _source: hit._source }]));
};

const unobserved: BackendObserver = { answered: () => undefined, failed: () => undefined, noted: () => undefined };

/** The reads, connected: every room of the adapter works with no more than this. */
export const connectReads = (url: URL, flavour: Flavour = 'opensearch') => {
  const connection: Connection = {
    key: 'os-logs',
    vendorId: 'opensearch-ad',
    url,
    auth: { kind: 'none' },
    readOnly: false,
    http: {
      requestTimeoutMs: 10_000,
      connectTimeoutMs: 5_000,
      maxResponseBytes: 50_000_000,
      maxConnections: 16,
      maxRetries: 0,
      breakerThreshold: 1000,
      breakerResetMs: 10,
    },
    poll: { fastMs: 1000, slowMs: 30_000 },
  };
  const origin = { backend: connection.key, vendor: 'OPENSEARCH_AD' };
  const http = createHttpClient({ connection, observer: unobserved, vendor: origin.vendor });
  const dialectOf: AdapterContext['dialectOf'] = ({ profile }) => dialectOfProfile(profile, flavour);
  const context: AdapterContext = { origin, request: createEndpoint(http, origin, dialectOf), dialectOf };
  return { context, dispose: () => http.dispose() };
};

export const callOf = (version: string | null = '2.19.4'): CallOptions => ({
  signal: new AbortController().signal,
  deadlineAt: Date.now() + 10_000,
  requestId: 'test-request',
  profile: { version, capabilities: ['OPEN_JOB', 'CLOSE_JOB', 'START_DETECTOR', 'STOP_DETECTOR', 'CANCEL_TASK'], notice: null },
});

export const fields = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

/** A search answer around documents. */
export const hitsAnswer = (
  hits: readonly { readonly _id: string; readonly _source: unknown; readonly sort?: readonly unknown[] }[],
  more: Readonly<Record<string, unknown>> = {},
): Answer => ({
  body: {
    took: 1,
    timed_out: false,
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    hits: { total: { value: hits.length, relation: 'eq' }, max_score: null, hits },
    ...more,
  },
});

export const indexMissing = (index: string): Answer => ({
  status: 404,
  body: {
    error: { root_cause: [], type: 'index_not_found_exception', reason: `no such index [${index}]`, index, index_uuid: '_na_' },
    status: 404,
  },
});

export const forbidden: Answer = {
  status: 403,
  body: {
    error: {
      root_cause: [],
      type: 'security_exception',
      reason:
        'no permissions for [cluster:admin/opendistro/ad/detector/stats] and User [name=vigil, backend_roles=[], requestedTenant=null]',
    },
    status: 403,
  },
};

export const failToSearch: Answer = {
  status: 500,
  body: { error: { root_cause: [], type: 'status_exception', reason: 'Fail to search' }, status: 500 },
};

/** Answers by path below the base path, `tasks/_search` for instance. */
export const routes =
  (answers: Readonly<Record<string, Answer | ((seen: Seen) => Answer)>>) =>
  (seen: Seen): Answer | undefined => {
    const entry = Object.entries(answers).find(([tail]) => seen.path === `${base}/${tail}` || seen.path === `/${tail}`);
    const answer = entry?.[1];
    return typeof answer === 'function' ? answer(seen) : answer;
  };
