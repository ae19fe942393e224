import { isObject, type Json, valueAt } from '../json.js';
import { compareStretches, holdsTrace, type Look, profileLook, stretchesOf, taskLook, taskProfileLook } from './looks.js';
import type { Moment, PollSetup } from './recording.js';
import type { Session } from './session.js';

const prefix = '/_plugins/_anomaly_detection/detectors';

/** How much longer than recorded the last state is waited for, in simulated time. */
const patienceMs = 90_000;

/** Looks at everything that is watched, by what it is. */
type Looks = Readonly<Record<string, Look>>;

interface Seen {
  readonly looks: Looks;
  readonly atMs: number;
}

const tasksOf = (moment: Moment): readonly Json[] => (Array.isArray(moment.tasks) ? moment.tasks : []);

const textOf = (value: Json, key: string) => String(valueAt(value, key) ?? '');

const kindOf = (task: Json) => (textOf(task, 'task_type').startsWith('REALTIME') ? 'real-time' : 'historical');

const nameOf = (task: Json) => `task ${kindOf(task)} ${textOf(task, 'detector_id')}`;

/** The moments with what stayed the same written out. */
function filled(moments: readonly Moment[]): readonly Moment[] {
  let [tasks, profiles]: [Moment['tasks'], Moment['profiles']] = [undefined, undefined];
  return moments.map((moment) => {
    if (moment.tasks !== 'same as before') tasks = moment.tasks;
    if (moment.profiles !== 'same as before' && moment.profiles !== undefined) profiles = moment.profiles;
    return { ...moment, ...(tasks && { tasks }), ...(moment.profiles === 'same as before' && profiles && { profiles }) };
  });
}

function recordedLooks(moment: Moment, session: Session): Looks {
  const tasks = tasksOf(moment).map((task) => [nameOf(task), taskLook(task, session, true)] as const);
  const profiles = isObject(moment.profiles) ? Object.entries(moment.profiles) : [];
  return Object.fromEntries([
    ...tasks,
    ...(moment.profile === undefined ? [] : [['profile', taskProfileLook(moment.profile)] as const]),
    ...profiles.map(([name, profile]) => [`profile ${name}`, profileLook(profile, session, true)] as const),
  ]);
}

/** What was watched: detectors and kinds of analysis as recorded, and whose profiles. */
interface Watched {
  readonly detectors: readonly string[];
  readonly types: readonly string[];
  /** The detector of `profile`. */
  readonly profile: string | undefined;
  readonly profiles: Readonly<Record<string, string>>;
}

function watchedIn(moments: readonly Moment[], setup: PollSetup): Watched {
  const tasks = moments.flatMap(tasksOf);
  const distinct = (key: string) => [...new Set(tasks.map((task) => textOf(task, key)))];
  const detectors = distinct('detector_id');
  return {
    detectors,
    types: distinct('task_type'),
    profile: moments.some(({ profile }) => profile !== undefined) ? detectors[0] : undefined,
    profiles: setup.profiles ?? {},
  };
}

async function look(session: Session, watched: Watched, asked: Asked): Promise<Looks> {
  const filter = [{ terms: { detector_id: watched.detectors } }, { terms: { task_type: watched.types } }, { term: { is_latest: true } }];
  const { body } = await session.resend('POST', `${prefix}/tasks/_search`, { size: 50, query: { bool: { filter } } });
  const hits = valueAt(body, 'hits.hits');
  const looks: Record<string, Look> = {};
  for (const hit of Array.isArray(hits) ? hits : []) {
    const task = valueAt(hit, '_source') ?? null;
    const detector = watched.detectors.find((id) => session.variables.translate(id) === textOf(task, 'detector_id')) ?? '';
    looks[`task ${kindOf(task)} ${detector}`] = taskLook(task, session, false);
  }
  if (watched.profile !== undefined && asked.profile)
    looks.profile = taskProfileLook((await session.resend('GET', `${prefix}/${watched.profile}/_profile/ad_task`)).body);
  for (const [name, detector] of asked.profiles ? Object.entries(watched.profiles) : [])
    looks[`profile ${name}`] = profileLook((await session.resend('GET', `${prefix}/${detector}/_profile?_all=true`)).body, session, false);
  return looks;
}

/** What one look of the recording asked for beside tasks. */
interface Asked {
  readonly profile: boolean;
  readonly profiles: boolean;
}

const everything: Asked = { profile: true, profiles: true };

/** One run of polling, repeated. */
export interface Poll {
  /** Looks at what was looked at in a moment of the recording. */
  look(moment: number): Promise<void>;
  /** Looks on until everything is as it was last in the recording; says what was different on the way. */
  finish(): Promise<readonly string[]>;
}

/** Repeats a run of polling. */
export function createPoll(session: Session, run: readonly Moment[], setup: PollSetup): Poll {
  const moments = filled(run);
  const watched = watchedIn(moments, setup);
  // Each time anew: what ids are called is learnt meanwhile.
  const recorded = () => moments.map((moment) => ({ looks: recordedLooks(moment, session), atMs: moment.t_ms ?? 0 }));
  const names = [...new Set(recorded().flatMap(({ looks }) => Object.keys(looks)))].filter((name) => setup.skip?.[name] === undefined);
  const lastOf = (name: string) => recorded().findLast(({ looks }) => looks[name] !== undefined)?.looks[name] ?? '';
  const lastMs = moments.at(-1)?.t_ms ?? 0;
  const pollMs = lastMs / Math.max(1, moments.length - 1);
  const seen: Seen[] = [];
  const isOver = () =>
    names.every((name) => {
      const last = lastOf(name);
      return seen.findLast(({ looks }) => looks[name] !== undefined)?.looks[name] === last || holdsTrace(last);
    });
  return {
    async look(moment) {
      const { profile, profiles, t_ms: atMs = 0 } = moments[moment] ?? {};
      seen.push({ looks: await look(session, watched, { profile: profile !== undefined, profiles: profiles !== undefined }), atMs });
    },
    async finish() {
      for (let lateMs = pollMs; !isOver() && lateMs < patienceMs; lateMs += pollMs) {
        await session.advance(pollMs);
        seen.push({ looks: await look(session, watched, everything), atMs: lastMs + lateMs });
      }
      const wanted = recorded();
      return names.flatMap((name) => {
        const stretches = (of: readonly Seen[]) =>
          stretchesOf(of.flatMap(({ looks, atMs }) => (looks[name] === undefined ? [] : [{ look: looks[name], atMs }])));
        // Profiles were asked for less often than tasks.
        const asked = wanted.filter(({ looks }) => looks[name] !== undefined).length;
        return compareStretches(name, stretches(wanted), stretches(seen), (pollMs * wanted.length) / Math.max(1, asked));
      });
    },
  };
}
