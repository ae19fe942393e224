import type { GraphQLFormattedError } from 'graphql';
import type { Admission } from './admission.js';

/** One GraphQL request on its way through Apollo: what our hooks note, and what is done about it afterwards. */
export interface HttpOperation {
  readonly requestId: string;
  readonly actor: string | null;
  readonly controller: AbortController;
  /** What the executor said before anything ran; unset until Apollo has found the document. */
  admission?: Admission;
  /** Its answer has been through our hooks. */
  answered: boolean;
  /** The answer has no data at all: the request was at fault, not a field. */
  requestError: boolean;
  failed: boolean;
}

export const createHttpOperation = (requestId: string, actor: string | null): HttpOperation => ({
  requestId,
  actor,
  controller: new AbortController(),
  answered: false,
  requestError: false,
  failed: false,
});

/** Why the operation may not run on this door; undefined when it may. */
export const refusalOf = (operation: HttpOperation): readonly GraphQLFormattedError[] | undefined => {
  const { admission } = operation;
  if (admission === undefined) return undefined;
  if (!admission.ok) return admission.errors;
  if (admission.kind !== 'subscription') return undefined;
  return [
    {
      message: 'Subscriptions run over WebSocket at this path, with the graphql-transport-ws protocol.',
      extensions: { code: 'INVALID_INPUT', retryable: false },
    },
  ];
};
