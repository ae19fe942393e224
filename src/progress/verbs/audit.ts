import type { VigilError } from '../../errors.js';
import type { VerbOptions } from '../hub.js';

/** One line of the audit log: who asked for what, and what was said at once. */
export interface AuditEntry {
  readonly action: string;
  /** Global ids as given: all that were accepted, and the first of those refused (a request may name hundreds that do not exist). */
  readonly targets: readonly string[];
  readonly actor: string | null;
  readonly requestId: string;
  readonly idempotencyKey: string | null;
  readonly accepted: number;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** The request's own switches: force and the like. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a verb came to for one target. */
interface Tried {
  readonly target: string;
  readonly errors: readonly VigilError[];
}

const refusedShown = 20;

export const auditEntry = (
  { action, ...switches }: { readonly action: string },
  tried: readonly Tried[],
  options: VerbOptions,
): AuditEntry => {
  const accepted = tried.filter(({ errors }) => errors.length === 0);
  const refused = tried.filter(({ errors }) => errors.length > 0);
  const codes: Record<string, number> = {};
  for (const { code } of refused.flatMap(({ errors }) => errors)) codes[code] = (codes[code] ?? 0) + 1;
  return {
    action,
    targets: [...accepted, ...refused.slice(0, refusedShown)].map(({ target }) => target),
    actor: options.actor ?? null,
    requestId: options.requestId,
    idempotencyKey: options.idempotencyKey ?? null,
    accepted: accepted.length,
    refused: codes,
    options: switches,
  };
};
