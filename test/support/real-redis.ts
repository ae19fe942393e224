import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';

/** A real redis-server with a data folder of its own. */
export interface RealRedis {
  readonly port: number;
  readonly url: string;
  /** Ends it as a crash would; the data stays. */
  kill(): Promise<void>;
  /** Ends it in order; the data stays. */
  stop(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same port and data; with other options, if any are given. */
  start(options?: readonly string[]): Promise<void>;
  /** For the test's own questions; closed with the server. */
  admin(): Redis;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

const binary = 'redis-server';

/** Everything that is written is on the disk when it is answered. */
export const persistent: readonly string[] = ['--appendonly', 'yes', '--appendfsync', 'always'];
export const forgetful: readonly string[] = ['--appendonly', 'no'];

const onPath = (command: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Whether tests that need a real Redis are to be left out: where it is missing, but never in CI, where they fail instead. */
export const withoutRedis = (): boolean => !onPath(binary) && !process.env.CI;

/** Said with tests that are left out. */
export const redisIsMissing = 'needs redis-server on PATH (Debian: apt-get install redis-server)';

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('there is no free port');
  return address.port;
};

/** Until it says that it takes connections; what it printed instead, if it ends before. */
const untilReady = async (child: ChildProcess): Promise<void> => {
  const printed: string[] = [];
  if (child.stdout === null) throw new TypeError('the server has no output to read');
  const lines = createInterface(child.stdout);
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      printed.push(line);
      if (line.includes('Ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new TypeError(`redis-server did not start:\n${printed.slice(-20).join('\n')}`)));
  });
};

/** Starts one on a free port. With `tls` it speaks nothing else. */
export const startRealRedis = async (
  options: readonly string[] = persistent,
  { tls = false }: { readonly tls?: boolean } = {},
): Promise<RealRedis> => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-redis-'));
  const port = await freePort();
  let own = options;
  let child: ChildProcess | undefined;
  const listen = tls ? ['--port', '0', '--tls-port', String(port)] : ['--port', String(port)];
  const admins: Redis[] = [];

  const start = async (): Promise<void> => {
    child = spawn(binary, [...listen, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--daemonize', 'no', ...own], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await untilReady(child);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    // One that is paused ends only once it goes on.
    ending.kill('SIGCONT');
    await ended;
  };
  const dispose = async (): Promise<void> => {
    for (const admin of admins) admin.disconnect();
    await end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    start: async (others) => {
      own = others ?? own;
      await start();
    },
    admin: () => {
      const admin = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null });
      admin.on('error', () => undefined);
      admins.push(admin);
      return admin;
    },
    dispose,
  };
};
