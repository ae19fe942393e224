import { LRUCache } from 'lru-cache';
import type { OperationRequest } from './executor.js';
import { type PreparedOperation, type PrepareOptions, prepare, type RejectedOperation } from './prepare.js';

/** Bounds in characters of documents; a syntax tree takes some ten times as much. */
const maxDocumentLength = 64 * 1024;
const maxAcceptedLength = 4 * 1024 * 1024;
const maxRejectedLength = 1024 * 1024;

/** Documents by text and operation name: each is parsed, validated and measured once. */
export interface DocumentCache {
  prepare(request: OperationRequest): PreparedOperation | RejectedOperation;
}

/**
 * Rejected documents are remembered as well, apart from the accepted ones: a client that repeats a bad one costs little,
 * and one that sends ever new ones pushes out nobody's good ones.
 */
export const createDocumentCache = (options: PrepareOptions): DocumentCache => {
  const cacheOf = <V extends object>(max: number, maxSize: number) =>
    new LRUCache<string, V>({ max, maxSize, maxEntrySize: maxDocumentLength, sizeCalculation: (_value, key) => key.length });
  const accepted = cacheOf<PreparedOperation>(1000, maxAcceptedLength);
  const rejected = cacheOf<RejectedOperation>(500, maxRejectedLength);

  return {
    prepare: ({ query, operationName }) => {
      const name = operationName || null;
      // A GraphQL name holds no line break, so no two requests share a key.
      const key = `${name ?? ''}\n${query}`;
      const known = accepted.get(key) ?? rejected.get(key);
      if (known) return known;
      const made = prepare(query, name, options);
      if (made.ok) accepted.set(key, made);
      else rejected.set(key, made);
      return made;
    },
  };
};
