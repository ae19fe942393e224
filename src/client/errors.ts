import type { ErrorCode } from '../errors.js';

/** What only a client can see: no gateway answered, or what answered is none. */
export type ConnectionCode = 'GATEWAY_UNREACHABLE' | 'NOT_A_GATEWAY';

/** Codes of the catalogue (docs/errors.md), those of the client itself, and room for what a newer gateway adds. */
export type ClientErrorCode = ErrorCode | ConnectionCode | (string & Record<never, never>);

/** One error of an answer, as GraphQL formats it. */
export interface AnsweredError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** What a VigilClientError may carry. */
export interface ClientErrorFacts {
  /** All errors of the answer; the first one gave code and message. */
  readonly errors?: readonly AnsweredError[];
  /** What of the answer could be had all the same. */
  readonly data?: unknown;
  readonly cause?: unknown;
}

/** The only error the client throws. The message is fit to be shown. */
export class VigilClientError extends Error {
  override readonly name = 'VigilClientError';
  readonly code: ClientErrorCode;
  readonly errors: readonly AnsweredError[];
  readonly data: unknown;

  constructor(code: ClientErrorCode, message: string, facts: ClientErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.errors = facts.errors ?? [];
    this.data = facts.data;
  }

  /** The same request may succeed later without anything being changed. */
  get retryable(): boolean {
    return this.#extension('retryable') === true || this.code === 'GATEWAY_UNREACHABLE';
  }

  /** Names this request in the gateway's log. */
  get requestId(): string | undefined {
    const value = this.#extension('requestId');
    return typeof value === 'string' ? value : undefined;
  }

  /** Key of the backend concerned. */
  get backend(): string | undefined {
    const value = this.#extension('backend');
    return typeof value === 'string' ? value : undefined;
  }

  #extension(name: string): unknown {
    return this.errors[0]?.extensions?.[name];
  }
}

/** An answer with errors. */
export const errorOfAnswer = (errors: readonly AnsweredError[], data?: unknown): VigilClientError => {
  const code = errors[0]?.extensions?.code;
  return new VigilClientError(typeof code === 'string' ? code : 'INTERNAL', errors[0]?.message ?? 'The gateway answered with an error.', {
    errors,
    data,
  });
};
