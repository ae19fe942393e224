/** How events become results. */
export interface EventStreamOptions<Event, Result> {
  /** Makes the result of one event. Rejecting ends the stream as a failing source does. */
  readonly toResult: (event: Event) => Promise<Result>;
  /** Makes the last result of a source that failed. */
  readonly toFailure: (error: unknown) => Result;
  /** Told when the source fails to clean up. */
  readonly onCleanupFault: (error: unknown) => void;
}

/**
 * Maps a source of events to results, in order. Unlike graphql-js' own mapping its `return()` does not queue behind a `next()` that waits for an
 * event which may never come: it ends the source and every waiting `next()` at once. A source that throws gives one last result and then the end.
 */
export const createEventStream = <Event, Result>(
  source: AsyncIterable<Event>,
  options: EventStreamOptions<Event, Result>,
): AsyncIterableIterator<Result> => {
  const done: IteratorResult<Result> = { done: true, value: undefined };
  const iterator = source[Symbol.asyncIterator]();
  const waiting = new Set<(result: IteratorResult<Result>) => void>();
  let ended = false;
  let last: Promise<unknown> = Promise.resolve();

  /** Not awaited: an async generator only gets to its end once what it awaits has settled. */
  const closeSource = (): void => {
    (async () => iterator.return?.())().catch(options.onCleanupFault);
  };

  const step = async (): Promise<IteratorResult<Result>> => {
    if (ended) return done;
    try {
      const event = await iterator.next();
      if (ended) return done;
      if (!event.done) return { done: false, value: await options.toResult(event.value) };
      ended = true;
      return done;
    } catch (error) {
      if (ended) return done;
      ended = true;
      // An iterator that is not a generator may still hold what it watches.
      closeSource();
      return { done: false, value: options.toFailure(error) };
    }
  };

  const end = (): void => {
    if (ended) return;
    ended = true;
    for (const resolve of waiting) resolve(done);
    waiting.clear();
    closeSource();
  };

  return {
    next: () =>
      new Promise((resolve) => {
        if (ended) return resolve(done);
        waiting.add(resolve);
        last = last.then(step).then((result) => {
          waiting.delete(resolve);
          resolve(result);
        });
      }),
    return: async () => {
      end();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};
