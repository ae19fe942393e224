import { replayAnswers } from './answers.js';
import { compare } from './compare.js';
import { compareHeaders } from './headers.js';
import { replayMatrix } from './matrix.js';
import { type Life, runsOf } from './opensearch-ad/recording.js';
import { replayLife } from './opensearch-ad/replay.js';
import { type Entry, type Exchange, numbersOf, type Recording } from './recordings.js';
import { replaySeries } from './series.js';
import { openSession, type Session } from './session.js';

/** What a replay came to. */
export interface Outcome {
  /** What is different from the recording. */
  readonly problems: readonly string[];
  /** Entries that were not replayed, with the reason. */
  readonly skipped: readonly string[];
  /** Entries of which some places were not compared. */
  readonly partly: readonly string[];
}

const isExchange = (entry: Entry): entry is Exchange => 'method' in entry;

/** A path that the recording cut, at its full length again. */
function fullPath(path: string): string {
  const [, start = '', length = '0'] = /^(.*)…\((\d+) chars\)$/.exec(path) ?? [];
  return start === '' ? path : start.padEnd(Number(length), start.at(-1));
}

function headersOf(recording: Recording, index: number, exchange: Exchange): Readonly<Record<string, string>> {
  const instead = (recording.setup.headers ?? []).filter(({ entries }) => numbersOf(entries).includes(index));
  return Object.assign({}, exchange.request_headers, ...instead.map(({ headers }) => headers));
}

async function replayExchange(session: Session, recording: Recording, index: number, exchange: Exchange): Promise<readonly string[]> {
  const { variables } = session;
  const ignored = (recording.setup.ignore ?? []).filter(({ entries }) => numbersOf(entries).includes(index)).flatMap(({ paths }) => paths);
  const path = variables.translate(recording.setup.paths?.[String(index)] ?? fullPath(exchange.path));
  const answer = await session.send(exchange.method, path, headersOf(recording, index, exchange), exchange.body);
  const status = answer.status === exchange.status ? [] : [`status: recorded ${exchange.status}, now ${answer.status}`];
  const headers = exchange.headers === undefined ? [] : compareHeaders(exchange.headers, answer.headers);
  return [...status, ...headers, ...compare(exchange.response, answer.body, [], { variables, ignored })];
}

async function replayEntry(session: Session, recording: Recording, index: number, lastTask: string): Promise<readonly string[]> {
  const entry = recording.entries[index];
  if (entry === undefined) return [];
  if (isExchange(entry)) return replayExchange(session, recording, index, entry);
  const request = recording.setup.requests?.[String(index)];
  if ('answers' in entry) return replayAnswers(session, entry.answers, request);
  if ('response' in entry && request !== undefined) return replayExchange(session, recording, index, { ...entry, ...request });
  if ('matrix' in entry) return replayMatrix(session, recording.setup, entry.matrix);
  if ('series' in entry) {
    const series = recording.setup.series?.[String(index)];
    return series === undefined
      ? ['a series without a setup']
      : replaySeries(session, series, entry.series, session.variables.translate(lastTask));
  }
  return Object.keys(entry).length === 1 ? [] : ['an entry of unknown form'];
}

/** The id that the last background verb before an entry answered with. */
function lastTaskBefore(recording: Recording, index: number): string {
  const answers = recording.entries.slice(0, index).flatMap((entry) => (isExchange(entry) ? [entry.response] : []));
  const tasks = answers.flatMap((body) => (typeof body === 'object' && body !== null && 'task' in body ? [body.task] : []));
  return tasks.filter((task): task is string => typeof task === 'string').at(-1) ?? '';
}

/** Series that are watched while this entry is sent. */
const watchedDuring = ({ setup }: Recording, index: number): readonly number[] =>
  Object.entries(setup.series ?? {}).flatMap(([number, { during }]) => (during === index ? [Number(number)] : []));

function describe(recording: Recording, index: number): string {
  const entry = recording.entries[index];
  const request = entry !== undefined && isExchange(entry) ? `${entry.method} ${entry.path.slice(0, 120)}` : '';
  return `[${index}] ${request}${entry?.note === undefined || entry.note === '' ? '' : ` (${entry.note.slice(0, 60)})`}`;
}

/** Sends the requests of a recording in order, and compares. */
export const replay = (recording: Recording | Life): Promise<Outcome> =>
  'form' in recording ? replayLife(recording) : replayEntries(recording);

/** How many entries a recording has: what was sent, and what was polled. */
export const entriesOf = (recording: Recording | Life): number =>
  'form' in recording ? recording.exchanges.length + runsOf(recording.polls).length : recording.entries.length;

async function replayEntries(recording: Recording): Promise<Outcome> {
  const { setup, entries } = recording;
  const reasons = new Map(
    (setup.skip ?? []).flatMap(({ entries: numbers, why }) => numbersOf(numbers).map((number) => [number, why] as const)),
  );
  const inPart = new Map(
    (setup.ignore ?? []).flatMap(({ entries: numbers, why }) => numbersOf(numbers).map((number) => [number, why] as const)),
  );
  const session = await openSession(recording);
  try {
    const problems: string[] = [];
    const watched = new Map<number, Promise<readonly string[]>>();
    for (const index of entries.keys()) {
      for (const step of setup.steps?.[String(index)] ?? []) await session.perform(step);
      if (reasons.has(index)) continue;
      for (const number of watchedDuring(recording, index)) watched.set(number, replayEntry(session, recording, number, ''));
      const found = await (watched.get(index) ?? replayEntry(session, recording, index, lastTaskBefore(recording, index)));
      problems.push(...found.map((problem) => `${describe(recording, index)}: ${problem}`));
    }
    const tell = (reason: ReadonlyMap<number, string>) =>
      [...reason].sort(([left], [right]) => left - right).map(([index, why]) => `${describe(recording, index)}: ${why}`);
    return { problems, skipped: tell(reasons), partly: tell(inPart) };
  } finally {
    await session.dispose();
  }
}
