import { type RunningSimulator, simulators } from '../../../src/simulator/index.js';
import { isObject, type Json, valueAt } from '../json.js';
import { createVariables, type Variables } from '../variables.js';
import type { Vocabulary } from '../vocabulary.js';
import { type Answer, createWire } from '../wire.js';
import { createAnomalyDetectionVocabulary } from './vocabulary.js';

type Headers = Readonly<Record<string, string>>;

/** A simulated server that lives through a recording. */
export interface Session {
  readonly simulator: RunningSimulator;
  readonly variables: Variables;
  readonly vocabulary: Vocabulary;
  /** How much later than recorded everything is: whole minutes. */
  readonly shiftMs: number;
  /** Lets simulated time pass that the recording does not know of: what comes later comes so much later. */
  advance(ms: number): Promise<void>;
  /** Lets time pass until it is so long after the beginning of the recording. */
  advanceTo(ms: number): Promise<void>;
  /** Sends a request as it is. */
  send(method: string, path: string, body?: Json, headers?: Headers): Promise<Answer>;
  /** Sends a recorded request with ids and times of the simulator in place of the recorded ones. */
  resend(method: string, path: string, body?: Json, headers?: Headers): Promise<Answer>;
  dispose(): Promise<void>;
}

const minuteMs = 60_000;
/** The clock goes on in steps: what one thing leaves to do for the next is done before that falls due. */
const pieceMs = 250;
const recordedTime = /\b1[78]\d{11}\b/g;

/** Times of the recording, also those in texts, so much later. */
function shifted(value: Json, shiftMs: number): Json {
  if (typeof value === 'number') return value >= 1.7e12 && value < 1.9e12 ? value + shiftMs : value;
  if (Array.isArray(value)) return value.map((item: Json) => shifted(item, shiftMs));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shifted(item, shiftMs)]));
}

function translated(value: Json, variables: Variables): Json {
  if (typeof value === 'string') return variables.translate(value);
  if (Array.isArray(value)) return value.map((item: Json) => translated(item, variables));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [variables.translate(key), translated(item, variables)]));
}

/** What the steps before a recording may take beside the time that they let pass themselves. */
const spareMs = 60_000;

/**
 * Starts a simulator of a version for a recording that began at a time. It begins when as much of a minute has passed as then: what a detector finds in its
 * window, and how old the last document is, depends on that. Until then there is time for what comes before.
 */
export async function openSession(version: string, recordedAt: number, beforeMs: number): Promise<Session> {
  const vendor = simulators.find(({ id }) => id === 'opensearch-ad');
  if (vendor === undefined) throw new TypeError('no simulator opensearch-ad');
  const simulator = await vendor.start({ version, empty: true });
  const wire = createWire(simulator.port);
  const shiftMs = Math.ceil((Date.now() + beforeMs + spareMs - recordedAt) / minuteMs) * minuteMs;
  const variables = createVariables();
  const send = (method: string, path: string, body?: Json, headers: Headers = {}) =>
    wire.send(method, path, { ...typeOf(path, body), ...headers }, body);
  let begun = false;
  let delayMs = 0;
  let skipped = 0;
  const goOn = async (ms: number) => {
    for (let left = Math.ceil(ms); left > 0; left -= pieceMs) {
      const piece = Math.min(left, pieceMs);
      const answer = await send('POST', '/_simulator/advance', { ms: piece });
      if (answer.status >= 400) throw new Error(`the clock cannot be put forward: ${JSON.stringify(answer.body)}`);
      // What it takes to do what fell due is time that passes as well.
      skipped = Number(valueAt(answer.body, 'now')) - Date.now();
    }
  };
  return {
    simulator,
    variables,
    vocabulary: createAnomalyDetectionVocabulary(shiftMs),
    shiftMs,
    async advance(ms) {
      await goOn(ms);
      if (begun) delayMs += ms;
    },
    async advanceTo(ms) {
      const left = recordedAt + shiftMs + delayMs + ms - (Date.now() + skipped);
      if (!begun && left < 0) throw new Error(`what comes before the recording took ${-left} ms too long`);
      begun = true;
      if (left > 0) await goOn(left);
    },
    send,
    resend: (method, path, body, headers) =>
      send(
        method,
        variables.translate(path).replace(recordedTime, (time) => String(Number(time) + shiftMs)),
        body === undefined ? undefined : shifted(translated(body, variables), shiftMs),
        headers,
      ),
    async dispose() {
      wire.dispose();
      await simulator.dispose();
    },
  };
}

/** A body that is no JSON value was sent as text, but for the bulk. */
const typeOf = (path: string, body: Json | undefined): Headers =>
  typeof body === 'string' && path.includes('/_bulk') ? { 'content-type': 'application/x-ndjson' } : {};
