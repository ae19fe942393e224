import type { ListStep } from '../../../src/progress/hub.js';

interface Row {
  readonly id: string;
  readonly revision: number;
  readonly state?: string | undefined;
}

/** What a client has in its list, and has been told so far. */
interface Memory {
  readonly rows: ReadonlyMap<string, Row>;
  /** Highest revision told of each object. */
  readonly told: ReadonlyMap<string, number>;
  /** Ends told, by task. */
  readonly ends: ReadonlyMap<string, string>;
  /** Ids told as what has not ended. */
  readonly open: ReadonlySet<string>;
  /** When it last began anew, by the count of what the gateway has seen. */
  readonly since: number;
}

/** A place the client can go back to. */
interface Stand extends Memory {
  readonly cursor: string;
  /** What ran where it was given out. */
  readonly from: object;
}

export interface Opening {
  readonly after?: string;
  readonly snapshot?: boolean;
}

/** A client of a watched list that checks every step against what it has. */
export interface ListClient {
  readonly name: string;
  readonly connected: boolean;
  /** At which instance it is, or was. */
  readonly at: number;
  auto: boolean;
  rows(): ReadonlyMap<string, Row>;
  /** Whether it was told how the task ended. */
  knowsEnd(id: string): boolean;
  /** What it was told has not ended, so far as it knows. */
  waitsFor(): readonly string[];
  /** When it last began anew; undefined: it has heard nothing. */
  since(): number | undefined;
  resets(): number;
  /** It has a cursor to resume with, and that is good there. */
  knowsWhere(at: number): boolean;
  pull(): void;
  disconnect(): Promise<void>;
  /** Connects, at some instance, with the cursor of a step some steps ago, as if the later ones had never come. */
  resume(stepsBack: number, at: number): void;
  /** Connects with a cursor that means nothing, or with none. */
  begin(at: number, after?: string): void;
  /** Joins rows that a query has read. */
  join(cursor: string, rows: readonly Row[], at: number): void;
}

const nothing: Memory = { rows: new Map(), told: new Map(), ends: new Map(), open: new Set(), since: Number.POSITIVE_INFINITY };
const finals = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'LOST']);
const keptStands = 6;

/** What a client is told about the world. */
interface Surroundings {
  /** Says what is wrong. */
  wrong(message: string): void;
  /** Counts what the gateways have seen. */
  seen(): number;
  /** Whether a cursor names a place in the log that all instances share. Any other is good only where it was given out. */
  isOfLog(cursor: string): boolean;
  /** What runs at that place now. */
  instanceAt(at: number): object;
  /** Whether instances have gone on alone: each may have found out by itself that a task has ended, and when. */
  hadOutage(): boolean;
}

export const createListClient = (
  name: string,
  open: (opening: Opening, at: number) => AsyncIterableIterator<ListStep<Row>>,
  { wrong, seen, isOfLog, instanceAt, hadOutage }: Surroundings,
): ListClient => {
  let memory = nothing;
  let stands: Stand[] = [];
  let watch: AsyncIterableIterator<ListStep<Row>> | undefined;
  let pending: Promise<void> | undefined;
  let isFirst = true;
  /** Rows of a query may be told again. */
  let joined = false;
  let resets = 0;
  let place = 0;
  let instance: object = {};
  let expectsReset: boolean | undefined;

  const say = (what: string, row: { readonly id: string }): void => wrong(`${name}: ${what} ${JSON.stringify(row)}`);

  const apply = (step: ListStep<Row>): void => {
    if (isFirst && expectsReset === true && !step.reset) wrong(`${name}: went on from a cursor that means nothing`);
    if (!isFirst && step.reset) wrong(`${name}: was reset in the middle`);
    isFirst = false;
    if (step.reset) {
      memory = { ...nothing, since: seen() };
      joined = false;
      resets += 1;
    }
    const rows = new Map(memory.rows);
    const told = new Map(memory.told);
    const ends = new Map(memory.ends);
    const unfinished = new Set(memory.open);
    const tell = (row: Row): void => {
      const before = told.get(row.id);
      if (before !== undefined && row.revision <= before && !joined) say(`was told again, revision ${before}, of`, row);
      told.set(row.id, row.revision);
      if (row.state === undefined || !finals.has(row.state)) {
        unfinished.add(row.id);
        if (ends.has(row.id)) say('was told after its end of', row);
        return;
      }
      if (ends.has(row.id) && !joined && !(hadOutage() && ends.get(row.id) === row.state)) say('was told a second end of', row);
      ends.set(row.id, row.state);
      unfinished.delete(row.id);
    };
    for (const row of step.left) {
      if (!rows.delete(row.id) && (row.state === undefined || !finals.has(row.state) || ends.has(row.id)) && name.includes('task'))
        say('left, and was not there:', row);
      tell(row);
    }
    for (const id of step.forgotten) if (!rows.delete(id) && !joined) say('forgotten, and was not there:', { id });
    for (const row of step.added) {
      if (rows.has(row.id) && !joined) say('added, and was there:', row);
      tell(row);
      rows.set(row.id, row);
    }
    for (const row of step.changed) {
      if (!rows.has(row.id) && !joined) say('changed, and was not there:', row);
      tell(row);
      if (rows.has(row.id)) rows.set(row.id, row);
    }
    memory = { ...memory, rows, told, ends, open: unfinished };
    stands = [...stands, ...(step.synced ? [{ ...memory, cursor: step.cursor, from: instance }] : [])].slice(-keptStands);
  };

  const pull = (): void => {
    const mine = watch;
    if (!mine || pending) return;
    const next = mine.next().then(
      ({ done, value }) => {
        if (watch !== mine) return;
        pending = undefined;
        if (done) watch = undefined;
        else apply(value);
        if (client.auto) pull();
      },
      (error: unknown) => wrong(`${name}: failed: ${String(error)}`),
    );
    pending = next;
  };

  const connect = (opening: Opening, reset: boolean | undefined, at: number): void => {
    isFirst = true;
    expectsReset = reset;
    place = at;
    instance = instanceAt(at);
    watch = open(opening, at);
    pending = undefined;
    pull();
  };

  const client: ListClient = {
    name,
    get connected() {
      return watch !== undefined;
    },
    get at() {
      return place;
    },
    auto: true,
    rows: () => memory.rows,
    knowsEnd: (id) => memory.ends.has(id),
    waitsFor: () => [...memory.open],
    since: () => (memory.since === Number.POSITIVE_INFINITY ? undefined : memory.since),
    resets: () => resets,
    knowsWhere: (at) => {
      const stand = stands.at(-1);
      return stand !== undefined && (isOfLog(stand.cursor) || stand.from === instanceAt(at));
    },
    pull,
    disconnect: async () => {
      const leaving = watch;
      watch = undefined;
      pending = undefined;
      await leaving?.return?.();
    },
    resume: (stepsBack, at) => {
      const stand = stands.at(-1 - Math.min(stepsBack, stands.length - 1));
      if (!stand) return client.begin(at);
      stands = stands.slice(0, stands.indexOf(stand) + 1);
      memory = stand;
      connect({ after: stand.cursor }, undefined, at);
    },
    begin: (at, after) => {
      memory = nothing;
      stands = [];
      joined = false;
      connect(after === undefined ? {} : { after }, true, at);
    },
    join: (cursor, rows, at) => {
      memory = {
        rows: new Map(rows.map((row) => [row.id, row])),
        told: new Map(rows.map((row) => [row.id, row.revision])),
        since: Number.POSITIVE_INFINITY,
        open: new Set(),
        ends: new Map(rows.flatMap((row) => (row.state !== undefined && finals.has(row.state) ? [[row.id, row.state] as const] : []))),
      };
      stands = [];
      joined = true;
      connect({ after: cursor }, undefined, at);
    },
  };
  return client;
};
