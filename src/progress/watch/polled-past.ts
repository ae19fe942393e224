import {
  type CallOptions,
  type FieldSet,
  type GlobalId,
  type Instant,
  isFinal,
  nativeOf,
  type Task,
  type TaskQuery,
  taskStates,
  type VendorAdapter,
} from '../../domain/index.js';
import { type Interest, includes } from './interest.js';

/** Tasks that only some watches want, and that are asked for only while they do: those of single entities, those of a detector's past, those named. */
export interface PolledPast {
  /** Returns the entities' tasks. */
  read(interests: readonly Interest[], fields: FieldSet, call: CallOptions): Promise<EntityTasks>;
  /** What was read of it for a watch. */
  tasksFor(interest: Interest): readonly Task[];
  covers(interest: Interest): boolean;
  reset(): void;
}

export interface EntityTasks {
  readonly items: readonly Task[];
  /** Of those of all runs, which are read while they have not ended, and of those named: somebody has to ask how they end. */
  readonly unfollowed: readonly Task[];
}

/** What they are read with. */
export interface PolledPastOptions {
  readonly backendKey: string;
  readonly adapter: Pick<VendorAdapter, 'listTasks' | 'readTasks' | 'qualifiesIds'>;
  readonly stamp: (tasks: readonly Task[], readAt: Instant) => readonly Task[];
  readonly now: () => Instant;
}

const unfinished = taskStates.filter((state) => !isFinal(state));

export const createPolledPast = ({ backendKey, adapter, stamp, now }: PolledPastOptions): PolledPast => {
  const listTasks = adapter.listTasks?.bind(adapter);
  const none: readonly Task[] = [];
  const nothing: EntityTasks = { items: none, unfollowed: none };
  /** Of the last tick. */
  let entities:
    | { readonly fields: FieldSet; readonly parents: ReadonlySet<string>; readonly all: boolean; readonly items: readonly Task[] }
    | undefined;
  let past = new WeakMap<Interest, readonly Task[]>();
  let named = new WeakMap<Interest, readonly Task[]>();

  const nativesOf = (ids: readonly GlobalId[] = []): readonly string[] =>
    ids.flatMap((id) => (id.backend === backendKey ? nativeOf(id, adapter) : []));

  const readEntities = async (interests: readonly Interest[], fields: FieldSet, call: CallOptions): Promise<EntityTasks> => {
    const wanted = interests.flatMap((interest) => interest.entities ?? []);
    entities = undefined;
    if (!listTasks || wanted.length === 0) return nothing;
    const parents = [...new Set(wanted.flatMap((each) => nativesOf(each.parents)))];
    const all = wanted.some((each) => each.parents === undefined);
    const readAt = now();
    const ask = async (wants: boolean, query: TaskQuery): Promise<readonly Task[]> =>
      wants ? stamp((await listTasks(query, fields, call)).items, readAt) : none;
    const [ofParents, ofAll] = await Promise.all([
      ask(parents.length > 0, { parents, includeEntities: true }),
      // As many as there ever were, nobody wants: of those that have ended, the parents have to be named.
      ask(all, { states: unfinished, includeEntities: true }),
    ]);
    const items = [...ofParents, ...ofAll];
    entities = { fields, parents: new Set(parents), all, items };
    return { items, unfollowed: ofAll };
  };

  const readPast = async (interests: readonly Interest[], fields: FieldSet, call: CallOptions): Promise<void> => {
    const waiting = interests.filter((interest) => interest.pastOf !== undefined && !past.has(interest));
    const detectors = [...new Set(waiting.flatMap((interest) => nativesOf(interest.pastOf)))];
    if (!listTasks || detectors.length === 0) return;
    const readAt = now();
    const items = stamp((await listTasks({ detectors, includeEntities: false }, fields, call)).items, readAt);
    for (const interest of waiting) past.set(interest, items);
  };

  const readNamed = async (interests: readonly Interest[], fields: FieldSet, call: CallOptions): Promise<readonly Task[]> => {
    const waiting = interests.filter((interest) => interest.named !== undefined && !named.has(interest));
    const natives = [...new Set(waiting.flatMap((interest) => nativesOf(interest.named)))];
    if (natives.length === 0) return none;
    const readAt = now();
    const readings = [...(await adapter.readTasks(natives, fields, call)).readings.values()];
    const found = stamp(
      readings.flatMap((reading) => (reading.status === 'found' ? [reading.value] : [])),
      readAt,
    );
    // What may not be told will not be told at the next tick either.
    const isWhole = readings.every((reading) => reading.status !== 'undetermined' || reading.cause.code === 'FORBIDDEN');
    if (isWhole) for (const interest of waiting) named.set(interest, found);
    return found.filter(({ state }) => !isFinal(state));
  };

  return {
    read: async (interests, fields, call) => {
      const [{ items, unfollowed }, unfinishedOnes] = await Promise.all([
        readEntities(interests, fields, call),
        readNamed(interests, fields, call),
        readPast(interests, fields, call),
      ]);
      return { items, unfollowed: [...unfollowed, ...unfinishedOnes] };
    },
    tasksFor: (interest) => [
      ...(interest.entities ? (entities?.items ?? none) : none),
      ...(past.get(interest) ?? none),
      ...(named.get(interest) ?? none),
    ],
    covers: (interest) => {
      if (nativesOf(interest.named).length > 0 && !named.has(interest)) return false;
      if (!listTasks) return true;
      const parents = interest.entities?.parents;
      const hasEntities =
        interest.entities === undefined ||
        (entities !== undefined &&
          includes(entities.fields, interest.fields) &&
          (parents === undefined ? entities.all : nativesOf(parents).every((native) => entities?.parents.has(native))));
      return hasEntities && (nativesOf(interest.pastOf).length === 0 || past.has(interest));
    },
    reset: () => {
      entities = undefined;
      past = new WeakMap();
      named = new WeakMap();
    },
  };
};
