import type { Backend, Revised } from '../../domain/index.js';
import type { CountedStep, ListStep } from '../hub.js';

/** What a list is told of one object, by two steps or more. A client applies `left` and `forgotten` before `added`: all may be true of one object. */
interface Told<T> {
  readonly left?: Revised<T>;
  readonly forgotten?: true;
  readonly added?: Revised<T>;
  readonly changed?: Revised<T>;
}

const byId = <T extends { readonly id: string }>(step: ListStep<T>): Map<string, Told<T>> => {
  const told = new Map<string, Told<T>>();
  const tell = (id: string, more: Told<T>): void => void told.set(id, { ...told.get(id), ...more });
  for (const value of step.left) tell(value.id, { left: value });
  for (const id of step.forgotten) tell(id, { forgotten: true });
  for (const value of step.added) tell(value.id, { added: value });
  for (const value of step.changed) tell(value.id, { changed: value });
  return told;
};

const joinTold = <T>(earlier: Told<T>, later: Told<T>): Told<T> => {
  if (later.left || later.forgotten) {
    // The last state takes it out of the list, and says more than that it is gone. Who never heard of it need not be told to forget it.
    const left = later.left ?? earlier.left;
    const forgotten = !left && (earlier.added === undefined || earlier.forgotten === true);
    return { ...(left && { left }), ...(forgotten && { forgotten }), ...(later.added && { added: later.added }) };
  }
  if (later.changed && earlier.added) return { ...earlier, added: later.changed };
  return { ...earlier, ...later };
};

const unionOf = (earlier: readonly Backend[], later: readonly Backend[]): readonly Backend[] => [
  ...new Map([...earlier, ...later].map((backend) => [backend.key, backend])).values(),
];

/** One step that brings a list where two in a row bring it. Objects are told in their latest state, and no end is lost. */
export const joinListSteps = <T extends { readonly id: string }, S>(
  earlier: CountedStep<T, S>,
  later: CountedStep<T, S>,
): CountedStep<T, S> => {
  const told = byId(earlier);
  // A reset empties the list: of what came before it only how something ended is news.
  if (later.reset) for (const [id, { left }] of told) told.set(id, left ? { left } : {});
  for (const [id, each] of byId(later)) told.set(id, joinTold(told.get(id) ?? {}, each));
  const all = [...told];
  return {
    ...later,
    reset: earlier.reset || later.reset,
    left: all.flatMap(([, { left }]) => left ?? []),
    forgotten: all.flatMap(([id, { forgotten }]) => (forgotten ? [id] : [])),
    added: all.flatMap(([, { added }]) => added ?? []),
    changed: all.flatMap(([, { changed }]) => changed ?? []),
    backends: unionOf(earlier.backends, later.backends),
  };
};

/** Objects a step tells of, and the step itself. */
export const weighListStep = ({ added, changed, left, forgotten }: ListStep<unknown>): number =>
  1 + added.length + changed.length + left.length + forgotten.length;
