import { onTestFinished } from 'vitest';
import { createRouter } from '../../../../src/simulator/elastic-rest/router.js';
import { startHost } from '../../../../src/simulator/host.js';
import { type Json, parseJson } from '../../../../src/simulator/json.js';
import { coreRoutes } from '../../../../src/simulator/opensearch-ad/core/routes.js';
import { findDialect } from '../../../../src/simulator/opensearch-ad/dialect.js';
import { answerRequest } from '../../../../src/simulator/opensearch-ad/shell.js';
import { createWorld, type World } from '../../../../src/simulator/opensearch-ad/world.js';

/** An answer, its body parsed where it is JSON. */
export interface CoreAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Json | undefined;
}

/** Asks a server by method and path. */
export type Ask = (method: string, path: string, body?: string, headers?: Readonly<Record<string, string>>) => Promise<CoreAnswer>;

/** Asks a server at an address; bodies are JSON unless a header says otherwise. */
export const askAt =
  (url: string): Ask =>
  async (method, path, body, headers = {}) => {
    const type = path.includes('_bulk') ? 'application/x-ndjson' : 'application/json';
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': type }), ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseJson(text) };
  };

/** The server's own routes over real HTTP, without those of the plugin. */
export async function startCore(options: { product?: 'opensearch' | 'elasticsearch'; version?: string; speed?: number } = {}): Promise<{
  readonly ask: Ask;
  readonly world: World;
  readonly dispose: () => Promise<void>;
}> {
  const world = createWorld(findDialect(options.product ?? 'opensearch', options.version), options.speed ?? 1, undefined);
  world.plugin = false;
  const router = createRouter(coreRoutes(world));
  const host = await startHost(
    {},
    {
      route: (method, path) => router.name(method, path),
      answer: (request) => answerRequest(world, router, request),
      control: () => Promise.resolve(undefined),
      dispose: () => world.dispose(),
    },
  );
  return { ask: askAt(host.url), world, dispose: () => host.dispose() };
}

/** The same, stopped with the test. */
export async function coreServer(options: Parameters<typeof startCore>[0] = {}) {
  const core = await startCore(options);
  onTestFinished(core.dispose);
  return core;
}
