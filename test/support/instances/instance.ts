import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.js';
import { createTcpGate, type TcpGate } from './tcp-gate.js';
import { type BackendKey, backendKeys, type Vendors, vendorOf } from './vendors.js';

/** An answer has come, and it is not the one that was asked for: asking again would be of no use. */
export class AnsweredWithErrors extends TypeError {}

/** What a load balancer is told. */
export interface Readiness {
  readonly ready: boolean;
  readonly store: string;
  /** Keys of the backends it asks for all instances. */
  readonly leads: readonly string[];
}

/** One gateway of several, as a process of its own that can die, sleep and come back. */
export interface Instance {
  readonly name: string;
  /** Its way to Redis. */
  readonly redis: TcpGate;
  /** Where clients find it; undefined while it is known not to run. */
  url(): string | undefined;
  /** A new process, under the same name. */
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>;
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** The data of an answer that has no errors. */
  ask<T>(document: string, variables?: Readonly<Record<string, unknown>>, withinMs?: number): Promise<T>;
  /** What `/health/ready` says. */
  ready(): Promise<Readiness>;
  /** Whether a request at a simulator was sent by this one. */
  sent(request: { readonly from: number }): boolean;
  log(): string;
  dispose(): Promise<void>;
}

export interface InstanceOptions {
  readonly name: string;
  readonly folder: string;
  readonly vendors: Vendors;
  readonly redisPort: number;
  /** More keys of `server` in vigil.yaml. */
  readonly server?: Readonly<Record<string, unknown>>;
}

/** Longer than any verb that a test waits for. */
const answerWithinMs = 30_000;
/** As a load balancer asks. */
const probeWithinMs = 5_000;

/** The customer of the vendor's samples, whom the simulator has. */
const sampleAuth = { kind: 'hmac', customerId: 'c1', secretKey: 'VLmAm+WkpnA5zp2wXiSYkw==' } as const;

export const createInstance = async ({ name, folder, vendors, redisPort, server }: InstanceOptions): Promise<Instance> => {
  const redis = await createTcpGate(() => redisPort);
  const ways = new Map<BackendKey, TcpGate>();
  for (const key of backendKeys) ways.set(key, await createTcpGate(() => vendors[key].port));
  const file = join(folder, `vigil-${name}.yaml`);
  await writeFile(
    file,
    JSON.stringify({
      server: { port: 0, ...server },
      store: { kind: 'redis', url: `redis://127.0.0.1:${redis.port}` },
      backends: backendKeys.map((key) => ({
        id: key,
        vendor: vendorOf[key],
        url: `http://127.0.0.1:${ways.get(key)?.port}`,
        poll: { fastMs: 100, slowMs: 500 },
        ...(key === 'sym' ? { auth: sampleAuth } : {}),
      })),
    }),
  );

  const lives: GatewayProcess[] = [];
  let url: string | undefined;
  const current = (): GatewayProcess => {
    const child = lives.at(-1);
    if (!child) throw new TypeError(`${name} has not been started`);
    return child;
  };
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const child = current();
    if (signal === 'SIGKILL') url = undefined;
    child.process.kill(signal);
    if (signal === 'SIGKILL') child.process.kill('SIGCONT');
    const code = await child.exitCode;
    if (current() === child) url = undefined;
    return code;
  };
  const log = (): string => lives.map(({ printed }) => printed()).join('');
  const found = (): string => {
    if (url === undefined) throw new TypeError(`${name} does not run: ${log()}`);
    return url;
  };
  return {
    name,
    redis,
    url: () => url,
    start: async () => {
      const child = startGatewayProcess(file, folder);
      lives.push(child);
      url = await child.url;
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    pause: () => void current().process.kill('SIGSTOP'),
    resume: () => void current().process.kill('SIGCONT'),
    ask: async <T>(document: string, variables: Readonly<Record<string, unknown>> = {}, withinMs = answerWithinMs) => {
      const response = await fetch(`${found()}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: document, variables }),
        signal: AbortSignal.timeout(withinMs),
      });
      const { data, errors } = (await response.json()) as { readonly data?: T | null; readonly errors?: unknown };
      if (errors !== undefined || !data) throw new AnsweredWithErrors(`${name}: ${JSON.stringify(errors)}`);
      return data;
    },
    ready: async () => {
      const response = await fetch(`${found()}/health/ready`, { signal: AbortSignal.timeout(probeWithinMs) });
      return (await response.json()) as Readiness;
    },
    sent: ({ from }) => [...ways.values()].some((way) => way.carries(from)),
    log,
    dispose: async () => {
      url = undefined;
      for (const child of lives) {
        child.process.kill('SIGKILL');
        child.process.kill('SIGCONT');
        await child.exitCode;
      }
      for (const gate of [redis, ...ways.values()]) await gate.dispose();
    },
  };
};
