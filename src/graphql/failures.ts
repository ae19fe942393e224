import type { Backend, FailedPart, PartFailure } from '../domain/index.js';
import { asVigilError, errorCatalogue, type VigilError } from '../errors.js';
import type { BackendFailureType } from './backend.type.js';
import type { GatewayContext } from './context.js';
import type { LeftOut } from './cursor.js';

/** What is missing from one list: one entry for each backend and part. */
export interface Failures {
  /** Takes whatever was thrown; what is no VigilError is reported and shown as INTERNAL. */
  add(backend: Backend, part: FailedPart, error: unknown): void;
  addParts(backend: Backend, parts: readonly PartFailure[]): void;
  /** Whether a page before had to do without the backend: then the later ones do, too. */
  leftOutBefore(backendKey: string): boolean;
  /** For the cursors of this page. */
  leftOut(): readonly LeftOut[];
  /** `unavailable`. */
  view(): readonly BackendFailureType[];
}

interface Entry {
  readonly backend: Backend;
  readonly part: FailedPart;
  readonly error: Pick<VigilError, 'code' | 'message' | 'facts'>;
}

/** `carried`: what the cursor says was missing on the pages before. */
export const createFailures = (context: GatewayContext, carried: readonly LeftOut[]): Failures => {
  const entries = new Map<string, Entry>();
  const put = (entry: Entry): void => {
    entries.set(`${entry.backend.key}:${entry.part}`, entry);
  };
  const before = new Set<string>();
  for (const [key, part, code] of carried) {
    const backend = context.backendOf(key);
    // A backend that has left the configuration since has no failure to show.
    if (!backend) continue;
    if (part === 'ALL') before.add(key);
    put({
      backend,
      part,
      error: { code, message: `Missing since an earlier page of this list. ${errorCatalogue[code].meaning}`, facts: {} },
    });
  }
  return {
    add(backend, part, error) {
      const known = asVigilError(error);
      if (known !== error) context.report(error);
      put({ backend, part, error: known });
    },
    addParts(backend, parts) {
      for (const { part, error } of parts) put({ backend, part, error });
    },
    leftOutBefore: (backendKey) => before.has(backendKey),
    leftOut: () => [...entries.values()].map(({ backend, part, error }): LeftOut => [backend.key, part, error.code]),
    // In the order of the configuration, whoever failed first: equal answers read alike.
    view: () =>
      context.backends.all
        .flatMap(({ key }) => [...entries.values()].filter(({ backend }) => backend.key === key))
        .map(({ backend, part, error }) => ({
          backend: context.shown.backend(backend.key),
          part,
          code: error.code,
          message: error.message,
          retryAfterMs: error.facts.retryAfterMs ?? null,
        })),
  };
};
