import { isObject, type Json, parseOrText, valueAt } from './json.js';
import type { SeriesSetup } from './recordings.js';
import type { Session } from './session.js';

/** What one look at a thing says of its state, without what differs from run to run. */
type Look = string;

const jobLook = (stats: Json | undefined): Look => {
  const job = valueAt(stats, 'jobs.0');
  if (!isObject(job)) return 'none';
  return JSON.stringify([job.state, job.node !== undefined, job.assignment_explanation ?? null, job.open_time !== undefined]);
};

const datafeedLook = (seen: Json): Look => {
  const at = (key: string) => valueAt(seen, key) ?? null;
  return JSON.stringify([at('df'), at('df_node'), at('df_expl'), at('job'), at('job_node')]);
};

const deleteLook = (seen: Json): Look => JSON.stringify(valueAt(seen, 'k') ?? null);

/** What was recorded, one look each. */
function recordedLook(kind: SeriesSetup['kind'], item: Json): Look {
  if (kind === 'datafeed') return datafeedLook(item);
  if (kind === 'delete') return deleteLook(item);
  const text = Array.isArray(item) ? item.at(-1) : item;
  return jobLook(typeof text === 'string' ? parseOrText(text) : text);
}

async function lookAtDatafeed(session: Session, { job, datafeed }: SeriesSetup, withJobNode: boolean): Promise<Look> {
  const feed = valueAt((await session.send('GET', `/_ml/datafeeds/${datafeed}/_stats`)).body, 'datafeeds.0');
  const stats = valueAt((await session.send('GET', `/_ml/anomaly_detectors/${job}/_stats`)).body, 'jobs.0');
  const has = (value: Json | undefined) => isObject(value) && value.node !== undefined;
  const [feedState, jobState] = [valueAt(feed, 'state') ?? null, valueAt(stats, 'state') ?? null];
  const seen = { df: feedState, df_node: has(feed), df_expl: valueAt(feed, 'assignment_explanation') ?? null, job: jobState };
  return datafeedLook(withJobNode ? { ...seen, job_node: has(stats) } : seen);
}

async function lookAtDelete(session: Session, task: string, job: string): Promise<Look> {
  const path = `/_ml/anomaly_detectors/${job}`;
  const asked = await session.send('GET', `/_tasks/${task}`);
  const got = await session.send('GET', path);
  const stats = await session.send('GET', `${path}/_stats`);
  const closed = await session.send('POST', `${path}/_close`);
  const listed = valueAt((await session.send('GET', '/_ml/anomaly_detectors/_stats?filter_path=jobs.job_id')).body, 'jobs');
  const ids = (Array.isArray(listed) ? listed : []).map((item: Json) => valueAt(item, 'job_id') ?? null);
  return deleteLook({ k: [asked.status, valueAt(asked.body, 'completed') ?? null, got.status, stats.status, closed.status, ids] });
}

const withoutRepeats = (looks: readonly Look[]) => looks.filter((look, index) => look !== looks[index - 1]);

/** Watches something until it looks as it did at the end of the recording; says what was different on the way. */
export async function replaySeries(
  session: Session,
  setup: SeriesSetup,
  recorded: readonly Json[],
  task: string,
): Promise<readonly string[]> {
  const wanted = withoutRepeats(recorded.map((item) => recordedLook(setup.kind, item)));
  const withJobNode = recorded.some((item) => isObject(item) && item.job_node !== undefined);
  const look = async () => {
    if (setup.kind === 'datafeed') return lookAtDatafeed(session, setup, withJobNode);
    if (setup.kind === 'delete') return lookAtDelete(session, task, setup.job);
    return jobLook((await session.send('GET', `/_ml/anomaly_detectors/${setup.job}/_stats`)).body);
  };
  const seen: Look[] = setup.trigger === undefined ? [] : [await look()];
  const triggered = setup.trigger === undefined ? undefined : session.perform(setup.trigger);
  const begun = Date.now();
  // The last state may be the first one as well: a datafeed that ran to its end is stopped again.
  while (
    !(seen.at(-1) === wanted.at(-1) && withoutRepeats(seen).length >= wanted.length + (setup.unseen?.length ?? 0)) &&
    Date.now() - begun < 5000
  )
    seen.push(await look());
  await triggered;
  const found = withoutRepeats(seen.filter((one) => !setup.unseen?.includes(one)));
  return JSON.stringify(found) === JSON.stringify(wanted) ? [] : [`states: recorded ${wanted.join(' → ')}, now ${found.join(' → ')}`];
}
