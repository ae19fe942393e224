/**
 * The one catalogue of errors. Whatever reaches a client, a log or an exit code has a code from here.
 * `docs/errors.md` holds the same entries; a test keeps the two equal.
 */

/** One entry of the catalogue. */
export interface CatalogueEntry {
  /** What happened, for someone who has never seen the code. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
  /** The status a single-purpose HTTP endpoint answers with; GraphQL answers 200 with the code in `extensions`. */
  readonly httpStatus: number;
  /** Whether the same request may succeed later without anything being changed. */
  readonly retryable: boolean;
}

export const errorCatalogue = {
  NOT_FOUND: {
    meaning: 'No such job, task, detector, node or backend, or it exists no longer.',
    remedy: 'Check the id. List the objects to see what exists; an id without its `~incarnation` means the latest.',
    httpStatus: 404,
    retryable: false,
  },
  WRONG_STATE: {
    meaning: 'The object is in a state in which the vendor does not accept this verb.',
    remedy: 'Read `state` and `allowedActions` of the object in the payload and offer one of those.',
    httpStatus: 409,
    retryable: false,
  },
  CONFLICT: {
    meaning: 'Something else is under way on the object.',
    remedy: 'Wait for the task named in the error, or cancel it.',
    httpStatus: 409,
    retryable: true,
  },
  UNSUPPORTED: {
    meaning: 'This vendor, or this version of it, has no such verb.',
    remedy: 'Offer only what `Backend.capabilities` lists.',
    httpStatus: 501,
    retryable: false,
  },
  REFUSED: {
    meaning: 'The backend understood and said no, or the backend is configured as read-only.',
    remedy: "Read the vendor's own words in `vendorMessage`.",
    httpStatus: 409,
    retryable: false,
  },
  FORBIDDEN: {
    meaning: 'The credentials the gateway uses for a backend are wrong or lack a privilege; or the gateway does not let this client in.',
    remedy:
      'Grant the privileges named in `missing`, or correct `auth` of the backend in the configuration. A client needs a token of `server.auth`, a browser an allowed origin.',
    httpStatus: 403,
    retryable: false,
  },
  INVALID_INPUT: {
    meaning: 'The request or the configuration is not acceptable.',
    remedy: 'Correct what `path` or the message points at.',
    httpStatus: 400,
    retryable: false,
  },
  BACKEND_UNAVAILABLE: {
    meaning: 'The backend did not answer, or not with what its product answers; or the gateway itself is full or stopping.',
    remedy: 'See `Backend.health`; try again after `retryAfterMs`. `outcomeUnknown` says whether a verb may have taken effect.',
    httpStatus: 503,
    retryable: true,
  },
  TIMEOUT: {
    meaning: 'The time allowed ran out before the answer came. What was asked for may still happen.',
    remedy: 'Watch the object or its task before asking again.',
    httpStatus: 504,
    retryable: true,
  },
  INTERNAL: {
    meaning: 'A fault in the gateway.',
    remedy: 'Report the `requestId`; the log has the cause under it.',
    httpStatus: 500,
    retryable: false,
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
export const errorCodes = Object.keys(errorCatalogue) as readonly ErrorCode[];

/** What an error may carry beside its message. Nothing here holds a URL, a header, a body or a secret: those go to the log only. */
export interface ErrorFacts {
  /** Key of the backend concerned. */
  readonly backend?: string;
  /** Vendor of that backend, as in the GraphQL enum. */
  readonly vendor?: string;
  /** Status the backend answered with, if it answered. */
  readonly httpStatus?: number;
  /** Overrides the catalogue's answer to "may the same request succeed later". */
  readonly retryable?: boolean;
  /** How long to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Where in the input: `['input', 'jobIds']`. */
  readonly path?: readonly string[];
  /** The vendor's own words, fit to be shown. */
  readonly vendorMessage?: string;
  /** Privileges that are missing, when the vendor names them. */
  readonly missing?: readonly string[];
  /** A write was sent and no answer came: it may have taken effect. */
  readonly outcomeUnknown?: boolean;
  /** Verb that was asked for (UNSUPPORTED). */
  readonly action?: string;
  /** Verbs that would be accepted (UNSUPPORTED). */
  readonly supported?: readonly string[];
  /** The object is already as the verb would make it (WRONG_STATE): started what runs, stopped what stands still. */
  readonly already?: boolean;
  /** Global id of the task in the way (CONFLICT). */
  readonly taskId?: string;
  /** What lies beneath; logged, never sent to a client. */
  readonly cause?: unknown;
}

/** The only error the gateway throws on purpose. Its message is fit to be shown to a client. */
export class VigilError extends Error {
  override readonly name = 'VigilError';
  readonly code: ErrorCode;
  readonly facts: Omit<ErrorFacts, 'cause'>;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    const { cause, ...rest } = facts;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = rest;
  }

  get retryable(): boolean {
    return this.facts.retryable ?? errorCatalogue[this.code].retryable;
  }
}

export const isVigilError = (error: unknown): error is VigilError => error instanceof VigilError;

/** What an unknown fault becomes for a client: its text stays in the log. */
export const asVigilError = (error: unknown): VigilError =>
  isVigilError(error)
    ? error
    : new VigilError('INTERNAL', 'The gateway met a fault of its own; its log has the cause under this request id.', { cause: error });
