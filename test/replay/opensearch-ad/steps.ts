import { compare } from '../compare.js';
import { type Json, valueAt } from '../json.js';
import { numbersOf, type Step } from '../recordings.js';
import { createVariables } from '../variables.js';
import { writeDocuments } from './documents.js';
import type { Call, Earlier, Life, LifeStep } from './recording.js';
import type { Session } from './session.js';

/** How much simulated time a step may take until it answers as wanted, and how often it is repeated. */
const [patienceMs, stepMs] = [120_000, 500];

const renamed = <Value>(value: Value, names: Readonly<Record<string, string>>): Value => {
  const text = Object.entries(names).reduce((result, [from, to]) => result.replaceAll(from, to), JSON.stringify(value));
  const result: Value = JSON.parse(text);
  return result;
};

/** Does what another recording did, and learns the ids that it names. */
async function doEarlier(session: Session, life: Life, { earlier, entries, as }: Earlier): Promise<void> {
  const calls = life.other(earlier);
  // Of another server's recording only the ids that both have a name for.
  const learnt = as === undefined ? session.variables : createVariables();
  for (const index of numbersOf(entries)) {
    const found = calls[index];
    if (found === undefined) throw new TypeError(`${earlier} has no entry ${index}`);
    const { request, response, label }: Call = renamed(found, as ?? {});
    const answer = await session.resend(request.method, request.path, request.body);
    if (answer.status !== response.status)
      throw new Error(
        `${earlier} ${label}: recorded ${response.status}, now ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`,
      );
    // Only for the ids: that recording is compared by itself.
    compare(response.body, answer.body, [], { variables: learnt, vocabulary: session.vocabulary, ignored: [] });
    for (const name of Object.values(as ?? {})) {
      const actual = learnt.known(name);
      if (actual !== undefined) session.variables.learn(name, actual);
    }
  }
}

const sameJson = (left: Json | undefined, right: Json) => JSON.stringify(left) === JSON.stringify(right);

async function request(session: Session, step: Step): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += stepMs) {
    const answer = await session.resend(step.method, step.path, step.body, step.headers);
    const met = Object.entries(step.until ?? {}).every(([place, value]) => sameJson(valueAt(answer.body, place), value));
    if (met) {
      if (step.until === undefined && answer.status >= 400) throw new Error(`${step.method} ${step.path}: ${JSON.stringify(answer.body)}`);
      for (const [recorded, places] of Object.entries(step.learn ?? {}))
        session.variables.learn(recorded, places.map((place) => String(valueAt(answer.body, place))).join(':'));
      return;
    }
    if (waitedMs > patienceMs)
      throw new Error(
        `${step.method} ${step.path} never became ${JSON.stringify(step.until)}: ${JSON.stringify(answer.body).slice(0, 500)}`,
      );
    await session.advance(stepMs);
  }
}

/** Does what was not recorded here. */
export async function perform(session: Session, life: Life, step: LifeStep): Promise<void> {
  if ('documents' in step) await writeDocuments(session, step.documents);
  else if ('advance' in step) await session.advance(step.advance);
  else if ('earlier' in step) await doEarlier(session, life, step);
  else await request(session, step);
}
