import { compare } from '../compare.js';
import { type Json, valueAt } from '../json.js';
import { numbersOf } from '../recordings.js';
import type { Outcome } from '../replay.js';
import type { Answer } from '../wire.js';
import { bulkOf } from './documents.js';
import { createPoll } from './polls.js';
import { type Call, type Life, runsOf } from './recording.js';
import { openSession, type Session } from './session.js';
import { perform } from './steps.js';

const describe = ({ exchanges }: Life, index: number): string => {
  const call = exchanges[index];
  return call === undefined ? `[${index}]` : `[${index}] ${call.request.method} ${call.request.path.slice(0, 120)} (${call.label})`;
};

function ignoredAt({ setup }: Life, index: number): readonly string[] {
  return (setup.ignore ?? []).filter(({ entries }) => numbersOf(entries).includes(index)).flatMap(({ paths }) => paths);
}

function differences(session: Session, life: Life, index: number, call: Call, answer: Answer): readonly string[] {
  const { variables, vocabulary } = session;
  const { response } = call;
  const status = answer.status === response.status ? [] : [`status: recorded ${response.status}, now ${answer.status}`];
  const body = compare(response.body, answer.body, [], { variables, vocabulary, ignored: ignoredAt(life, index) });
  // Of headers only these two were kept. Compared last: the location names the new detector, whose id the body tells.
  const headers = Object.entries(response.headers ?? {}).flatMap(([name, value]) => {
    const [wanted, found] = [variables.translate(value), answer.headers[name]];
    return wanted === found ? [] : [`header ${name}: recorded ${wanted}, now ${String(found)}`];
  });
  return [...status, ...body, ...headers];
}

function sendCall(session: Session, { setup }: Life, index: number, call: Call): Promise<Answer> {
  const documents = setup.bodies?.[String(index)];
  const body = documents === undefined ? call.request.body : bulkOf(documents, session.shiftMs);
  const headers = (setup.headers ?? []).filter(({ entries }) => numbersOf(entries).includes(index)).map((instead) => instead.headers);
  if (documents !== undefined) return session.send(call.request.method, session.variables.translate(call.request.path), body);
  return session.resend(call.request.method, call.request.path, body, Object.assign({}, ...headers));
}

const outcomeOf = (status: number, body: Json) => `${status} ${String(valueAt(body, 'error.reason') ?? '')}`.trim();

/** Requests at the same time: which of them is the first is anybody's guess, how many are refused is not. */
async function sendTogether(session: Session, life: Life, indices: readonly number[]): Promise<readonly string[]> {
  const sent = indices.flatMap((index) => {
    const call = life.exchanges[index];
    return call === undefined ? [] : [{ index, call, answered: sendCall(session, life, index, call) }];
  });
  const answers = await Promise.all(sent.map(async ({ index, call, answered }) => ({ index, call, answer: await answered })));
  const wanted = answers.map(({ call }) => outcomeOf(call.response.status, call.response.body)).sort();
  const found = answers.map(({ answer }) => outcomeOf(answer.status, answer.body)).sort();
  if (JSON.stringify(wanted) !== JSON.stringify(found)) return [`recorded ${wanted.join(' | ')}, now ${found.join(' | ')}`];
  const rest = [...answers];
  return answers.flatMap(({ call, index }) => {
    const at = rest.findIndex(({ answer }) => answer.status === call.response.status);
    const [other] = rest.splice(at, 1);
    return other === undefined ? [] : differences(session, life, index, call, other.answer);
  });
}

/** The exchanges that were sent together with one, itself included. */
function groupAt({ exchanges }: Life, index: number): readonly number[] {
  const isTogether = (at: number) => exchanges[at]?.at === undefined && exchanges[at]?.label === exchanges[index]?.label;
  if (!isTogether(index)) return [index];
  const end = exchanges.findIndex((_, at) => at > index && !isTogether(at));
  return Array.from({ length: (end === -1 ? exchanges.length : end) - index }, (_, offset) => index + offset);
}

/** What happens in a life, in milliseconds after its first exchange. */
type Event = { readonly atMs: number } & (
  | { readonly exchange: number }
  | { readonly poll: number; readonly moment: number }
  | { readonly finished: number }
);

/** Exchanges and looks in the order of the recording. */
function eventsOf({ exchanges, setup, polls }: Life): readonly Event[] {
  const first = exchanges.find(({ at }) => at !== undefined)?.at ?? 0;
  const paced = (index: number) => setup.pace?.find(({ entries }) => numbersOf(entries).includes(index))?.at;
  let lastMs = 0;
  const sent = exchanges.map(({ at }, index) => {
    lastMs = Math.max(lastMs, paced(index) ?? (at === undefined ? 0 : at - first));
    return { exchange: index, atMs: lastMs };
  });
  const looks = runsOf(polls).flatMap((run, poll) => {
    const { after, before = exchanges.length } = setup.polls?.[poll] ?? { after: 0 };
    const begun = (sent[after]?.atMs ?? 0) + (exchanges[after]?.ms ?? 0);
    const end = sent[before]?.atMs ?? Number.POSITIVE_INFINITY;
    const moments = run.map(({ t_ms: t = 0 }, moment) => ({ poll, moment, atMs: Math.min(begun + t, end) }));
    return [...moments, { finished: poll, atMs: Math.min(moments.at(-1)?.atMs ?? begun, end) }];
  });
  // A look at the moment of an exchange came before it, but for the exchange that the looks began with.
  const rank = (event: Event) => ('exchange' in event ? 1 : 0);
  return [...looks, ...sent].sort((left, right) => left.atMs - right.atMs || rank(left) - rank(right));
}

/** Entries by number with the reason why something of them is left out. */
const reasonsIn = (parts: readonly { readonly entries: string; readonly why: string }[] = []) =>
  new Map(parts.flatMap(({ entries, why }) => numbersOf(entries).map((number) => [number, why] as const)));

/** Sends one exchange, and those that were sent together with it. */
async function replayExchange(session: Session, life: Life, index: number, done: Set<number>): Promise<readonly string[]> {
  for (const step of life.setup.steps?.[String(index)] ?? []) await perform(session, life, step);
  const call = life.exchanges[index];
  if (done.has(index) || call === undefined) return [];
  const together = groupAt(life, index);
  for (const at of together) done.add(at);
  if (together.length > 1) return sendTogether(session, life, together);
  const found = differences(session, life, index, call, await sendCall(session, life, index, call));
  for (const step of life.setup.then?.[String(index)] ?? []) await perform(session, life, step);
  return found;
}

/** Sends the requests of a recorded life in order, with as much simulated time between them as was recorded, and compares. */
export async function replayLife(life: Life): Promise<Outcome> {
  const { setup, exchanges } = life;
  const [skipped, partly] = [reasonsIn(setup.skip), reasonsIn(setup.ignore)];
  const started = exchanges.find(({ at }) => at !== undefined)?.at ?? 0;
  const beforeMs = (setup.before ?? []).reduce((sum, step) => sum + ('advance' in step ? step.advance : 0), 0);
  const session = await openSession(setup.version ?? life.version, started, beforeMs);
  try {
    for (const step of setup.before ?? []) await perform(session, life, step);
    const problems: string[] = [];
    const runs = runsOf(life.polls);
    const polls = runs.map((run, number) => createPoll(session, run, setup.polls?.[number] ?? { after: 0 }));
    const done = new Set<number>(skipped.keys());
    for (const event of eventsOf(life)) {
      await session.advanceTo(event.atMs);
      if ('poll' in event) await polls[event.poll]?.look(event.moment);
      else if ('finished' in event)
        problems.push(...((await polls[event.finished]?.finish()) ?? []).map((problem) => `polls ${event.finished}, ${problem}`));
      else {
        const found = await replayExchange(session, life, event.exchange, done);
        problems.push(...found.map((problem) => `${describe(life, event.exchange)}: ${problem}`));
      }
    }
    const polled = runs.flatMap((run, number) => {
      const unseen = Object.entries(setup.polls?.[number]?.skip ?? {}).map(([what, why]) => `${what}: ${why}`);
      const traces = JSON.stringify(run).includes('\\tat ') ? ['looks at a trace of the server itself are left out'] : [];
      return [...unseen, ...traces].map((why) => `polls ${number}, ${why}`);
    });
    const tell = (reasons: ReadonlyMap<number, string>) => [...reasons].map(([index, why]) => `${describe(life, index)}: ${why}`);
    return { problems, skipped: tell(skipped), partly: [...tell(partly), ...polled] };
  } finally {
    await session.dispose();
  }
}
