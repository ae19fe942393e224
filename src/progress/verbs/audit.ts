import type { VigilError } from '../../errors.js';
import type { VerbOptions } from '../hub.js';

/** One line of the audit log: who asked for what, and what was said at once. Targets come in this order: accepted, lost, refused. */
export interface AuditEntry {
  readonly action: string;
  /** Global ids as given: all that were accepted or may have been, and the first of those refused (a request may name hundreds that do not exist). */
  readonly targets: readonly string[];
  readonly actor: string | null;
  readonly requestId: string;
  readonly idempotencyKey: string | null;
  readonly accepted: number;
  /** Those of `targets` whose answer was lost: the verb may have taken effect all the same. */
  readonly outcomeUnknown: readonly string[];
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
  const isLost = ({ errors }: Tried): boolean => errors.some(({ facts }) => facts.outcomeUnknown === true);
  const lost = refused.filter(isLost);
  const shown = [...lost, ...refused.filter((each) => !isLost(each)).slice(0, refusedShown)];
  return {
    action,
    targets: [...accepted, ...shown].map(({ target }) => target),
    actor: options.actor ?? null,
    requestId: options.requestId,
    idempotencyKey: options.idempotencyKey ?? null,
    accepted: accepted.length,
    outcomeUnknown: lost.map(({ target }) => target),
    refused: codes,
    options: switches,
  };
};
