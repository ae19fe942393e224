import type { VigilError } from '../../errors.js';
import type { Interest } from '../watch/interest.js';
import type { PolledPart } from '../watch/polled-list.js';
import type { Poller } from '../watch/poller.js';
import { toldWishes } from './asking.js';
import type { Channel } from './instances.js';
import { nameOf, readInterest } from './told-interests.js';
import { type ToldList, type ToldRead, tellFailure } from './told-reads.js';

/** What this instance does for the others while it leads a backend; what they want it knows before. */
export interface Answering {
  /** It leads from now on. */
  lead(): void;
  /** It leads no more. */
  follow(): void;
  /** Its loop has looked, or rests. */
  looked(error: VigilError | undefined): void;
  /** Somebody has come who has not heard how it looks. */
  repeat(): void;
  /** That instance wants nothing any more. */
  drop(instance: string): void;
  dispose(): void;
}

/** How one is made. */
export interface AnsweringOptions {
  readonly backendKey: string;
  readonly channel: Channel;
  /** Of this instance. */
  readonly poller: Poller;
  /** Resolves when what was read so far is in the log: nobody may hear that it was read before it can be seen. */
  readonly settled: () => Promise<void>;
}

interface Wish {
  readonly interest: Interest;
  leave?: () => void;
}

/** Tasks named in one answer. */
const mostTasks = 5_000;

const listOf = (part: PolledPart<unknown> | undefined): ToldList | undefined =>
  part && {
    fields: [...part.fields].sort(),
    missing: part.missing.map(({ part: of, error }) => ({ part: of, error: tellFailure(error) })),
  };

export const createAnswering = ({ backendKey, channel, poller, settled }: AnsweringOptions): Answering => {
  const { parts } = poller;
  /** By instance, by name: one that is said again is the same, so that what it asks for once is asked once. */
  const wishes = new Map<string, ReadonlyMap<string, Wish>>();
  let served: Record<string, number> = {};
  let isLeading = false;
  let turns = 0;
  let error: VigilError | undefined;
  let said = '';
  let isTelling = false;

  const all = (): readonly Wish[] => [...wishes.values()].flatMap((ofOne) => [...ofOne.values()]);
  const enter = (wish: Wish): void => {
    wish.leave ??= poller.watch(wish.interest);
  };
  const leave = (wish: Wish): void => {
    wish.leave?.();
    delete wish.leave;
  };

  const tasksOf = (instances: readonly string[]): readonly string[] => {
    const ids = new Set<string>();
    for (const instance of instances)
      for (const { interest } of wishes.get(instance)?.values() ?? [])
        for (const { id } of parts.tasksFor(interest)) if (ids.size < mostTasks) ids.add(id);
    return [...ids];
  };

  const tell = (): void => {
    isTelling = false;
    if (!isLeading) return;
    const [jobs, tasks, detectors, nodes] = [parts.jobs(), parts.tasks(), parts.detectors(), parts.nodes()].map(listOf);
    const lists: ToldRead['lists'] = {
      ...(jobs && { jobs }),
      ...(tasks && { tasks }),
      ...(detectors && { detectors }),
      ...(nodes && { nodes }),
    };
    const state: ToldRead = { backendKey, lists, ...(error ? { error: tellFailure(error) } : {}) };
    const text = JSON.stringify(state);
    const asked = Object.keys(served);
    if (text === said && asked.length === 0) return;
    said = text;
    channel.announce('read', asked.length === 0 ? state : { ...state, served, tasks: tasksOf(asked) });
    served = {};
  };
  /** What one turn brings is told at once. */
  const soon = (): void => {
    if (!isTelling) void settled().then(tell);
    isTelling = true;
  };

  const answer = async (instance: string, ask: number): Promise<void> => {
    const turn = turns;
    await Promise.all([...(wishes.get(instance)?.values() ?? [])].map(({ interest }) => poller.fresh(interest)));
    if (turn !== turns || !isLeading) return;
    served = { ...served, [instance]: Math.max(ask, served[instance] ?? 0) };
    soon();
  };

  const hear = (body: unknown, from: string): void => {
    if ((body as { readonly backendKey?: unknown } | null)?.backendKey !== backendKey) return;
    const heard = toldWishes.safeParse(body);
    if (!heard.success) return;
    const before = wishes.get(from);
    const after = new Map<string, Wish>();
    for (const told of heard.data.interests) {
      const name = nameOf(told);
      const interest = readInterest(told);
      if (interest) after.set(name, before?.get(name) ?? { interest });
    }
    wishes.set(from, after);
    if (isLeading) for (const wish of after.values()) enter(wish);
    for (const [name, wish] of before ?? []) if (!after.has(name)) leave(wish);
    if (!isLeading) return;
    for (const task of heard.data.tracked ?? []) poller.track(task as unknown as Parameters<Poller['track']>[0]);
    if (heard.data.wake) poller.wake();
    if (heard.data.ask !== undefined) void answer(from, heard.data.ask);
  };
  const stopHearing = channel.hear('interests', hear);

  const follow = (): void => {
    isLeading = false;
    turns += 1;
    served = {};
    said = '';
    error = undefined;
    for (const wish of all()) leave(wish);
  };

  return {
    lead: () => {
      isLeading = true;
      turns += 1;
      for (const wish of all()) enter(wish);
    },
    follow,
    looked: (failure) => {
      error = failure;
      soon();
    },
    repeat: () => {
      said = '';
      soon();
    },
    drop: (instance) => {
      const left = wishes.get(instance);
      wishes.delete(instance);
      for (const wish of left?.values() ?? []) leave(wish);
    },
    dispose: () => {
      stopHearing();
      follow();
      wishes.clear();
    },
  };
};
