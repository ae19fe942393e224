import type { SimulatorOptions } from '../../src/simulator/simulator.js';
import { eventually, type RigSimulator, startSimulator } from './gateway-rig.js';

/** The customer of the vendor's samples, whom a simulator has unless it is told of others. */
export const sampleSecret = 'VLmAm+WkpnA5zp2wXiSYkw==';
export const sampleAuth = { kind: 'hmac', customerId: 'c1', secretKey: sampleSecret } as const;

/** A job as the server remembers it, the gone ones too. */
export interface ServerJob {
  readonly id: number;
  /** How often the server had been started before it. */
  readonly incarnation: number;
  readonly kind: string;
  readonly owner: string;
  readonly state: string;
  readonly removed: string | null;
  /** Times its end was handed out. */
  readonly reads: number;
  /** Times it was asked for after it was gone. */
  readonly lateReads: number;
}

/** What a job planted on the server is: `kind`, `owner`, `state`, `held`, `durationMs`, `values`, `raw`, `frame`, … */
export type Planted = Readonly<Record<string, unknown>>;

/** A simulated SymetryML, and the hands that put it into a state. */
export interface SymetrySimulator extends RigSimulator {
  /** Its number. */
  plant(job: Planted): Promise<number>;
  adjust(id: number, job: Planted): Promise<void>;
  /** As if another client had read it. */
  take(id: number): Promise<void>;
  project(id: string, body?: Planted, owner?: string): Promise<void>;
  /** Loses every job, and counts from 1 again. */
  restart(): Promise<void>;
  reap(): Promise<void>;
  jobs(): Promise<readonly ServerJob[]>;
  /** The latest with this number. */
  jobOf(id: number): Promise<ServerJob>;
  /** The latest with this number, once it is so. */
  until(id: number, isSo: (job: ServerJob) => boolean): Promise<ServerJob>;
}

export const symetryRoutes = {
  list: 'GET /symetry/rest/{cid}/jobs',
  read: 'GET /symetry/rest/{cid}/jobs/{id}',
  kill: 'DELETE /symetry/rest/{cid}/jobs/{id}',
  build: 'POST /symetry/rest/{cid}/projects/{pid}/build',
} as const;

const control = async <T>(url: string, method: string, path: string, body?: unknown): Promise<T> => {
  const response = await fetch(`${url}/_simulator${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const answer: unknown = await response.json();
  if (!response.ok) throw new TypeError(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer as T;
};

/** Without seeds and fast, unless it is told otherwise. */
export const startSymetry = async (options: SimulatorOptions = {}): Promise<SymetrySimulator> => {
  const simulator = await startSimulator({ empty: true, speed: 20, ...options }, 'symetryml');
  const ask = <T>(method: string, path: string, body?: unknown) => control<T>(simulator.url, method, path, body);
  const jobs = async () => (await ask<{ readonly jobs: readonly ServerJob[] }>('GET', '/state')).jobs;
  const jobOf = async (id: number) => {
    const found = (await jobs()).findLast((job) => job.id === id);
    if (!found) throw new TypeError(`the server never had a job ${id}`);
    return found;
  };
  return {
    ...simulator,
    plant: async (job) => (await ask<{ readonly id: number }>('POST', '/jobs', job)).id,
    adjust: async (id, job) => void (await ask('PUT', `/jobs/${id}`, job)),
    take: async (id) => void (await ask('DELETE', `/jobs/${id}`)),
    project: async (id, body = {}, owner = 'c1') => void (await ask('PUT', `/projects/${owner}/${id}`, body)),
    restart: async () => void (await ask('POST', '/restart', {})),
    reap: async () => void (await ask('POST', '/reap')),
    jobs,
    jobOf,
    until: (id, isSo) => eventually(() => jobOf(id), isSo),
  };
};
