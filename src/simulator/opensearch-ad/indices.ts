import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../json.js';
import { createFields, type Fields } from './search/fields.js';
import { resolveNames } from './search/index-names.js';
import { type SearchOptions, searchDocuments } from './search/search.js';

/** A document as an index holds it. */
export interface StoredDoc {
  readonly id: string;
  readonly version: number;
  readonly seqNo: number;
  readonly primaryTerm: number;
  readonly source: JsonObject;
}

/** What a deletion did; also that of a document that is not there leaves a trace of its own. */
export interface Deletion {
  readonly found: boolean;
  readonly version: number;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** How an index was created. */
export interface IndexOptions {
  readonly mappings?: JsonObject;
  readonly settings?: JsonObject;
}

/** An index: its options, and its documents in the order they were last written. */
export interface Index extends IndexOptions {
  readonly name: string;
  readonly uuid: string;
  readonly createdAt: number;
  readonly fields: Fields;
  readonly docs: ReadonlyMap<string, StoredDoc>;
}

/** The indices of one simulated cluster, and the search over them. */
export interface Indices {
  exists(name: string): boolean;
  create(name: string, options?: IndexOptions): void;
  remove(name: string): boolean;
  names(): readonly string[];
  index(name: string): Index | undefined;
  /** Creates the index when it is missing. */
  put(index: string, id: string, source: JsonObject): StoredDoc;
  get(index: string, id: string): StoredDoc | undefined;
  delete(index: string, id: string): boolean;
  /** As `delete`, with the numbers that a response to it names. */
  erase(index: string, id: string): Deletion;
  all(index: string): readonly StoredDoc[];
  /**
   * The body of a search response, `took` to `aggregations`. Names may hold wildcards.
   * Throws a SearchFailure for what the server refuses, 404 index_not_found included.
   */
  search(names: readonly string[], body: JsonObject, options?: SearchOptions): JsonObject;
}

interface MutableIndex extends Index {
  readonly docs: Map<string, StoredDoc>;
  /** Versions of deleted documents: a document written again goes on counting. */
  readonly graves: Map<string, number>;
  nextSeqNo: number;
  /** Restarts before it was created. */
  readonly restartsBefore: number;
}

const newUuid = () => randomBytes(16).toString('base64url');

/** An id as the server makes them up: 20 characters of URL-safe base 64. */
export const newDocumentId = (): string => randomBytes(15).toString('base64url');

const constantOf = (text: string) => () => text;

/** What a store asks of the cluster around it. */
export interface IndicesOptions {
  /** The node that failures of shards name; without, one made up. */
  readonly nodeId?: () => string;
  readonly now?: () => number;
  /** How often the nodes have been started again: every time the primary shards get a new term. */
  readonly restarts?: () => number;
}

/** An empty store. */
export function createIndices({ nodeId, now = Date.now, restarts = () => 0 }: IndicesOptions = {}): Indices {
  const node = nodeId ?? constantOf(newUuid());
  const indices = new Map<string, MutableIndex>();
  const create = (name: string, options: IndexOptions = {}): MutableIndex => {
    const index = {
      ...options,
      name,
      uuid: newUuid(),
      createdAt: now(),
      fields: createFields(options.mappings),
      docs: new Map(),
      graves: new Map(),
      nextSeqNo: 0,
      restartsBefore: restarts(),
    };
    indices.set(name, index);
    return index;
  };
  const take = (index: MutableIndex): number => {
    index.nextSeqNo += 1;
    return index.nextSeqNo - 1;
  };
  const termOf = ({ restartsBefore }: MutableIndex) => 1 + restarts() - restartsBefore;
  const erase = (name: string, id: string): Deletion => {
    const index = indices.get(name) ?? create(name);
    const found = index.docs.get(id);
    const version = (found?.version ?? index.graves.get(id) ?? 0) + 1;
    index.docs.delete(id);
    index.graves.set(id, version);
    return { found: found !== undefined, version, seqNo: take(index), primaryTerm: termOf(index) };
  };
  return {
    exists: (name) => indices.has(name),
    create(name, options) {
      create(name, options);
    },
    remove: (name) => indices.delete(name),
    names: () => [...indices.keys()],
    index: (name) => indices.get(name),
    put(name, id, source) {
      const index = indices.get(name) ?? create(name);
      const version = (index.docs.get(id)?.version ?? index.graves.get(id) ?? 0) + 1;
      const doc = { id, version, seqNo: take(index), primaryTerm: termOf(index), source };
      // A rewritten document moves to the end of the segment, and so of what is found unsorted.
      index.docs.delete(id);
      index.graves.delete(id);
      index.docs.set(id, doc);
      index.fields.learn(source);
      return doc;
    },
    get: (name, id) => indices.get(name)?.docs.get(id),
    delete: (name, id) => indices.get(name)?.docs.has(id) === true && erase(name, id).found,
    erase,
    all: (name) => [...(indices.get(name)?.docs.values() ?? [])],
    search: (names, body, options) =>
      searchDocuments(
        resolveNames(names, [...indices.keys()]).flatMap((name) => indices.get(name) ?? []),
        { body, now: now(), nodeId: node() },
        options,
      ),
  };
}
