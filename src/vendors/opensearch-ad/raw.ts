import { rawCleaner } from '../../domain/index.js';

/** Who made a detector, with backend roles, roles and attributes; what the vendor's own pages keep for themselves. */
const leftOut: ReadonlySet<string> = new Set(['user', 'ui_metadata']);

/** What the vendor sent, without what may be a secret and without users' data. */
export const withoutSecrets = rawCleaner((name) => (leftOut.has(name) ? [] : undefined));
