import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { simulators } from '../../../src/simulator/index.js';
import type { RunningSimulator, SimulatorOptions } from '../../../src/simulator/simulator.js';

export const backendKeys = ['es', 'os', 'sym'] as const;
export type BackendKey = (typeof backendKeys)[number];

export const vendorOf: Readonly<Record<BackendKey, string>> = { es: 'elasticsearch-ml', os: 'opensearch-ad', sym: 'symetryml' };

/** One request that a simulator got. */
export interface Received {
  readonly at: number;
  readonly backend: BackendKey;
  readonly method: string;
  readonly path: string;
  /** Port it came from: tells by whose gate. */
  readonly from: number;
}

/** A simulator of each vendor, and what they were asked. */
export interface Vendors extends Readonly<Record<BackendKey, RunningSimulator>> {
  readonly received: readonly Received[];
  /** Sends a control or product request to one, past all gateways. */
  ask<T>(backend: BackendKey, method: string, path: string, body?: unknown): Promise<T>;
  /** Creates or adjusts a job of Elasticsearch: `{ state, closeMs, resetMs, … }`. */
  job(id: string, body: Readonly<Record<string, unknown>>): Promise<void>;
  dispose(): Promise<void>;
}

interface Started {
  readonly request: IncomingMessage;
}

/** SymetryML's jobs last until a test ends them; the others run as fast as life. */
const speeds: Readonly<Record<BackendKey, number>> = { es: 1, os: 1, sym: 0.0001 };

const start = async (key: BackendKey, options: SimulatorOptions): Promise<RunningSimulator> => {
  const module = simulators.find(({ id }) => id === vendorOf[key]);
  if (!module) throw new TypeError(`there is no simulator ${vendorOf[key]}`);
  return module.start(options);
};

export const createVendors = async (): Promise<Vendors> => {
  const [es, os, sym] = await Promise.all(backendKeys.map((key) => start(key, { empty: true, speed: speeds[key] })));
  if (!es || !os || !sym) throw new TypeError('a simulator is missing');
  const running = { es, os, sym };
  const backends = new Map<number | undefined, BackendKey>(backendKeys.map((key) => [running[key].port, key]));
  const received: Received[] = [];
  const requests = channel('http.server.request.start');
  const note = (message: unknown): void => {
    const { socket, method = '', url = '' } = (message as Started).request;
    const backend = backends.get(socket.localPort);
    if (backend === undefined || url.startsWith('/_simulator')) return;
    received.push({ at: Date.now(), backend, method, path: url, from: socket.remotePort ?? 0 });
  };
  requests.subscribe(note);

  const ask = async <T>(backend: BackendKey, method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${running[backend].url}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new TypeError(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer as T;
  };
  await ask('sym', 'PUT', '/_simulator/projects/c1/irisTest', { models: ['testLDA'] });
  return {
    ...running,
    received,
    ask,
    job: async (id, body) => void (await ask('es', 'PUT', `/_simulator/jobs/${id}`, body)),
    dispose: async () => {
      requests.unsubscribe(note);
      await Promise.all(backendKeys.map((key) => running[key].dispose()));
    },
  };
};
