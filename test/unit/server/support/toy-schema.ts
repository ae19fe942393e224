import { GraphQLError, GraphQLID, GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { VigilError } from '../../../../src/errors.js';

/** What a toy resolver sees of the door. */
export interface ToyContext {
  readonly requestId: string;
  readonly actor: string | null;
  readonly signal: AbortSignal;
  readonly after: string | undefined;
}

/** Something a test lets go on when it likes. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export const createGate = (): Gate => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
};

/** What tests read and steer. */
export interface ToyState {
  /** `slow` and `act` wait for it. */
  gate: Gate;
  /** Names of what began, in order. */
  readonly began: string[];
  /** Names of what saw its signal abort. */
  readonly aborted: string[];
  /** Steps taken out of `flood`. */
  pulled: number;
  /** Subscription sources that are open. */
  open: number;
}

const nonNull = GraphQLNonNull;
const Step = new GraphQLObjectType({
  name: 'Step',
  fields: {
    cursor: { type: new nonNull(GraphQLString) },
    n: { type: new nonNull(GraphQLInt) },
    text: { type: GraphQLString },
    by: { type: GraphQLString },
  },
});

/** Waits for the gate; settles early, with an error, when the door aborts. */
const waitAt = async (state: ToyState, name: string, signal: AbortSignal): Promise<string> => {
  state.began.push(name);
  const aborted = new Promise<'aborted'>((resolve) => signal.addEventListener('abort', () => resolve('aborted'), { once: true }));
  if ((await Promise.race([state.gate.opened, aborted])) !== 'aborted') return `${name} is done`;
  state.aborted.push(name);
  throw new VigilError('TIMEOUT', `${name} was broken off`);
};

const counted = async function* (state: ToyState, steps: AsyncIterable<object> | Iterable<object>) {
  state.open += 1;
  try {
    yield* steps;
  } finally {
    state.open -= 1;
  }
};

export const createToySchema = (state: ToyState): GraphQLSchema =>
  new GraphQLSchema({
    query: new GraphQLObjectType<unknown, ToyContext>({
      name: 'Query',
      fields: {
        hello: {
          type: new nonNull(GraphQLString),
          args: { name: { type: GraphQLString } },
          resolve: (_, { name }) => `hello ${name ?? 'world'}`,
        },
        actor: { type: GraphQLString, resolve: (_, __, context) => context.actor },
        requestId: { type: GraphQLString, resolve: (_, __, context) => context.requestId },
        one: { type: GraphQLString, args: { id: { type: new nonNull(GraphQLID) } }, resolve: (_, { id }) => id },
        big: { type: GraphQLString, args: { bytes: { type: new nonNull(GraphQLInt) } }, resolve: (_, { bytes }) => 'x'.repeat(bytes) },
        slow: { type: GraphQLString, resolve: (_, __, { signal }) => waitAt(state, 'slow', signal) },
        refused: {
          type: GraphQLString,
          resolve: () => {
            throw new VigilError('NOT_FOUND', 'No such thing.', { backend: 'es' });
          },
        },
        crash: {
          type: GraphQLString,
          resolve: () => {
            throw new TypeError('password=hunter2');
          },
        },
      },
    }),
    mutation: new GraphQLObjectType<unknown, ToyContext>({
      name: 'Mutation',
      fields: { act: { type: GraphQLString, resolve: (_, __, { signal }) => waitAt(state, 'act', signal) } },
    }),
    subscription: new GraphQLObjectType<unknown, ToyContext>({
      name: 'Subscription',
      fields: {
        count: {
          type: Step,
          args: { to: { type: new nonNull(GraphQLInt) } },
          subscribe: (_, { to }, { after, actor }) =>
            counted(
              state,
              Array.from({ length: to }, (_unused, index) => ({
                count: { cursor: `c${index + 1}`, n: index + 1, text: after, by: actor },
              })),
            ),
        },
        flood: {
          type: Step,
          args: { bytes: { type: new nonNull(GraphQLInt) } },
          subscribe: (_, { bytes }) =>
            counted(
              state,
              (async function* () {
                for (;;) {
                  state.pulled += 1;
                  yield { flood: { cursor: `f${state.pulled}`, n: state.pulled, text: 'x'.repeat(bytes) } };
                  await new Promise((resolve) => setImmediate(resolve));
                }
              })(),
            ),
        },
        never: {
          type: Step,
          subscribe: (_, __, { signal }) => {
            let settle = (): void => undefined;
            const end = new Promise<IteratorResult<object>>((resolve) => {
              settle = () => resolve({ done: true, value: undefined });
            });
            state.open += 1;
            signal.addEventListener('abort', () => state.aborted.push('never'), { once: true });
            return {
              [Symbol.asyncIterator]() {
                return this;
              },
              next: () => end,
              return: async () => {
                state.open -= 1;
                settle();
                return { done: true, value: undefined };
              },
            };
          },
        },
        breaks: {
          type: Step,
          subscribe: () =>
            counted(
              state,
              (async function* () {
                yield { breaks: { cursor: 'b1', n: 1 } };
                throw new TypeError('password=hunter2');
              })(),
            ),
        },
        refused: {
          type: Step,
          subscribe: () => {
            throw new GraphQLError('no', { originalError: new VigilError('NOT_FOUND', 'No such task.') });
          },
        },
      },
    }),
  });
