import { isObject, type Json, valueAt } from '../json.js';
import type { Session } from './session.js';

/** What one look at a thing says, without what differs from run to run. */
export type Look = string;

/** A look that was had from one time to another. */
export interface Stretch {
  readonly look: Look;
  readonly forMs: number;
}

/** A trace of the server's own code, of which only the first words could be told again. */
const isTrace = (error: string) => /\n\tat |nested: /.test(error);

/** In place of such a trace: looks that hold it are not compared. */
const traceMark = 'TRACE';

export const holdsTrace = (look: Look): boolean => look.includes(`"${traceMark}"`);

function errorOf(error: Json | undefined, session: Session, isRecorded: boolean): Json {
  if (typeof error !== 'string') return null;
  if (isTrace(error)) return traceMark;
  return session.vocabulary.normalise(isRecorded ? session.variables.translate(error) : error);
}

const timeOf = (time: Json | undefined, session: Session, isRecorded: boolean): Json =>
  typeof time === 'number' ? time + (isRecorded ? session.shiftMs : 0) : null;

const round = (value: Json | undefined): Json => (typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : (value ?? null));

/** A task of a search or of a profile. */
export function taskLook(task: Json, session: Session, isRecorded: boolean): Look {
  const at = (key: string) => valueAt(task, key);
  const has = (key: string) => at(key) !== undefined;
  return JSON.stringify([
    at('task_type') ?? null,
    at('state') ?? null,
    round(at('task_progress')),
    round(at('init_progress')),
    at('estimated_minutes_left') ?? null,
    errorOf(at('error'), session, isRecorded),
    timeOf(at('current_piece'), session, isRecorded),
    ['coordinating_node', 'worker_node', 'execution_end_time', 'parent_task_id', 'checkpoint_id', 'started_by', 'stopped_by'].filter(has),
  ]);
}

/** `_profile/ad_task`: what it holds beside the task, and how many entities and slots it names. */
export function taskProfileLook(profile: Json): Look {
  const inner = valueAt(profile, 'ad_task');
  if (!isObject(inner)) return 'none';
  const counts = ['detector_task_slots', 'total_entities_count', 'pending_entities_count', 'running_entities_count'];
  const entities = inner.running_entities;
  return JSON.stringify([
    valueAt(inner, 'ad_task.state') ?? null,
    Object.keys(inner).sort(),
    counts.map((key) => inner[key] ?? null),
    Array.isArray(entities) ? [...entities].map(String).sort() : null,
  ]);
}

/** `_profile?_all` of a detector that runs in real time. */
export function profileLook(profile: Json, session: Session, isRecorded: boolean): Look {
  if (!isObject(profile)) return 'none';
  return JSON.stringify([
    profile.state ?? null,
    errorOf(profile.error, session, isRecorded),
    profile.init_progress ?? null,
    Object.keys(profile).sort(),
    [profile.total_entities ?? null, profile.active_entities ?? null, profile.model_count ?? null],
  ]);
}

/** Looks one after the other, those that are alike together; the last one lasts no time. */
export function stretchesOf(looks: readonly { readonly look: Look; readonly atMs: number }[]): readonly Stretch[] {
  const first = looks.filter(({ look }, index) => look !== looks[index - 1]?.look);
  return first.map(({ look, atMs }, index) => ({ look, forMs: (first[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) - atMs }));
}

const withoutRepeats = (looks: readonly Look[]) => looks.filter((look, index) => look !== looks[index - 1]);

/**
 * Says where two sequences differ. Looks too short for the polls of the recording may be missing on either side; the last ones have to agree.
 */
export function compareStretches(
  what: string,
  recorded: readonly Stretch[],
  actual: readonly Stretch[],
  pollMs: number,
): readonly string[] {
  const named = (stretches: readonly Stretch[]) => new Set(stretches.map(({ look }) => look));
  const [inRecorded, inActual] = [named(recorded), named(actual)];
  const wanted = withoutRepeats(
    recorded.filter(({ look, forMs }) => !holdsTrace(look) && (inActual.has(look) || forMs > 1.5 * pollMs)).map(({ look }) => look),
  );
  const found = withoutRepeats(
    actual.filter(({ look, forMs }) => !holdsTrace(look) && (inRecorded.has(look) || forMs > 3 * pollMs)).map(({ look }) => look),
  );
  const same = JSON.stringify(wanted) === JSON.stringify(found);
  return same ? [] : [`${what}: recorded\n    ${wanted.join('\n    ')}\n  now\n    ${found.join('\n    ')}`];
}
