import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { type Client, createClient } from 'graphql-ws';
import { type Logger, pino } from 'pino';
import { WebSocket } from 'ws';
import { loadConfig } from '../../src/config.js';
import { createGateway, type Gateway, vendorModules } from '../../src/gateway.js';
import { simulators } from '../../src/simulator/index.js';
import type { RunningSimulator, SimulatorOptions } from '../../src/simulator/simulator.js';
import { forbidConfig, storeFolder } from './spoken/config-secrets.js';
import { spoken } from './spoken.js';

export * from './gateway-verbs.js';

/** One backend of a rig: a simulator of its own, or whatever listens at `url`. */
export interface BackendSetup extends SimulatorOptions {
  readonly id: string;
  /** Vendor of the backend and its simulator; absent: `elasticsearch-ml`. */
  readonly vendor?: string;
  /** Instead of a simulator. */
  readonly url?: string;
  /** More keys of the backend in vigil.yaml: auth, readOnly, http, poll. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface RigSetup {
  readonly backends: readonly BackendSetup[];
  /** More keys of vigil.yaml: server, limits, store. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A simulator, and the hands that put its world into a state. */
export interface RigSimulator extends RunningSimulator {
  /** Creates or adjusts a job: `{ state, datafeed, closeMs, resetMs, groups, blocked, … }`. */
  job(id: string, body?: Readonly<Record<string, unknown>>): Promise<void>;
  settings(body: Readonly<Record<string, unknown>>): Promise<void>;
  /** The cluster forgets a task and its result. */
  forgetTask(nativeId: string): Promise<void>;
  loseNode(name: string): Promise<void>;
  state(): Promise<SimulatedState>;
  /** Requests of all routes. */
  total(): number;
  /** What the work cost: requests by route. */
  costOf(work: () => Promise<unknown>): Promise<Readonly<Record<string, number>>>;
}

export interface SimulatedState {
  readonly nodes: readonly { readonly id: string; readonly name: string; readonly master: boolean }[];
  readonly jobs: readonly { readonly id: string; readonly state: string; readonly blocked: { readonly task_id: string | null } | null }[];
  readonly datafeeds: readonly { readonly id: string; readonly jobId: string; readonly state: string }[];
  readonly tasks: { readonly running: readonly { readonly action: string; readonly node: string; readonly id: number }[] };
}

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
}

export interface Answer<T> {
  readonly status: number;
  readonly data: T | null;
  readonly errors: readonly GraphqlError[];
}

/** A running subscription. */
export interface Watch<T> extends AsyncIterable<T> {
  /** All that came so far. */
  readonly seen: readonly T[];
  next(): Promise<T>;
  /** The first event, of those that came and those to come, for which this is so. */
  until(isIt: (event: T) => boolean): Promise<T>;
  /** Resolves when the server has completed it; rejects when it ended otherwise. */
  readonly ended: Promise<void>;
  stop(): void;
}

export type Variables = Readonly<Record<string, unknown>>;

/** A gateway with both doors open, in front of simulators. */
export interface GatewayRig {
  readonly url: string;
  readonly gateway: Gateway;
  sim(id: string): RigSimulator;
  query<T>(document: string, variables?: Variables, headers?: Readonly<Record<string, string>>): Promise<Answer<T>>;
  /** The data of an answer that has no errors. */
  ask<T>(document: string, variables?: Variables): Promise<T>;
  subscribe<T>(document: string, variables?: Variables): Watch<T>;
  /** Lines of the log. */
  readonly logs: readonly Readonly<Record<string, unknown>>[];
  /** Every HTTP body and WebSocket frame the gateway has sent, as text. */
  readonly answers: readonly string[];
  dispose(): Promise<void>;
}

const patienceMs = 15_000;

/** Asks until the answer is true; fails with the last answer. For what nothing announces. */
export const eventually = async <T>(ask: () => T | Promise<T>, isTrue: (answer: T) => boolean): Promise<T> => {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (isTrue(answer)) return answer;
    if (Date.now() > until) throw new TypeError(`still not so: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const control = async (simulator: RunningSimulator, method: string, path: string, body?: unknown): Promise<unknown> => {
  const response = await fetch(`${simulator.url}/_simulator${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new TypeError(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
};

/** What the calls of the second count that the first does not. */
export const callsSince = (
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(after)
      .map(([route, count]) => [route, count - (before[route] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );

export const sumOf = (calls: Readonly<Record<string, number>>): number => Object.values(calls).reduce((sum, count) => sum + count, 0);

const withHands = (simulator: RunningSimulator): RigSimulator => ({
  ...simulator,
  job: async (id, body = {}) => void (await control(simulator, 'PUT', `/jobs/${encodeURIComponent(id)}`, body)),
  settings: async (body) => void (await control(simulator, 'PUT', '/settings', body)),
  forgetTask: async (id) => void (await control(simulator, 'DELETE', `/tasks/${encodeURIComponent(id)}`)),
  loseNode: async (name) => void (await control(simulator, 'DELETE', `/nodes/${encodeURIComponent(name)}`)),
  state: async () => (await control(simulator, 'GET', '/state')) as SimulatedState,
  total: () => sumOf(simulator.calls()),
  costOf: async (work) => {
    const before = simulator.calls();
    await work();
    return callsSince(before, simulator.calls());
  },
});

/** Starts the simulator of a vendor. */
export const startSimulator = async (options: SimulatorOptions = {}, vendor = 'elasticsearch-ml'): Promise<RigSimulator> => {
  const module = simulators.find(({ id }) => id === vendor);
  if (!module) throw new TypeError(`there is no simulator ${vendor}`);
  for (const { name, ...secrets } of options.users ?? [])
    for (const secret of [secrets.password, secrets.apiKey, secrets.bearer])
      if (secret !== undefined) spoken.forbidSecret(`a secret of ${name}`, secret);
  return withHands(await module.start({ speed: 5, ...options }));
};

/** Reads a subscription from its beginning on, and lets a test wait for what it sends. */
export const watch = <T>(client: Client, document: string, variables: Variables = {}): Watch<T> => {
  const seen: T[] = [];
  let read = 0;
  let failure: unknown;
  let over = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const each of [...waiting]) each();
  };
  let resolve = (): void => undefined;
  let reject = (_error: unknown): void => undefined;
  const ended = new Promise<void>((ends, fails) => {
    resolve = ends;
    reject = fails;
  });
  ended.catch(() => undefined);
  const stop = client.subscribe<T>(
    { query: document, variables: { ...variables } },
    {
      next: ({ data, errors }) => {
        if (data) seen.push(data);
        if (errors) failure = errors;
        wake();
      },
      error: (error) => {
        failure = error;
        over = true;
        reject(error);
        wake();
      },
      complete: () => {
        over = true;
        if (failure) reject(failure);
        else resolve();
        wake();
      },
    },
  );
  const news = (): Promise<void> =>
    new Promise((heard, late) => {
      const timer = setTimeout(() => {
        waiting.delete(tell);
        late(new TypeError(`waited in vain; came so far: ${JSON.stringify(seen)}`));
      }, patienceMs);
      const tell = (): void => {
        waiting.delete(tell);
        clearTimeout(timer);
        heard();
      };
      waiting.add(tell);
    });
  const eventAt = async (index: number): Promise<T> => {
    for (;;) {
      const event = seen[index];
      if (event !== undefined) return event;
      if (failure) throw failure;
      if (over) throw new TypeError(`it is over; came: ${JSON.stringify(seen)}`);
      await news();
    }
  };
  const next = (): Promise<T> => eventAt(read++);
  return {
    seen,
    next,
    until: async (isIt) => {
      for (let index = 0; ; index += 1) {
        const event = await eventAt(index);
        if (isIt(event)) return event;
      }
    },
    ended,
    stop,
    async *[Symbol.asyncIterator]() {
      for (let index = 0; index < seen.length || !over; index += 1) {
        if (index >= seen.length) await news();
        const event = seen[index];
        if (event !== undefined) yield event;
      }
      if (failure) throw failure;
    },
  };
};

const describeBackend = ({ id, vendor = 'elasticsearch-ml', config }: BackendSetup, url: string) => ({
  id,
  vendor,
  url,
  ...config,
  poll: { fastMs: 50, slowMs: 500, ...(config?.poll as object | undefined) },
});

const createLog = (): { readonly logger: Logger; readonly lines: Readonly<Record<string, unknown>>[] } => {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const stream = new Writable({
    write(line: Buffer, _encoding, written) {
      const text = line.toString('utf8');
      spoken.hear('the log of a gateway', text);
      lines.push(JSON.parse(text) as Readonly<Record<string, unknown>>);
      written();
    },
  });
  return { logger: pino({ level: 'trace' }, stream), lines };
};

export const createGatewayRig = async (setup: RigSetup): Promise<GatewayRig> => {
  const undo: (() => Promise<unknown>)[] = [];
  const dispose = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const running = new Map<string, RigSimulator>();
    const described: unknown[] = [];
    for (const backend of setup.backends) {
      const { id, vendor, url, config: _config, ...options } = backend;
      if (url === undefined) {
        const simulator = await startSimulator(options, vendor);
        undo.push(() => simulator.dispose());
        running.set(id, simulator);
      }
      described.push(describeBackend(backend, url ?? running.get(id)?.url ?? ''));
    }
    const text = JSON.stringify({
      store: { kind: 'memory' },
      ...setup.config,
      server: { port: 0, ...(setup.config?.server as object) },
      backends: described,
    });
    const config = loadConfig({ text, env: setup.env ?? {}, baseDir: process.cwd(), vendors: vendorModules });
    forbidConfig(spoken, text, setup.env);
    const store = storeFolder(text, resolve('vigil.yaml'));
    if (store !== undefined) undo.push(async () => spoken.hearFiles('the store of a gateway', store));
    const { logger, lines } = createLog();
    const gateway = await createGateway(config, { logger });
    undo.push(() => gateway.stop());

    const answers: string[] = [];
    spoken.hear('the answers of a gateway', answers);
    const client = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      on: { message: (message) => void answers.push(JSON.stringify(message)) },
    });
    undo.push(async () => client.dispose());

    const query = async <T>(
      document: string,
      variables: Variables = {},
      headers: Readonly<Record<string, string>> = {},
    ): Promise<Answer<T>> => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: document, variables }),
      });
      const body = await response.text();
      answers.push(body);
      const { data = null, errors = [] } = JSON.parse(body) as { readonly data?: T | null; readonly errors?: readonly GraphqlError[] };
      return { status: response.status, data, errors };
    };
    return {
      url: gateway.url,
      gateway,
      sim: (id) => {
        const found = running.get(id);
        if (!found) throw new TypeError(`the rig has no simulator ${id}`);
        return found;
      },
      query,
      ask: async <T>(document: string, variables?: Variables) => {
        const { data, errors } = await query<T>(document, variables);
        if (errors.length > 0 || data === null) throw new TypeError(`the answer has errors: ${JSON.stringify(errors)}`);
        return data;
      },
      subscribe: (document, variables) => watch(client, document, variables),
      logs: lines,
      answers,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
};
