import { afterEach } from 'vitest';
import type { CallOptions, VendorAdapter } from '../../../src/domain/index.js';
import { elasticsearchMl } from '../../../src/vendors/elasticsearch-ml/index.js';
import { callAs, connectTo } from '../support/connect.js';
import { type Answer, type Seen, type StandIn, startStandIn } from '../support/stand-in.js';

const open: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.dispose();
});

/** An adapter connected to a stand-in. */
export interface Setting {
  readonly server: StandIn;
  readonly adapter: VendorAdapter;
  readonly call: CallOptions;
}

export interface SettingOptions {
  /** Null: not known. */
  readonly version?: string | null;
  readonly basePath?: string;
  readonly url?: URL;
}

export const setUp = async (
  answer: (seen: Seen) => Answer | undefined,
  { version = '8.17.0', basePath = '' }: SettingOptions = {},
): Promise<Setting> => {
  const server = await startStandIn(answer, basePath);
  const adapter = connectTo(elasticsearchMl, { url: server.url });
  open.push(server, adapter);
  return { server, adapter, call: callAs({ version, capabilities: elasticsearchMl.capabilitiesOf(version), notice: null }) };
};

/** Answers by `METHOD /path`, each the same every time. */
export const byRequest =
  (answers: Readonly<Record<string, Answer | unknown>>) =>
  ({ method, path }: Seen): Answer | undefined => {
    const body = answers[`${method} ${path}`];
    if (body === undefined) return undefined;
    return typeof body === 'object' && body !== null && 'body' in body ? (body as Answer) : { body };
  };

export const failure = (status: number, type: string, reason: string, more: object = {}): Answer => ({
  status,
  body: { error: { root_cause: [{ type, reason }], type, reason, ...more }, status },
});

export const unknownJobs = (...ids: readonly string[]): Answer =>
  failure(404, 'resource_not_found_exception', `No known job with id '${ids.join(',')}'`);

/** GET jobs as 8.x answers, without what nobody reads. */
export const wireJob = (id: string, more: object = {}) => ({
  job_id: id,
  job_type: 'anomaly_detector',
  job_version: '8.17.0',
  create_time: 1_700_000_000_000,
  analysis_config: { bucket_span: '15m', detectors: [] },
  ...more,
});

export const wireStats = (id: string, state: string, more: object = {}) => ({
  job_id: id,
  state,
  data_counts: { job_id: id, processed_record_count: 42 },
  ...more,
});
