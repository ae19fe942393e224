import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import type { BackendProfile, CallOptions, VendorAdapter, VendorModule } from '../../../src/domain/index.js';
import { opensearchAd } from '../../../src/vendors/opensearch-ad/index.js';
import { callAs, connectTo } from '../support/connect.js';
import { type Answer, type Seen, type StandIn, startStandIn } from '../support/stand-in.js';

const open: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.dispose();
});

/** One recorded exchange. */
interface Recorded {
  readonly label: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: unknown };
}

const folder = fileURLToPath(new URL('../../recordings/opensearch-ad/', import.meta.url));

/** What a real server answered, by the label of the exchange; `status`: where one label stands for several. */
export const answered = (file: string, label: string, status?: number): Answer => {
  const { exchanges }: { readonly exchanges: readonly Recorded[] } = JSON.parse(readFileSync(`${folder}${file}.json`, 'utf8'));
  const found = exchanges.find((each) => each.label === label && (status ?? each.response.status) === each.response.status);
  if (!found) throw new Error(`${file} has no "${label}"`);
  return found.response;
};

export const base = '/_plugins/_anomaly_detection';

/** Answers by `METHOD /path`, or `METHOD /path?query`; a list is gone through, and its last entry stays. */
export const byRequest = (answers: Readonly<Record<string, Answer | readonly Answer[]>>): ((seen: Seen) => Answer | undefined) => {
  const counts = new Map<string, number>();
  return ({ method, path, target }) => {
    const key = [`${method} ${target}`, `${method} ${path}`].find((each) => each in answers);
    const found = key === undefined ? undefined : answers[key];
    if (key === undefined || found === undefined) return undefined;
    if (!Array.isArray(found)) return found as Answer;
    const at = counts.get(key) ?? 0;
    counts.set(key, at + 1);
    return (found as readonly Answer[])[Math.min(at, found.length - 1)];
  };
};

export const failure = (status: number, type: string, reason: string, more: object = {}): Answer => ({
  status,
  body: { error: { root_cause: [{ type, reason }], type, reason, ...more }, status },
});

export const profileOf = (version: string | null, dialect = 'opensearch', module: VendorModule = opensearchAd): BackendProfile => ({
  version,
  capabilities: module.capabilitiesOf(version),
  notice: null,
  dialect,
});

/** An adapter connected to a stand-in. */
export interface Setting {
  readonly server: StandIn;
  readonly adapter: VendorAdapter;
  call(timeoutMs?: number): CallOptions;
}

export const setUp = async (
  answer: (seen: Seen) => Answer | undefined,
  { module = opensearchAd, version = '2.19.4' as string | null, dialect = 'opensearch' } = {},
): Promise<Setting> => {
  const server = await startStandIn(answer);
  const adapter = connectTo(module, { url: server.url });
  open.push(server, adapter);
  return { server, adapter, call: (timeoutMs) => callAs(profileOf(version, dialect, module), timeoutMs) };
};

/** Answer of `tasks/_search` with these tasks. */
export const tasksFound = (...tasks: readonly (readonly [id: string, source: object])[]): Answer => ({
  body: {
    took: 1,
    timed_out: false,
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    hits: {
      total: { value: tasks.length, relation: 'eq' },
      hits: tasks.map(([id, source]) => ({ _index: '.opendistro-anomaly-detection-state', _id: id, _source: source, sort: [1] })),
    },
  },
});
