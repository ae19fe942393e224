import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A real OpenSearch without Anomaly Detection, assembled from published artifacts. */
export interface RealOpenSearch {
  /** Without a trailing slash. */
  readonly url: string;
  readonly pid: number;
  /** Ends it as a crash would; the data stays until `dispose`. */
  kill(): Promise<void>;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
}

/** How long a first start may take: it fetches 76 MB and builds; hooks that start it need as much. */
export const startLimitMs = 240_000;

const script = fileURLToPath(new URL('./opensearch/start.sh', import.meta.url));

function onPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The commands that a real server needs and this machine lacks. */
const missingForOpenSearch = (): readonly string[] => ['java', 'mvn', 'flock'].filter((command) => !onPath(command));

/** Whether tests that need a real server are to be left out: where something is missing, but never in CI, where they fail instead. */
export const withoutOpenSearch = (): boolean => missingForOpenSearch().length > 0 && !process.env.CI;

const publishAddress = /AbstractHttpServerTransport publish_address \{[^}:]+:(\d+)\}/;

/** The port that the server logs; what it printed instead, if it ends before. */
async function loggedPort(child: ChildProcess): Promise<number> {
  const printed: string[] = [];
  if (child.stdout === null || child.stderr === null) throw new Error('the server has no output to read');
  createInterface(child.stderr).on('line', (line) => printed.push(line));
  const lines = createInterface(child.stdout);
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      printed.push(line);
      const port = publishAddress.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`OpenSearch did not start:\n${printed.slice(-30).join('\n')}`)));
  });
}

/** Signals the server, or the build that comes before it, and waits for its end. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, signal);
  await ended;
}

/** Starts one on a free port, or on a given one, and waits until its health is yellow. */
export async function startRealOpenSearch(options: { readonly port?: number } = {}): Promise<RealOpenSearch> {
  const missing = missingForOpenSearch();
  if (missing.length > 0) throw new Error(`a real OpenSearch needs ${missing.join(', ')} on PATH`);
  const data = mkdtempSync(join(tmpdir(), 'opensearch-'));
  // A group of its own: until it runs, a build may have to be stopped with it.
  const child = spawn(script, [String(options.port ?? 0), data], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const dispose = async () => {
    await end(child, 'SIGTERM');
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const url = `http://127.0.0.1:${await loggedPort(child)}`;
    const health = await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=60s`);
    if (!health.ok) throw new Error(`OpenSearch answered ${health.status} when asked for its health`);
    return { url, pid: child.pid ?? 0, kill: () => end(child, 'SIGKILL'), dispose };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}
