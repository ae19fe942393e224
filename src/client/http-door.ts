import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { AnsweredError } from './errors.js';
import { errorOfAnswer, VigilClientError } from './errors.js';
import { requestOf } from './request.js';

/** The part of `fetch` the client uses. */
export type FetchLike = (
  url: string,
  init: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal?: AbortSignal;
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly AnsweredError[];
}

const isAnswer = (value: unknown): value is Answer => typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);

const parseAnswer = (text: string, status: number): Answer => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (isAnswer(value)) return value;
  if (status === 401 || status === 403)
    throw new VigilClientError('FORBIDDEN', 'The gateway does not let this client in: check the token.');
  throw new VigilClientError(
    'NOT_A_GATEWAY',
    `What answers there is no Vigil gateway, or something stands in between: HTTP ${status} without a GraphQL answer.`,
  );
};

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
};

/** Queries and mutations over HTTP. A call that is aborted rejects with the signal's own reason. */
export const createHttpDoor = (url: string, headers: Readonly<Record<string, string>>, fetchImpl: FetchLike) => {
  const exchange = async (body: string, signal: AbortSignal | undefined): Promise<Answer> => {
    try {
      const response = await fetchImpl(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json', ...headers },
        body,
        ...(signal ? { signal } : {}),
      });
      return parseAnswer(await response.text(), response.status);
    } catch (cause) {
      if (cause instanceof VigilClientError) throw cause;
      signal?.throwIfAborted();
      throw new VigilClientError(
        'GATEWAY_UNREACHABLE',
        `No gateway answers at ${url}${reasonOf(cause)}. Is it running, and is the URL right?`,
        { cause },
      );
    }
  };

  return async <Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Data> => {
    const answer = await exchange(JSON.stringify(requestOf(document, variables)), signal);
    if (answer.errors?.length) throw errorOfAnswer(answer.errors, answer.data);
    return answer.data as Data;
  };
};
