import { rawCleaner } from '../../domain/index.js';
import { openValue } from './open-values.js';

/** Who made a detector, with backend roles, roles and attributes; what the vendor's own pages keep for themselves. */
const leftOut: ReadonlySet<string> = new Set(['user', 'ui_metadata']);

/** What the vendor sent, without what may be a secret and without users' data. */
const clean = rawCleaner((name) => (leftOut.has(name) ? [] : undefined));
export const withoutSecrets = (value: unknown): unknown => clean(openValue(value));
