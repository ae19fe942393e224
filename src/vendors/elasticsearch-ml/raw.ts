import { isRecord, rawCleaner } from '../../domain/index.js';

/** What the vendor sent, without what may be a secret. */
export const withoutSecrets = rawCleaner((name, value, clean) => {
  if (!isRecord(value)) return undefined;
  // A task's: which headers the client sent along. Elasticsearch keeps few (`X-Opaque-Id`, `trace.id`); plugins may keep more.
  if (name === 'headers')
    return [[name, Object.fromEntries(Object.entries(value).filter(([header]) => header.toLowerCase() === 'x-opaque-id'))]];
  // A datafeed's: the roles it runs with, or the name of its service account. Only with an API key is there something of a key in it.
  return name === 'authorization' ? [[name, clean(value)]] : undefined;
});
