import { isFinal, type Task, type TaskState, within } from '../../domain/index.js';
import type { LedgerChange } from '../watch/ledger.js';
import { knowsMore, sameFields } from '../watch/merge-readings.js';
import { type Base, emptyBase, parseForeign, readBase } from './base.js';
import { type Log, type LogOptions, newEpoch } from './log.js';
import type { Ears } from './notices.js';
import { createRecentEntries, type Point, type Published } from './recent.js';
import { createViewSaver } from './save-view.js';
import { above, differences, seamEntry, seamOf, unheardOf } from './seam.js';
import { applyAll } from './told.js';
import type { Shown, WritableView } from './view.js';
import { backendKeyOf, idOf, kindOf, writeEntry } from './wire.js';

/** What it takes beside what every log does. */
export interface SharedLogOptions extends LogOptions {
  readonly ears: Ears;
  /** Does it, unless another instance is at it: undefined. */
  readonly alone: (work: () => Promise<number>) => Promise<number | undefined>;
  readonly now: () => number;
}

const isSame = (one: Shown, other: Shown): boolean => one.revision === other.revision && sameFields(one, other) && !knowsMore(one, other);

/**
 * `joined`: what is told is what the journal says. `away`: it cannot be reached, and what is read here is told at once, under an epoch of this instance's
 * own. `returning`: it can be followed again, but not all that was told here is in it, or it went on elsewhere than from where this instance stands.
 */
type Standing = 'joined' | 'away' | 'returning';

/** How long a store that could not be reached is left alone, should it not say itself that it is back. */
const retryMs = 2_000;

/** A client that comes from another instance is let wait so long until this one has read what that one has told it. */
const reachMs = 2_000;

/** That entries cannot be read is said so often. */
const unreadableApartMs = 60_000;

/** What is kept of a backend that is configured here no more, but perhaps elsewhere, or will be again. */
const longestUnknownMs = 7 * 24 * 3_600_000;

/** Whoever has read how a task ended is right. That it is lost is only guessed. */
const isEnd = (state: TaskState): boolean => isFinal(state) && state !== 'LOST';

/** What was told here and the journal does not say: it began anew without it. */
const beyond = (told: WritableView, log: WritableView): readonly LedgerChange[] =>
  told.all().filter((change) => {
    const there = log.held(kindOf(change), idOf(change));
    return 'value' in change && (there === undefined || !isSame(there, change.value));
  });

export const createSharedLog = (options: SharedLogOptions): Log => {
  const { instance, ledger, saved, checkpoints, pending, told, loaded, limits, isKnown, fault, ears, alone, now } = options;
  let standing: Standing = 'returning';
  /** What the journal says. As long as this instance is joined, the view and the entries are those that are told. */
  let log: Base = emptyBase(told.point(), limits);
  /** Whether what is told stands in an epoch of this instance's own. */
  let isLocal = false;
  /** What is read is not told anybody yet. */
  let isLoading = true;
  /** Others may have written. */
  let isBehind = false;
  let lastTry = 0;
  let pumping: Promise<void> | undefined;
  let stopListening: () => void = () => undefined;

  /** As long as another version writes beside this one, all its entries are. */
  let saidUnreadableAt = Number.NEGATIVE_INFINITY;
  const unreadable: LogOptions['fault'] = (message, cause) => {
    if (now() - saidUnreadableAt < unreadableApartMs) return;
    saidUnreadableAt = now();
    fault(message, cause);
  };

  const isWorthKeeping = (change: LedgerChange): boolean => isKnown(backendKeyOf(change)) || change.readAt > now() - longestUnknownMs;
  /** Up to where the view is known to be in the store. */
  let savedUpTo = 0;
  const saver = createViewSaver({
    limits,
    fault,
    write: async () => {
      const { point } = log;
      const done = await alone(async () => {
        const newest = (await checkpoints.kept()).filter((each) => each.point.epoch === point.epoch).at(-1)?.point.sequence ?? 0;
        // Another one has just done it.
        if (newest > savedUpTo) return newest;
        const at = log.point;
        const needed = await checkpoints.write(at, log.view.all().filter(isWorthKeeping), false);
        if (needed !== undefined) await saved.trim(needed);
        return at.sequence;
      });
      savedUpTo = done ?? savedUpTo;
      return done ?? point.sequence;
    },
  });

  /** Takes an entry into what the journal says; told it is when this instance is joined. */
  const take = (point: Point, bytes: number, changes: readonly LedgerChange[]): readonly Published[] => {
    const published = applyAll(log.view, changes);
    log.arrived.add({ ...point, bytes, changes: told.worthHolding(published) });
    log = { ...log, point };
    if (standing === 'joined') told.stand(point);
    saver.count(point.sequence, bytes);
    return published;
  };

  /** The ledger knows what the journal says of an object, and on top of it what is pending here. */
  const settle = (theirs: LedgerChange, before: Shown | undefined): void => {
    if (isLoading || !isKnown(backendKeyOf(theirs))) return;
    ledger.adopt(pending.rebase(theirs, before) ?? theirs);
  };

  /** The journal goes on elsewhere than where this instance has read it. */
  const changeBase = (next: Base): void => {
    const former = log.view;
    const isNew = next.point.epoch !== log.point.epoch;
    // What is told is told; should it not be in the journal by now, it has to be written.
    const anew = isNew && standing === 'joined' ? beyond(told.view, next.view) : [];
    pending.addTold(anew);
    const isAnew = new Set(anew.map(idOf));
    log = next;
    if (standing === 'joined') standing = 'returning';
    for (const [id, change] of differences(former, next.view)) {
      const [was, is] = [former.held(kindOf(change), id), next.view.held(kindOf(change), id)];
      const isNothing = was !== undefined && is !== undefined && isSame(was, is) && pending.top(id) === undefined;
      if (!isNothing) settle(next.view.changeTo(kindOf(change), id, backendKeyOf(change)), isAnew.has(id) ? undefined : was);
    }
  };

  const receive = (sequence: number, text: string): void => {
    const entry = parseForeign(text, unreadable);
    if (entry.epoch !== undefined && entry.epoch !== log.point.epoch) changeBase(emptyBase({ epoch: entry.epoch, sequence }, limits));
    for (const { change, before } of take({ ...log.point, sequence }, text.length, entry.changes)) settle(change, before);
    if (standing === 'joined') told.tell(entry.changes);
    if (!isLoading && entry.by !== instance) ears.tell(entry.notices, entry.by);
  };

  /** There is nothing to go on from: of all that find it so, one begins. Returns whether the store could be reached. */
  const begin = async (): Promise<boolean> => {
    let last = 0;
    let isOdd = false;
    for await (const { entries, truncated, away } of saved.pages(0)) {
      if (away) return false;
      last = entries.at(-1)?.sequence ?? last;
      isOdd = truncated && last === 0;
    }
    const text = writeEntry({ by: instance, epoch: newEpoch(), changes: [], notices: [] });
    // A stream that is empty, but was not: nothing can come right after what is there no more.
    const added = isOdd ? ({ status: 'added', sequence: await saved.append(text) } as const) : await saved.appendAfter(text, last);
    if (added.status === 'added') await saved.trim(added.sequence);
    return added.status !== 'away';
  };

  const findBase = async (): Promise<boolean> => {
    const base = await readBase({ saved, checkpoints, limits, worthHolding: told.worthHolding, fault: unreadable });
    if (base === 'away') return false;
    if (base === undefined) return begin();
    changeBase(base);
    return true;
  };

  /** Reads what others have written. Returns whether the store could be reached. */
  const follow = async (): Promise<boolean> => {
    for (;;) {
      const page = log.point.epoch === '' ? undefined : await saved.page(log.point.sequence);
      if (page?.away) return false;
      if (standing === 'away') standing = 'returning';
      if (!page || page.truncated) {
        if (!(await findBase())) return false;
        continue;
      }
      for (const { sequence, value } of page.entries) receive(sequence, value);
      if (page.isLast) return true;
    }
  };

  const publishHere = (changes: readonly LedgerChange[]): void => {
    if (changes.length === 0) return;
    const published = changes.flatMap((change) => applyAll(told.view, [above(told.view, change)]));
    told.stand({ ...told.point(), sequence: told.point().sequence + 1 });
    const news = published.map(({ change }) => change);
    const bytes = writeEntry({ by: instance, changes: news, notices: [] }).length;
    told.recent.add({ ...told.point(), bytes, changes: told.worthHolding(published) });
    told.tell(news);
  };

  /** What is known here is told, though the journal does not say it. */
  const tellHere = (): void => publishHere(pending.tellAll());

  const leave = (): void => {
    const hadReadOn = standing === 'returning' && !isLoading;
    if (standing === 'joined') {
      const arrived = createRecentEntries(limits);
      arrived.restart(log.point);
      log = { view: told.view.copy(), point: log.point, arrived };
    }
    standing = 'away';
    lastTry = now();
    pending.dropNotices();
    if (!isLocal) {
      isLocal = true;
      told.stand({ epoch: newEpoch(), sequence: 0 });
      told.recent.add({ ...told.point(), bytes: 0, changes: [] });
      ears.tellDetached(true);
    }
    tellHere();
    if (hadReadOn) publishHere(unheardOf(told.view, log.view, pending.top));
  };

  /** The journal comes to say what can be told here. */
  const lift = (changes: readonly LedgerChange[]): void => {
    for (const change of changes) settle(change, log.view.held(kindOf(change), idOf(change)));
    pending.addTold(changes);
  };

  /** From now on what is told is what the journal says: once all is written that was told without it. */
  const join = (): void => {
    if (standing !== 'returning' || pending.hasTold()) return;
    const { from, entries } = log.arrived.held();
    const { changes, steps, news, lifts } = seamOf(told.view, log.view, entries, now());
    // Of other backends nobody was told anything here.
    const owed = lifts.filter((change) => isKnown(backendKeyOf(change)));
    if (owed.length > 0) {
      lift(owed);
      return;
    }
    told.recent.add(seamEntry(from, told.worthHolding(changes)));
    for (const entry of entries) told.recent.add(entry);
    applyAll(told.view, steps);
    told.stand(log.point);
    log = { view: told.view, point: log.point, arrived: told.recent };
    standing = 'joined';
    isLocal = false;
    told.tell(news);
    ears.tellDetached(false);
  };

  const write = async (): Promise<void> => {
    const { changes, notices } = pending.take();
    let status: 'added' | 'behind' | 'away' = 'away';
    try {
      const text = writeEntry({ by: instance, changes, notices });
      const appended = await saved.appendAfter(text, log.point.sequence);
      status = appended.status;
      if (appended.status === 'added') {
        take({ ...log.point, sequence: appended.sequence }, text.length, changes);
        if (standing === 'joined') told.tell(changes);
        pending.written();
      }
    } catch (cause) {
      fault('changes could not be written into the journal', cause);
    }
    if (status === 'added') return;
    pending.back();
    if (status === 'behind') isBehind = true;
    else leave();
  };

  const reached = async (): Promise<boolean> => {
    try {
      return await follow();
    } catch (cause) {
      fault('the journal could not be read', cause);
      return false;
    }
  };

  const pump = async (): Promise<void> => {
    // What one reading changes is written as one.
    await Promise.resolve();
    for (;;) {
      if (standing === 'away' && now() - lastTry >= retryMs) isBehind = true;
      if (isBehind) {
        isBehind = false;
        if (!(await reached())) leave();
      }
      if (standing === 'away') return tellHere();
      join();
      saver.saveIfDue();
      if (pending.isEmpty()) return;
      await write();
    }
  };

  const wake = (): void => {
    if (isLoading) return;
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (isBehind || (standing === 'away' ? pending.hasUntold() : !pending.isEmpty())) wake();
    });
  };

  return {
    load: async () => {
      stopListening = saved.listen(() => {
        isBehind = true;
        wake();
      });
      const isReached = await reached();
      if (isReached) {
        const { from, entries } = log.arrived.held();
        told.recent.restart(from);
        for (const entry of entries) told.recent.add(entry);
        applyAll(told.view, log.view.all());
        told.stand(log.point);
        log = { view: told.view, point: log.point, arrived: told.recent };
        standing = 'joined';
      } else {
        // As far as it was read: what is read of the backends comes on top of it.
        applyAll(told.view, log.view.all());
        leave();
      }
      loaded();
      isLoading = false;
      wake();
    },
    wake,
    discard: (backendKey, keep) => {
      // A task that nobody has written of is in no list of what has to be followed: dropped, nobody would ask how it ended, though a watch of it shows it.
      const isNewHere = ({ id, state }: Task): boolean => !isFinal(state) && log.view.held('task', id) === undefined;
      const stays = (last: LedgerChange): boolean =>
        last.kind === 'task' && (keep(last.value.id) || isEnd(last.value.state) || isNewHere(last.value));
      const goes = (last: LedgerChange): boolean => backendKeyOf(last) === backendKey && !stays(last);
      for (const last of pending.drop(goes))
        ledger.adopt(pending.top(idOf(last)) ?? log.view.changeTo(kindOf(last), idOf(last), backendKey));
      wake();
    },
    reach: async ({ epoch, sequence }) => {
      const isAhead = (): boolean => standing !== 'away' && epoch === log.point.epoch && sequence > log.point.sequence;
      // Twice: what is just coming to its end looks no more.
      for (let tries = 0; tries < 2 && isAhead(); tries += 1) {
        isBehind = true;
        wake();
        await within(pumping ?? Promise.resolve(), reachMs);
      }
    },
    dispose: async () => {
      stopListening();
      await pumping;
      await saver.settle();
    },
  };
};
