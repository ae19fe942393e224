import { onTestFinished } from 'vitest';
import { type RunningSimulator, type SimulatorOptions, simulators } from '../../../../src/simulator/index.js';

/** An answer, its body parsed where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

/** A parsed body: what tests look into by name; everything else they compare whole. */
export interface Body {
  readonly count?: number;
  readonly jobs?: readonly JobBody[];
  readonly datafeeds?: readonly { readonly state?: string; readonly datafeed_id?: string }[];
  readonly error?: {
    readonly type?: string;
    readonly reason?: string;
    readonly caused_by?: object;
    readonly root_cause?: readonly object[];
  };
  /** A task, or the id of one that was started in the background. */
  readonly task?: TaskBody & string;
  readonly tasks?: readonly TaskBody[];
  readonly completed?: boolean;
  readonly nodes?: Readonly<Record<string, { readonly name?: string; readonly id?: string }>> &
    readonly { readonly id: string; readonly entry: boolean }[];
}

/** Configuration or statistics of a job. */
export interface JobBody {
  readonly job_id?: string;
  readonly state?: string;
  readonly node?: object;
  readonly assignment_explanation?: string;
  readonly data_counts?: Readonly<Record<string, number>>;
  readonly datafeed_config?: object;
  readonly blocked?: { readonly reason: string; readonly task_id?: string };
  readonly deleting?: boolean;
}

/** A task. */
export interface TaskBody {
  readonly node: string;
  readonly id: number;
  readonly action: string;
  readonly description?: string;
  readonly parent_task_id?: string;
  readonly status?: { readonly total: number; readonly deleted: number };
}

/** A request beside method and path. */
export interface Extra {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A running simulator and how to ask it. */
export interface Server {
  readonly simulator: RunningSimulator;
  ask(method: string, path: string, extra?: Extra): Promise<Answer>;
  /** Creates or changes a job by control route. */
  job(id: string, members: object): Promise<Answer>;
  /** State of a job as `_stats` shows it. */
  state(id: string): Promise<string>;
  /** Asks until the answer is as wanted; the test's own timeout is the limit. */
  until(method: string, path: string, wanted: (answer: Answer) => boolean): Promise<Answer>;
}

const parse = (text: string): Body => {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse('null');
  }
};

/** Starts an Elasticsearch simulator for one test. */
export async function startServer(options: SimulatorOptions = {}): Promise<Server> {
  const vendor = simulators.find(({ id }) => id === 'elasticsearch-ml');
  if (vendor === undefined) throw new TypeError('no simulator elasticsearch-ml');
  const simulator = await vendor.start({ speed: 20, empty: true, ...options });
  onTestFinished(() => simulator.dispose());
  const ask = async (method: string, path: string, { body, headers }: Extra = {}): Promise<Answer> => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(simulator.url + path, {
      method,
      headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(text !== undefined && { body: text }),
    });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, text: answer, body: parse(answer) };
  };
  return {
    simulator,
    ask,
    job: (id, members) => ask('PUT', `/_simulator/jobs/${id}`, { body: members }),
    async state(id) {
      const { body } = await ask('GET', `/_ml/anomaly_detectors/${id}/_stats?filter_path=jobs.state`);
      return String(body.jobs?.[0]?.state);
    },
    async until(method, path, wanted) {
      for (;;) {
        const answer = await ask(method, path);
        if (wanted(answer)) return answer;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

/** The jobs of the recordings: a1 and a2 in group ga, b1 in gb, c1 in none. */
export async function startWithJobs(options: SimulatorOptions = {}): Promise<Server> {
  const server = await startServer(options);
  await server.job('a1', { groups: ['ga', 'all-a'] });
  await server.job('a2', { groups: ['ga'] });
  await server.job('b1', { groups: ['gb'] });
  await server.job('c1', {});
  return server;
}

/** An error body with one root cause that says the same. */
export const failure = (status: number, type: string, reason: string) => ({
  error: { root_cause: [{ type, reason }], type, reason },
  status,
});
