import type { Entrance } from '../../domain/index.js';
import type { FollowedEvents } from '../../execution/executor.js';
import { createBacklog } from './backlog.js';
import type { FanOutMetrics } from './metrics.js';
import type { Outlet } from './outlet.js';
import { messageHead, type SharedMessage, shareResult } from './shared-message.js';
import type { SlowSockets } from './slow-sockets.js';

/** One client's subscription in a group. */
export interface Follower {
  readonly id: string;
  readonly outlet: Outlet;
  /** Cursor it resumes after. */
  readonly after: string | undefined;
  /** It was sent errors. */
  failed(): void;
}

/** Identical subscriptions: each event is executed and serialised once. */
export interface Group {
  /**
   * Sends it all there is, and what comes; `ended` is called when everything has been sent. Returns the way out, after which nothing is sent to it; undefined
   * when the group is over.
   */
  enter(follower: Follower, ended: () => void): (() => void) | undefined;
}

/** What a group is made of. */
export interface GroupOptions {
  readonly events: FollowedEvents;
  readonly metrics: FanOutMetrics;
  readonly slow: SlowSockets;
  /** Objects kept for slow followers; above it those who are furthest behind are closed. */
  readonly maxBacklog: number;
  /** Called once: the stream has ended or nobody follows any more. */
  readonly over: () => void;
}

interface Member {
  readonly follower: Follower;
  readonly ended: () => void;
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

export const createGroup = ({ events, metrics, slow, maxBacklog, over }: GroupOptions): Group => {
  const { stream, resultOf, failureOf } = events;
  const members = new Set<Member>();
  const backlog = createBacklog(stream);
  const messages = new WeakMap<object, SharedMessage | Promise<SharedMessage>>();
  const entrances = new Map<string | undefined, Promise<Entrance<object>>>();
  /** The stream has ended; its failure, if it failed, is told last. */
  let ended = false;
  let failure: SharedMessage | undefined;
  let isOver = false;
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

  const send = ({ follower }: Member, message: SharedMessage): void => {
    follower.outlet.send(messageHead(follower.id), message.rest);
    metrics.sent();
    if (message.failed) follower.failed();
  };

  const trim = (): void => {
    const behind = new Set<number>();
    for (const { position } of members) if (position < backlog.head) behind.add(position);
    backlog.keepFor(behind);
    if (backlog.weight <= maxBacklog) return;
    const last = Math.min(...behind);
    for (const member of members) if (member.position === last) slow.close(member.follower.outlet);
  };

  /** What was kept for one that has caught up or gone is dropped, once for all of a turn. */
  const trimSoon = (): void => {
    if (trimming || backlog.weight === 0) return;
    trimming = true;
    setImmediate(() => {
      trimming = false;
      trim();
    });
  };

  const leave = (member: Member): void => {
    if (!members.delete(member)) return;
    trimSoon();
    if (members.size > 0 || ended) return;
    finish();
    void stream.return?.();
  };

  const complete = (member: Member): void => {
    if (failure) send(member, failure);
    leave(member);
    member.ended();
  };

  /** Tells one member what it has not been told, as far as there is room. */
  const advance = (member: Member): void => {
    const { outlet } = member.follower;
    while (members.has(member) && !member.busy && member.entrance !== undefined) {
      if (!outlet.hasRoom()) {
        member.busy = true;
        slow.add(outlet);
        outlet.whenRoom(() => {
          member.busy = false;
          advance(member);
        });
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
        if (!members.has(member)) return;
        if (own !== undefined) member.entrance = others.length > 0 ? others : nothing;
        else {
          if (to > member.position + 1) metrics.joined();
          member.position = to;
          if (to === backlog.head) trimSoon();
        }
        send(member, message);
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

  /** Others get their turns between chunks. */
  const advanceAll = async (): Promise<void> => {
    let count = 0;
    for (const member of members) {
      if (member.position >= backlog.head && !ended) continue;
      advance(member);
      count += 1;
      if (count % chunk === 0) await pause();
    }
  };

  /** Tells everybody the last event. */
  const broadcast = async (event: object): Promise<void> => {
    await messageOf(event);
    await advanceAll();
    trim();
  };

  const pump = async (): Promise<void> => {
    try {
      for await (const event of { [Symbol.asyncIterator]: () => stream }) {
        backlog.push(event);
        await broadcast(event);
      }
    } catch (error) {
      failure = shareResult(failureOf(error));
    }
    ended = true;
    finish();
    await advanceAll();
  };

  /** Whoever comes in within one turn comes in together. */
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

  const begin = (member: Member, entrance: readonly object[], position: number): void => {
    member.entrance = entrance;
    member.position = position;
    advance(member);
  };

  return {
    enter: (follower, end) => {
      if (isOver) return undefined;
      const isFirst = members.size === 0;
      const member: Member = { follower, ended: end, position: backlog.head, entrance: isFirst ? nothing : undefined, busy: false };
      members.add(member);
      if (isFirst) void pump();
      else
        entranceFor(follower.after).then(
          ({ events: own, position }) => begin(member, own, position),
          // The reader is told why, and tells all.
          () => begin(member, nothing, member.position),
        );
      return () => leave(member);
    },
  };
};
