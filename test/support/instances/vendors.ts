import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { type RigSimulator, startSimulator } from '../gateway-rig.js';
import { type SymetrySimulator, startSymetry } from '../symetry-simulator.js';

export const backendKeys = ['es', 'os', 'sym'] as const;
export type BackendKey = (typeof backendKeys)[number];

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
export interface Vendors {
  readonly es: RigSimulator;
  readonly os: RigSimulator;
  readonly sym: SymetrySimulator;
  readonly received: readonly Received[];
  /** Sends a control or product request to one, past all gateways. */
  ask<T>(backend: BackendKey, method: string, path: string, body?: unknown): Promise<T>;
  dispose(): Promise<void>;
}

interface Started {
  readonly request: IncomingMessage;
}

/** SymetryML's jobs last until a test ends them; the others run as fast as life. */
const symetrySpeed = 0.0001;

export const createVendors = async (): Promise<Vendors> => {
  const [es, os, sym] = await Promise.all([
    startSimulator({ empty: true, speed: 1 }),
    startSimulator({ empty: true, speed: 1 }, 'opensearch-ad'),
    startSymetry({ speed: symetrySpeed }),
  ]);
  const simulators = { es, os, sym };
  const backends = new Map<number | undefined, BackendKey>(backendKeys.map((key) => [simulators[key].port, key]));
  const received: Received[] = [];
  const requests = channel('http.server.request.start');
  const note = (message: unknown): void => {
    const { socket, method = '', url = '' } = (message as Started).request;
    const backend = backends.get(socket.localPort);
    if (backend === undefined || url.startsWith('/_simulator')) return;
    received.push({ at: Date.now(), backend, method, path: url, from: socket.remotePort ?? 0 });
  };
  requests.subscribe(note);
  await sym.project('irisTest', { models: ['testLDA'] });
  return {
    ...simulators,
    received,
    ask: async <T>(backend: BackendKey, method: string, path: string, body?: unknown) => {
      const response = await fetch(`${simulators[backend].url}${path}`, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      if (!response.ok) throw new TypeError(`${method} ${path}: ${JSON.stringify(answer)}`);
      return answer as T;
    },
    dispose: async () => {
      requests.unsubscribe(note);
      await Promise.all([es.dispose(), os.dispose(), sym.dispose()]);
    },
  };
};
