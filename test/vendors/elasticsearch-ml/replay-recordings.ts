import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Exchange } from '../support/recordings.js';

const folder = fileURLToPath(new URL('../../recordings/elasticsearch-ml/', import.meta.url));

/** Answers of one recording as they came, also those that were written down in a shorter form. */
export const exchangesOf = (file: string): readonly Exchange[] => {
  const entries: readonly Entry[] = JSON.parse(readFileSync(`${folder}${file}.json`, 'utf8'));
  return entries.flatMap((entry) => {
    if (entry.path !== undefined) return [entry as Exchange];
    if (entry.answers) return entry.answers.flatMap(fromAnswer);
    return entry.matrix ? fromMatrix(entry.matrix) : [];
  });
};

interface Entry {
  readonly path?: string;
  /** Several clients at once: port, method, path, status, body, milliseconds. */
  readonly answers?: readonly (readonly unknown[])[];
  /** Status and reason by request and user. */
  readonly matrix?: Readonly<Record<string, Readonly<Record<string, readonly [number, string]>>>>;
}

const json = { 'content-type': 'application/json; charset=UTF-8' };

const fromAnswer = ([, method, path, status, text]: readonly unknown[]): readonly Exchange[] =>
  typeof method === 'string' && typeof path === 'string' && typeof status === 'number' && typeof text === 'string'
    ? [{ method, path, status, headers: json, response: JSON.parse(text) }]
    : [];

const typeOf = (status: number): string =>
  status === 403 ? 'security_exception' : status === 404 ? 'resource_not_found_exception' : 'status_exception';

const fromMatrix = (matrix: NonNullable<Entry['matrix']>): readonly Exchange[] =>
  Object.entries(matrix).flatMap(([request, byUser]) => {
    const [method = '', path = ''] = request.split(' ');
    return Object.values(byUser).flatMap(([status, reason]) => {
      const failure = { type: typeOf(status), reason };
      // Of successes only the status was kept.
      return status < 300
        ? []
        : [{ method, path, status, headers: json, response: { error: { root_cause: [failure], ...failure }, status } }];
    });
  });

const isShort = (value: unknown): boolean => {
  if (typeof value === 'string') return /^…\(\d+ items\)$/.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(isShort);
};

/** Whether the recorder left out elements of a long list, and put a word in their place. */
export const isShortened = ({ response }: Exchange): boolean => isShort(response);
