/** One line of the audit log: who asked for what, and what was said at once. */
export interface AuditEntry {
  readonly action: string;
  /** Global ids as given. */
  readonly targets: readonly string[];
  readonly actor: string | null;
  readonly requestId: string;
  readonly idempotencyKey: string | null;
  readonly accepted: number;
  /** Codes of the refusals. */
  readonly refused: readonly string[];
  /** The request's own switches: force and the like. */
  readonly options: Readonly<Record<string, unknown>>;
}
