import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FieldSet, Job } from '../../../src/domain/index.js';
import { isVigilError } from '../../../src/errors.js';
import type { Answer } from '../support/stand-in.js';
import { setUp, wireJob } from './support.js';

/* What was recorded by polling: the adapter is shown one moment after the other. */

const jobs = '/_ml/anomaly_detectors';
const fields: FieldSet = new Set(['Job.state', 'Job.stateReason', 'Job.node', 'Job.allowedActions', 'Job.datafeed', 'Datafeed.state']);

interface Series {
  readonly note: string;
  readonly series?: readonly unknown[];
}

const seriesOf = (file: string, note: string): readonly unknown[] => {
  const url = new URL(`../../recordings/elasticsearch-ml/7.9.0/${file}.json`, import.meta.url);
  const entries: readonly Series[] = JSON.parse(readFileSync(url, 'utf8'));
  const found = entries.find((entry) => entry.series && entry.note.startsWith(note));
  if (!found?.series) throw new Error(`${file} has no series "${note}"`);
  return found.series;
};

/** What the adapter sees of one job while `_stats` answer one thing after the other. */
const watch = async (id: string, moments: readonly (Answer & { readonly datafeed?: string })[]): Promise<readonly unknown[]> => {
  let moment = moments[0];
  const { adapter, call } = await setUp(({ path }) => {
    if (path === `${jobs}/_stats`) return moment;
    if (path === '/_ml/datafeeds/_stats') return { body: { datafeeds: [{ datafeed_id: 'df', state: moment?.datafeed }] } };
    return path === jobs ? { body: { jobs: [wireJob(id, { datafeed_config: { datafeed_id: 'df' } })] } } : undefined;
  });
  const seen: unknown[] = [];
  for (const next of moments) {
    moment = next;
    const { items, missing } = await adapter.listJobs(fields, call);
    const code = missing[0]?.error.code;
    seen.push(code ?? items[0]);
  }
  return seen;
};

const pick = (seen: readonly unknown[], look: (job: Job) => unknown): readonly unknown[] =>
  seen.map((each) => (typeof each === 'object' && each !== null && !isVigilError(each) ? look(each as Job) : each));

const moments = (series: readonly unknown[]) => series.map((each) => ({ body: (each as readonly [number, string])[1] }));

describe('a job as it was watched', () => {
  it('opens: without a node first, then on one', async () => {
    const seen = await watch('a1', moments(seriesOf('04-states', 'stats seen while _open')));
    expect(pick(seen, ({ state, node }) => [state, node?.nativeId ?? null])).toEqual([
      ['CLOSED', null],
      ['OPENING', null],
      ['OPENING', 'zOqwH0IWTaqJtNExIEZRLA'],
      ['OPENED', 'zOqwH0IWTaqJtNExIEZRLA'],
    ]);
  });

  it('closes: on its node first, then without', async () => {
    const seen = await watch('a1', moments(seriesOf('04-states', 'stats seen while _close')));
    expect(pick(seen, ({ state, node }) => [state, node?.nativeId ?? null])).toEqual([
      ['OPENED', 'zOqwH0IWTaqJtNExIEZRLA'],
      ['CLOSING', 'zOqwH0IWTaqJtNExIEZRLA'],
      ['CLOSING', null],
      ['CLOSED', null],
    ]);
  });

  it('is fed to the end of the data, and closed by that', async () => {
    const series = seriesOf('07-datafeed-run', 'states while the lookback runs') as readonly { df: string; job: string }[];
    const seen = await watch(
      'a2',
      series.map(({ df, job }) => ({ body: { jobs: [{ job_id: 'a2', state: job }] }, datafeed: df })),
    );
    const offered = ({ allowedActions = [] }: Job) => allowedActions.filter((action) => /DATAFEED|OPEN|CLOSE/.test(action));
    expect(pick(seen, (job) => [job.state, job.datafeed?.state, offered(job)])).toEqual([
      ['OPENED', 'STOPPED', ['CLOSE_JOB', 'START_DATAFEED']],
      ['OPENED', 'STARTING', ['CLOSE_JOB', 'STOP_DATAFEED']],
      ['OPENED', 'STARTED', ['CLOSE_JOB', 'STOP_DATAFEED']],
      ['OPENED', 'STOPPED', ['CLOSE_JOB', 'START_DATAFEED']],
      ['CLOSING', 'STOPPED', []],
      ['CLOSING', 'STOPPED', []],
      ['CLOSED', 'STOPPED', ['OPEN_JOB']],
    ]);
  });

  it('comes back after its only node was restarted, and is never called gone', async () => {
    type Moment = readonly [number, readonly (readonly [number, string])[]];
    const series = seriesOf('25-restart-and-audit', 'restart of the only node') as readonly Moment[];
    const answers = series.flatMap(([, [stats]]) => (stats && stats[0] > 0 ? [{ status: stats[0], body: stats[1] }] : []));
    // The recorder cut the answer of the second moment off: to the adapter it is what a broken connection is.
    const seen = await watch('b1', answers);
    expect(pick(seen, ({ state, node, stateReason }) => [state, node !== null, stateReason])).toEqual([
      'BACKEND_UNAVAILABLE',
      'BACKEND_UNAVAILABLE',
      ['OPENED', false, null],
      ['OPENED', false, null],
    ]);
  });
});

describe('a background delete as it was watched', () => {
  it('may be gone before its task says that it is done', async () => {
    interface Moment {
      readonly k: readonly [number, boolean, ...unknown[]];
      readonly task: { readonly completed: boolean; readonly task: { readonly node: string; readonly id: number } };
      readonly get: object;
    }
    const series = seriesOf('10-delete', 'while the async delete runs') as readonly Moment[];
    const seen: unknown[] = [];
    for (const { k, task, get } of series) {
      const gone = !('jobs' in get);
      const { adapter, call } = await setUp(({ path }) => {
        if (path.startsWith('/_tasks/')) return { status: k[0], body: task };
        return { status: gone ? 404 : 200, body: get };
      });
      const id = `${task.task.node}:${task.task.id}`;
      const reading = (await adapter.readTasks([id], new Set(), call)).readings.get(id);
      const job = (await adapter.readJobs(['d5'], new Set(['Job.id']), call)).readings.get('d5');
      seen.push([reading?.status === 'found' && [reading.value.kind, reading.value.state], job?.status]);
    }
    expect(seen).toEqual([
      [['DELETE', 'RUNNING'], 'found'],
      [['DELETE', 'RUNNING'], 'gone'],
      [['DELETE', 'SUCCEEDED'], 'gone'],
    ]);
  });
});
