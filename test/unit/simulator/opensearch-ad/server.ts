import { onTestFinished } from 'vitest';
import { type RunningSimulator, type SimulatorOptions, simulators } from '../../../../src/simulator/index.js';

/** A parsed body: what tests look into by name; everything else they compare whole. */
export interface Body {
  readonly _id?: string;
  readonly _version?: number;
  readonly _seq_no?: number;
  readonly count?: number;
  readonly error?: { readonly type?: string; readonly reason?: string } | string;
  readonly status?: number;
  readonly state?: string;
  readonly anomaly_detector?: Readonly<Record<string, unknown>>;
  readonly anomaly_detector_job?: Readonly<Record<string, unknown>> | null;
  readonly realtime_task?: TaskBody | null;
  readonly realtime_detection_task?: TaskBody | null;
  readonly historical_analysis_task?: TaskBody | null;
  readonly ad_task?: Readonly<Record<string, unknown>>;
  readonly init_progress?: object;
  readonly buckets?: readonly object[];
  readonly nodes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly hits?: {
    readonly total: { readonly value: number };
    readonly hits: readonly { readonly _id: string; readonly _source: TaskBody }[];
  };
  readonly detectors?: readonly string[];
  readonly tasks?: readonly string[];
}

/** A task. */
export interface TaskBody {
  readonly task_id?: string;
  readonly state?: string;
  readonly task_type?: string;
  readonly task_progress?: number;
  readonly init_progress?: number;
  readonly estimated_minutes_left?: number;
  readonly current_piece?: number;
  readonly error?: string;
  readonly is_latest?: boolean;
  readonly coordinating_node?: string;
  readonly worker_node?: string;
  readonly execution_end_time?: number;
  readonly parent_task_id?: string;
}

/** An answer, its body parsed where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

/** A running simulator and how to ask it. */
export interface Server {
  readonly simulator: RunningSimulator;
  /** Asks below the base path of the product. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Asks as it is. */
  raw(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Puts the clock forward. */
  advance(ms: number): Promise<void>;
  /** A detector over made-up data of 700 minutes, or others at will. */
  seed(body?: object): Promise<string>;
  /** Tasks that a query finds, without their detectors. */
  tasks(query: object): Promise<readonly (TaskBody & { readonly id: string })[]>;
}

const parse = (text: string): Body => {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse('null');
  }
};

export const openSearch = '/_plugins/_anomaly_detection';
export const searchGuard = '/_anomaly_detection/api';

/** Starts a simulator for one test: OpenSearch without anything in it, unless told otherwise. */
export async function startServer(options: SimulatorOptions = {}, id = 'opensearch-ad'): Promise<Server> {
  const vendor = simulators.find((candidate) => candidate.id === id);
  if (vendor === undefined) throw new TypeError(`no simulator ${id}`);
  const simulator = await vendor.start({ empty: true, ...options });
  onTestFinished(() => simulator.dispose());
  const base = id === 'opensearch-ad' ? openSearch : searchGuard;
  const raw: Server['raw'] = async (method, path, body, headers = {}) => {
    const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(`${simulator.url}${path}`, { method, ...content, headers: { ...type, ...headers } });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: parse(text) };
  };
  const ask: Server['ask'] = (method, path, body) => raw(method, `${base}${path}`, body);
  return {
    simulator,
    raw,
    ask,
    async advance(ms) {
      await raw('POST', '/_simulator/advance', { ms });
    },
    async seed(body = {}) {
      const { detectors = [] } = (await raw('POST', '/_simulator/seed', body)).body;
      return detectors[0] ?? '';
    },
    async tasks(query) {
      const { hits } = (await ask('POST', '/detectors/tasks/_search', { size: 100, query, _source: { excludes: ['detector'] } })).body;
      return (hits?.hits ?? []).map(({ _id, _source }) => ({ id: _id, ..._source }));
    },
  };
}

/** Status and reason of a refusal. */
export const refusal = ({ status, body }: Answer) => [status, typeof body.error === 'string' ? body.error : body.error?.reason];

const minuteMs = 60_000;

/** The last so many minutes, as a body of `_start`. */
export function lastMinutes(count: number): { readonly start_time: number; readonly end_time: number } {
  const now = Date.now();
  return { start_time: now - count * minuteMs, end_time: now };
}
