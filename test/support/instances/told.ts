import { isDeepStrictEqual } from 'node:util';
import { applyListStep, createListState, type Listed, type ListUpdate } from '../../../src/client/index.js';

/** A row of a watched list, as these tests select it. */
export interface Row extends Listed {
  readonly revision: number;
  readonly state: string;
}

/** What a subscription was told, and what of it must not have been. */
export interface Told {
  readonly name: string;
  /** The list as the client has it. */
  rows(): ReadonlyMap<string, Row>;
  /** How each task that was told of ended. */
  ends(): ReadonlyMap<string, string>;
  /** What was told of before its end, since it began anew last. */
  begun(): ReadonlySet<string>;
  /** Objects in messages. */
  events(): number;
  /** Times it began anew after its first message. */
  resets(): number;
  /** What was told again. */
  repeats(): readonly string[];
  /** Whether all parts of the last step have come. */
  synced(): boolean;
}

const finals: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'LOST']);
export const isFinal = (state: string): boolean => finals.has(state);

/** Notes each object that is told, within one stream that did not begin anew. */
const createMemory = (name: string) => {
  const last = new Map<string, Row>();
  const ends = new Map<string, string>();
  const begun = new Set<string>();
  const repeats: string[] = [];
  let events = 0;
  return {
    ends,
    begun,
    repeats,
    events: () => events,
    anew: () => {
      last.clear();
      ends.clear();
      begun.clear();
    },
    forget: (id: string) => {
      events += 1;
      last.delete(id);
    },
    tell: (row: Row) => {
      events += 1;
      const before = last.get(row.id);
      if (before && (row.revision <= before.revision || ends.has(row.id)))
        repeats.push(`${name}: ${JSON.stringify(row)} after ${JSON.stringify(before)}`);
      last.set(row.id, row);
      if (isFinal(row.state)) ends.set(row.id, row.state);
      else begun.add(row.id);
    },
  };
};

export interface ToldList extends Told {
  apply(update: ListUpdate<Row>): void;
}

/** Of a watched list, applied as front ends do. */
export const createToldList = (name: string): ToldList => {
  const memory = createMemory(name);
  let state = createListState<Row>();
  let messages = 0;
  let resets = 0;
  return {
    name,
    apply: (update) => {
      if (update.reset) {
        memory.anew();
        if (messages > 0) resets += 1;
      }
      messages += 1;
      // In the order in which they are applied.
      for (const row of update.left ?? []) memory.tell(row as Row);
      for (const id of update.forgotten) memory.forget(id);
      for (const row of [...(update.added ?? []), ...(update.changed ?? [])]) memory.tell(row as Row);
      state = applyListStep(state, update);
    },
    rows: () => state.items,
    ends: () => memory.ends,
    begun: () => memory.begun,
    events: memory.events,
    resets: () => resets,
    repeats: () => memory.repeats,
    synced: () => state.synced,
  };
};

export interface ToldTask extends Told {
  /** The connection was made anew: the next message may show the state as it is, which is this stream's reset. */
  reconnected(): void;
  /** `health`: of its backend; a change of that tells the task as it was. */
  apply(row: Row, health: string): void;
}

/** As it was told before. After an outage the others may know a row under a lower revision. */
const isToldAgain = (before: Row | undefined, row: Row): boolean =>
  before !== undefined && row.revision <= before.revision && isDeepStrictEqual({ ...before, revision: 0 }, { ...row, revision: 0 });

/** Of one task's progress. */
export const createToldTask = (name: string): ToldTask => {
  const memory = createMemory(name);
  const rows = new Map<string, Row>();
  let mayBeginAnew = false;
  let healthBefore: string | undefined;
  let resets = 0;
  return {
    name,
    reconnected: () => {
      mayBeginAnew = true;
    },
    apply: (row, health) => {
      const isOfHealth = healthBefore !== health && rows.get(row.id)?.state === row.state && !isFinal(row.state);
      healthBefore = health;
      if (mayBeginAnew && isToldAgain(rows.get(row.id), row)) {
        resets += 1;
        memory.anew();
      }
      mayBeginAnew = false;
      if (!isOfHealth) memory.tell(row);
      rows.set(row.id, row);
    },
    rows: () => rows,
    ends: () => memory.ends,
    begun: () => memory.begun,
    events: memory.events,
    resets: () => resets,
    repeats: () => memory.repeats,
    synced: () => true,
  };
};
