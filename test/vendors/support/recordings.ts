import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One recorded exchange. */
export interface Exchange {
  readonly note?: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: unknown;
}

const folder = fileURLToPath(new URL('../../recordings/', import.meta.url));

/** The exchanges of one recording, e.g. `elasticsearch-ml/7.9.0/11-tasks`. */
export const recording = (name: string): readonly Exchange[] => {
  const entries: readonly unknown[] = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8'));
  return entries.filter(
    (entry): entry is Exchange => typeof entry === 'object' && entry !== null && 'method' in entry && 'response' in entry,
  );
};

/** The first recorded exchange of a request. */
export const recorded = (name: string, request: string, status?: number): Exchange => {
  const found = recording(name).find(
    ({ method, path, ...exchange }) => `${method} ${path}` === request && (status ?? exchange.status) === exchange.status,
  );
  if (!found) throw new Error(`${name} has no ${request}`);
  return found;
};
