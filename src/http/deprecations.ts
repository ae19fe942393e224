import { LRUCache } from 'lru-cache';

/** Texts remembered as said already; a product that varies its texts endlessly fills no memory. */
const remembered = 256;
/** `Warning: 299 Elasticsearch-8.17.0-<hash> "text"`; several may stand in one header (RFC 7234, 5.5). */
const warning = /\b299 \S+ "((?:[^"\\]|\\.)*)"/g;

/** The deprecation warnings of an answer that were not seen before. */
export const createDeprecations = (): ((headers: readonly string[] | undefined) => readonly string[]) => {
  const seen = new LRUCache<string, true>({ max: remembered });
  return (headers) => {
    const fresh: string[] = [];
    for (const header of headers ?? []) {
      for (const [, quoted = ''] of header.matchAll(warning)) {
        const text = quoted.replace(/\\(.)/g, '$1');
        if (seen.get(text)) continue;
        seen.set(text, true);
        fresh.push(text);
      }
    }
    return fresh;
  };
};
