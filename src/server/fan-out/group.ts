import type { Entrance } from '../../domain/index.js';
import type { FollowedEvents } from '../../execution/executor.js';
import { createBacklog } from './backlog.js';
import type { FanOutMetrics } from './metrics.js';
import type { Outlet } from './outlet.js';
import { type SharedMessage, shareResult } from './shared-message.js';

/** Identical subscriptions: each event is executed and serialised once. */
export interface Group<F> {
  /**
   * Sends it all there is, and what comes; the first to enter is the one whose subscription was opened for all, the others resume after cursors of their own.
   * False: the group is over.
   */
  enter(follower: F, after: string | undefined): boolean;
  /** Nothing is sent to it any more. */
  leave(follower: F): void;
}

/** What a group is made of. */
export interface GroupOptions<F> {
  readonly events: FollowedEvents;
  readonly metrics: FanOutMetrics;
  readonly outlet: Outlet<F>;
  /** Objects kept for slow followers; above it those who are furthest behind are closed. */
  readonly maxBacklog: number;
  /** Called once: the stream has ended or nobody follows any more. */
  readonly over: () => void;
}

interface Member<F> {
  readonly follower: F;
  /** Number of the last event of the stream it has been told. */
  position: number;
  /** What it is told before; undefined until that is known. */
  entrance: readonly object[] | undefined;
  /** Something of its own is being made for it, or it waits for room. */
  busy: boolean;
}

/** Messages sent before others get a turn: some milliseconds. */
const chunk = 128;
const nothing: readonly object[] = [];
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const createGroup = <F>({ events, metrics, outlet, maxBacklog, over }: GroupOptions<F>): Group<F> => {
  const { stream, resultOf, failureOf } = events;
  const members = new Map<F, Member<F>>();
  /** Those that an event has passed by. */
  const behind = new Set<Member<F>>();
  const backlog = createBacklog(stream);
  const messages = new WeakMap<object, SharedMessage | Promise<SharedMessage>>();
  const entrances = new Map<string | undefined, Promise<Entrance<object>>>();
  /** The stream has ended; its failure, if it failed, is told last. */
  let ended = false;
  let failure: SharedMessage | undefined;
  let isOver = false;
  /** An event is being told to everybody: until it is, nobody knows who stays behind. */
  let telling = false;
  let trimming = false;

  const finish = (): void => {
    if (isOver) return;
    isOver = true;
    over();
  };

  const make = async (event: object): Promise<SharedMessage> => {
    metrics.executed();
    try {
      return shareResult(await resultOf(event));
    } catch (error) {
      return shareResult(failureOf(error));
    }
  };

  /** The message of an event, made for whoever asks first. */
  const messageOf = (event: object): SharedMessage | Promise<SharedMessage> => {
    const known = messages.get(event);
    if (known) return known;
    const making = make(event).then((message) => {
      messages.set(event, message);
      return message;
    });
    messages.set(event, making);
    return making;
  };

  const trim = (): void => {
    const positions = new Set<number>();
    for (const { position } of behind) positions.add(position);
    backlog.keepFor(positions);
    if (backlog.weight <= maxBacklog) return;
    const last = Math.min(...positions);
    for (const { position, follower } of behind) if (position === last) outlet.drop(follower);
  };

  /** What was kept for one that has caught up or gone is dropped, once for all of a turn. */
  const trimSoon = (): void => {
    if (trimming || telling) return;
    trimming = true;
    setImmediate(() => {
      trimming = false;
      if (!telling) trim();
    });
  };

  const leave = (follower: F): void => {
    const member = members.get(follower);
    if (!member) return;
    members.delete(follower);
    if (behind.delete(member)) trimSoon();
    if (members.size > 0 || ended) return;
    finish();
    void stream.return?.();
  };

  const complete = ({ follower }: Member<F>): void => {
    if (failure) {
      outlet.send(follower, failure);
      metrics.sent(1);
    }
    leave(follower);
    outlet.completed(follower);
  };

  const waitForRoom = (member: Member<F>): void => {
    member.busy = true;
    outlet.whenRoom(member.follower, () => {
      member.busy = false;
      advance(member);
    });
  };

  const place = (member: Member<F>): void => {
    if (member.position < backlog.head) behind.add(member);
    else if (behind.delete(member)) trimSoon();
  };

  /** Tells one member what it has not been told, as far as there is room. */
  const advance = (member: Member<F>): void => {
    const { follower } = member;
    while (members.has(follower) && !member.busy && member.entrance !== undefined) {
      if (!outlet.hasRoom(follower)) {
        waitForRoom(member);
        return;
      }
      const [own, ...others] = member.entrance;
      const to = backlog.head;
      const event = own ?? (member.position < to ? backlog.after(member.position) : undefined);
      if (event === undefined) {
        if (ended) complete(member);
        return;
      }
      const told = (message: SharedMessage): void => {
        if (!members.has(follower)) return;
        if (own !== undefined) member.entrance = others.length > 0 ? others : nothing;
        else {
          if (to > member.position + 1) metrics.joined();
          member.position = to;
          place(member);
        }
        outlet.send(follower, message);
        metrics.sent(1);
      };
      const message = messageOf(event);
      if (!(message instanceof Promise)) {
        told(message);
        continue;
      }
      member.busy = true;
      void message.then((made) => {
        member.busy = false;
        told(made);
        advance(member);
      });
    }
  };

  /** Tells everybody the last event; others get their turns between chunks. */
  const broadcast = async (message: SharedMessage, head: number): Promise<void> => {
    let count = 0;
    let sent = 0;
    for (const member of members.values()) {
      if (member.position >= head) continue;
      const { follower } = member;
      if (member.position === head - 1 && member.entrance === nothing && !member.busy && outlet.hasRoom(follower)) {
        outlet.send(follower, message);
        member.position = head;
        behind.delete(member);
        sent += 1;
      } else {
        place(member);
        advance(member);
      }
      count += 1;
      if (count % chunk > 0) continue;
      metrics.sent(sent);
      sent = 0;
      await pause();
    }
    metrics.sent(sent);
  };

  const completeAll = async (): Promise<void> => {
    let count = 0;
    for (const member of members.values()) {
      advance(member);
      count += 1;
      if (count % chunk === 0) await pause();
    }
  };

  const pump = async (): Promise<void> => {
    try {
      for await (const event of { [Symbol.asyncIterator]: () => stream }) {
        backlog.push(event);
        telling = true;
        await broadcast(await messageOf(event), backlog.head);
        telling = false;
        trim();
      }
    } catch (error) {
      failure = shareResult(failureOf(error));
    }
    telling = false;
    ended = true;
    finish();
    await completeAll();
  };

  /** Whoever comes in within one turn, with the same cursor, comes in together. */
  const entranceFor = (after: string | undefined): Promise<Entrance<object>> => {
    const known = entrances.get(after);
    if (known) return known;
    const entrance = stream.enter(after);
    entrances.set(after, entrance);
    const forget = (): void => void entrances.delete(after);
    entrance.then(
      () => setImmediate(forget),
      () => forget(),
    );
    return entrance;
  };

  const begin = (member: Member<F>, entrance: readonly object[], position: number): void => {
    // It has left again: what comes is not kept for it.
    if (members.get(member.follower) !== member) return;
    member.entrance = entrance.length > 0 ? entrance : nothing;
    member.position = position;
    place(member);
    advance(member);
  };

  return {
    enter: (follower, after) => {
      if (isOver) return false;
      const isFirst = members.size === 0;
      const member: Member<F> = { follower, position: backlog.head, entrance: isFirst ? nothing : undefined, busy: false };
      members.set(follower, member);
      if (isFirst) void pump();
      else
        entranceFor(after).then(
          ({ events: own, position }) => begin(member, own, position),
          // The reader is told why, and tells all.
          () => begin(member, nothing, member.position),
        );
      return true;
    },
    leave,
  };
};
