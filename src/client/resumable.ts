import type { Client, FormattedExecutionResult, Sink, SubscribePayload } from 'graphql-ws';

const cursorIn = (extensions: unknown): string | undefined => {
  const vigil = (extensions as { readonly vigil?: { readonly cursor?: unknown } } | null | undefined)?.vigil;
  return typeof vigil?.cursor === 'string' ? vigil.cursor : undefined;
};

/**
 * Makes the subscriptions of a graphql-ws client resume where a lost connection cut them: `new GraphQLWsLink(resumable(createClient(…)))`.
 * Works because graphql-ws sends the very same payload object again after every reconnect: the last cursor seen is written into it.
 * Only `subscribe` (what Apollo, urql and Relay use) resumes.
 */
export const resumable = <C extends Pick<Client, 'subscribe'>>(client: C): C => ({
  ...client,
  subscribe: <Data, Extensions>(payload: SubscribePayload, sink: Sink<FormattedExecutionResult<Data, Extensions>>) => {
    const extensions: Record<string, unknown> = { ...payload.extensions };
    const next = (result: FormattedExecutionResult<Data, Extensions>) => {
      const cursor = cursorIn(result.extensions);
      if (cursor !== undefined) extensions.vigil = { ...(extensions.vigil as object | undefined), after: cursor };
      sink.next(result);
    };
    return client.subscribe<Data, Extensions>(
      { ...payload, extensions },
      { next, error: (error) => sink.error(error), complete: () => sink.complete() },
    );
  },
});
