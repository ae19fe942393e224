import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, spawnVigil } from '../unit/cli/child.js';
import { type SymetrySimulator, sampleAuth, startSymetry } from './symetry-simulator.js';

/** A gateway as a process of its own. */
export interface SymetryProcess {
  readonly child: Child;
  readonly url: string;
  /** The data of an answer that has no errors. */
  ask<T>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<T>;
  /** At once, with nothing said. */
  kill(): Promise<void>;
}

/** A server, and gateways that come and go on one store. */
export interface SymetryProcesses {
  readonly simulator: SymetrySimulator;
  readonly store: string;
  serve(): Promise<SymetryProcess>;
  dispose(): Promise<void>;
}

/** Longer than the lease of a gateway that was killed: whoever comes after it waits for that. */
const patienceMs = 45_000;

/** Asks until the answer is true; fails with the last answer. */
export const eventuallyAfterAll = async <T>(ask: () => Promise<T>, isTrue: (answer: T) => boolean): Promise<T> => {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (isTrue(answer)) return answer;
    if (Date.now() > until) throw new TypeError(`still not so: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

export const createSymetryProcesses = async (speed: number): Promise<SymetryProcesses> => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-symetry-process-'));
  const simulator = await startSymetry({ speed });
  await simulator.project('irisTest', { models: ['testLDA'] });
  const config = join(folder, 'vigil.yaml');
  await writeFile(
    config,
    JSON.stringify({
      server: { port: 0 },
      store: { kind: 'embedded', path: './store' },
      backends: [{ id: 'sym', vendor: 'symetryml', url: simulator.url, auth: sampleAuth, poll: { fastMs: 50, slowMs: 200 } }],
    }),
  );
  const children: Child[] = [];
  const kill = async (child: Child): Promise<void> => {
    child.process.kill('SIGKILL');
    await child.exitCode;
  };
  return {
    simulator,
    store: join(folder, 'store'),
    serve: async () => {
      const child = spawnVigil(['serve', '--config', config], { cwd: folder });
      children.push(child);
      await Promise.race([child.stderr.until(/answers at http:\S+/), child.exitCode]);
      const url = /answers at (http:\S+)/.exec(child.stderr.text())?.[1];
      if (url === undefined) throw new TypeError(`it did not start: ${child.stderr.text()}`);
      return {
        child,
        url,
        ask: async <T>(query: string, variables: Readonly<Record<string, unknown>> = {}) => {
          const response = await fetch(`${url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ query, variables }),
          });
          const { data, errors } = (await response.json()) as { readonly data: T | null; readonly errors?: unknown };
          if (errors !== undefined || data === null) throw new TypeError(`the answer has errors: ${JSON.stringify(errors)}`);
          return data;
        },
        kill: () => kill(child),
      };
    },
    dispose: async () => {
      for (const child of children.splice(0)) await kill(child);
      await simulator.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
