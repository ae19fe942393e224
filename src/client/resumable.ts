import type { Client, FormattedExecutionResult, Sink, SubscribePayload } from 'graphql-ws';

/** What a front end does besides. */
export interface ResumableOptions {
  /**
   * Called after a message with `reset` was delivered: of a list that a query fills (`snapshot: false`), return the promise of its page, asked for again past
   * the cache. What the stream says until that is settled, in whichever way, is held back and then delivered in order: a message that was sent after the answer
   * and overtook it would be lost under it. Absent, or nothing returned: nothing is held back.
   */
  readonly onReset?: (payload: SubscribePayload) => Promise<unknown> | undefined;
}

const cursorIn = (extensions: unknown): string | undefined => {
  const vigil = (extensions as { readonly vigil?: { readonly cursor?: unknown } } | null | undefined)?.vigil;
  return typeof vigil?.cursor === 'string' ? vigil.cursor : undefined;
};

const isReset = (data: unknown): boolean =>
  typeof data === 'object' &&
  data !== null &&
  Object.values(data).some((step) => typeof step === 'object' && step !== null && 'reset' in step && step.reset === true);

/** Delivers in order, and nothing while it is told to wait, or after it was closed. */
const createGate = () => {
  const waiting: (() => void)[] = [];
  let awaited: Promise<unknown> | undefined;
  const deliver = (): void => {
    while (!awaited && waiting.length > 0) waiting.shift()?.();
  };
  return {
    pass: (message: () => void): void => {
      waiting.push(message);
      deliver();
    },
    holdUntil: (settled: Promise<unknown>): void => {
      awaited = settled;
      const open = (): void => {
        awaited = undefined;
        deliver();
      };
      settled.then(open, open);
    },
    close: (): void => {
      waiting.length = 0;
    },
  };
};

/**
 * Makes the subscriptions of a graphql-ws client resume where a lost connection cut them: `new GraphQLWsLink(resumable(createClient(…)))`.
 * Works because graphql-ws sends the very same payload object again after every reconnect: the last cursor seen is written into it.
 * Only `subscribe` (what Apollo, urql and Relay use) resumes.
 */
export const resumable = <C extends Pick<Client, 'subscribe'>>(client: C, { onReset }: ResumableOptions = {}): C => ({
  ...client,
  subscribe: <Data, Extensions>(payload: SubscribePayload, sink: Sink<FormattedExecutionResult<Data, Extensions>>) => {
    const extensions: Record<string, unknown> = { ...payload.extensions };
    const gate = createGate();
    const deliver = (result: FormattedExecutionResult<Data, Extensions>): void => {
      sink.next(result);
      const page = isReset(result.data) ? onReset?.(payload) : undefined;
      if (page) gate.holdUntil(page);
    };
    const next = (result: FormattedExecutionResult<Data, Extensions>) => {
      const cursor = cursorIn(result.extensions);
      if (cursor !== undefined) extensions.vigil = { ...(extensions.vigil as object | undefined), after: cursor };
      gate.pass(() => deliver(result));
    };
    const unsubscribe = client.subscribe<Data, Extensions>(
      { ...payload, extensions },
      { next, error: (error) => gate.pass(() => sink.error(error)), complete: () => gate.pass(() => sink.complete()) },
    );
    return () => {
      gate.close();
      unsubscribe();
    };
  },
});
