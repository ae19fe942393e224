import { afterEach, describe, expect, it } from 'vitest';
import {
  bulkVerb,
  createGatewayRig,
  errorFields,
  type GatewayRig,
  readJob,
  type SeenError,
  type SeenPayload,
  verb,
} from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

/** What a version has, beside what all have. */
interface Dialect {
  readonly version: string;
  readonly number: string;
  readonly resets: boolean;
  /** Stops the datafeed of a job that is closed, and removes that of one that is deleted. */
  readonly handlesDatafeeds: boolean;
  readonly embedsDatafeed: boolean;
  readonly userAnnotations: boolean;
  readonly memory: boolean;
  /** What it calls the parameter of an expression. */
  readonly spelling: 'allow_no_jobs' | 'allow_no_match';
}
const dialects: readonly Dialect[] = [
  {
    version: '7.9',
    number: '7.9.0',
    resets: false,
    handlesDatafeeds: false,
    embedsDatafeed: false,
    userAnnotations: false,
    memory: false,
    spelling: 'allow_no_jobs',
  },
  {
    version: '7.10',
    number: '7.10.0',
    resets: false,
    handlesDatafeeds: false,
    embedsDatafeed: false,
    userAnnotations: false,
    memory: false,
    spelling: 'allow_no_match',
  },
  {
    version: '7.17',
    number: '7.17.24',
    resets: true,
    handlesDatafeeds: true,
    embedsDatafeed: true,
    userAnnotations: false,
    memory: false,
    spelling: 'allow_no_match',
  },
  {
    version: '8.17',
    number: '8.17.0',
    resets: true,
    handlesDatafeeds: true,
    embedsDatafeed: true,
    userAnnotations: true,
    memory: true,
    spelling: 'allow_no_match',
  },
  {
    version: '9.1',
    number: '9.1.0',
    resets: true,
    handlesDatafeeds: true,
    embedsDatafeed: true,
    userAnnotations: true,
    memory: true,
    spelling: 'allow_no_match',
  },
];

const begin = async ({ version }: Dialect): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', version }] });
};

const everywhere = ['OPEN_JOB', 'CLOSE_JOB', 'DELETE_JOB', 'REVERT_JOB', 'START_DATAFEED', 'STOP_DATAFEED', 'CANCEL_TASK'];
const verbsOf = ({ resets }: Dialect): readonly string[] => [...everywhere, ...(resets ? ['RESET_JOB'] : [])].sort();

/** One verb each, that changes a job that is ready for it. */
const sends = (job: string): readonly (readonly [action: string, name: string, input: Readonly<Record<string, unknown>>])[] => [
  ['OPEN_JOB', 'openJob', { jobId: job, waitMs: 15_000 }],
  ['START_DATAFEED', 'startDatafeed', { datafeedId: 'datafeed:es:datafeed-x' }],
  ['STOP_DATAFEED', 'stopDatafeed', { datafeedId: 'datafeed:es:datafeed-x' }],
  ['CLOSE_JOB', 'closeJob', { jobId: job, waitMs: 15_000 }],
  ['REVERT_JOB', 'revertJob', { jobId: job, snapshotId: 's1', waitMs: 15_000 }],
  ['RESET_JOB', 'resetJob', { jobId: job, waitMs: 15_000 }],
];

describe.each(dialects)('Elasticsearch $version', (dialect) => {
  it('is recognised, and says which verbs it has', async () => {
    await begin(dialect);
    const { backend, jobs } = await rig.ask<{
      readonly backend: { readonly version: string; readonly capabilities: readonly string[] };
      readonly jobs: { readonly nodes: readonly { readonly allowedActions: readonly string[] }[] };
    }>('{ jobs { nodes { id allowedActions } } backend(id: "backend:es") { version capabilities } }');
    expect(backend.version).toBe(dialect.number);
    expect([...backend.capabilities].sort()).toEqual(verbsOf(dialect));
    const offered = new Set(jobs.nodes.flatMap(({ allowedActions }) => allowedActions));
    expect(verbsOf(dialect)).toEqual(expect.arrayContaining([...offered]));
    expect(offered.has('RESET_JOB')).toBe(dialect.resets);
  });

  it('carries out every verb it has, and answers UNSUPPORTED with those it has to every other', async () => {
    await begin(dialect);
    await rig.sim('es').job('x', { state: 'closed', datafeed: 'stopped', snapshots: ['s1'] });
    for (const [action, name, input] of sends('job:es:x')) {
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
      const data = await rig.ask<Readonly<Record<string, { readonly errors: readonly SeenError[] }>>>(
        `mutation V($input: ${type}!) { ${name}(input: $input) { errors { ${errorFields} ... on UnsupportedActionError { action } } } }`,
        { input },
      );
      const errors = data[name]?.errors ?? [];
      if (verbsOf(dialect).includes(action)) expect([action, errors]).toEqual([action, []]);
      else {
        expect(errors).toEqual([expect.objectContaining({ __typename: 'UnsupportedActionError', code: 'UNSUPPORTED', action })]);
        expect([...(errors[0]?.supported ?? [])].sort()).toEqual(verbsOf(dialect));
      }
    }
    const resets = Object.keys(rig.sim('es').calls()).filter((route) => route.endsWith('_reset'));
    expect(resets).toHaveLength(dialect.resets ? 1 : 0);
  });

  it('closes a job whose datafeed runs, itself or with a stop before', async () => {
    await begin(dialect);
    let payload: SeenPayload | undefined;
    const calls = await rig.sim('es').costOf(async () => {
      payload = await verb(rig, 'closeJob', { jobId: 'job:es:nginx-request-rate', waitMs: 15_000 });
    });
    expect(payload).toMatchObject({ job: { state: 'CLOSED', datafeed: { state: 'STOPPED' } }, task: { state: 'SUCCEEDED' }, errors: [] });
    const writes = Object.fromEntries(Object.entries(calls).filter(([route]) => route.startsWith('POST /_ml/')));
    expect(writes).toEqual(
      dialect.handlesDatafeeds
        ? { 'POST /_ml/anomaly_detectors/{id}/_close': 1 }
        : { 'POST /_ml/anomaly_detectors/{id}/_close': 2, 'POST /_ml/datafeeds/{id}/_stop': 1 },
    );
  });

  it('closes by an expression, with either name of allowNoMatch, in its own spelling', async () => {
    await begin(dialect);
    const expression = (more: Readonly<Record<string, unknown>>) => ({ backendId: 'backend:es', expression: 'nobody-*', ...more });
    const codes = async (more: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
      const { results, errors } = await bulkVerb(rig, 'closeJobs', { expression: expression(more) });
      expect(results).toEqual([]);
      return errors.map(({ code }) => code);
    };
    expect(await codes({})).toEqual([]);
    expect(await codes({ allowNoMatch: true })).toEqual([]);
    for (const name of ['allowNoMatch', 'allowNoJobs']) expect(await codes({ [name]: false })).toEqual(['NOT_FOUND']);
    expect(await codes({ allowNoMatch: true, allowNoJobs: false })).toEqual(['INVALID_INPUT']);
    const { results } = await bulkVerb(rig, 'closeJobs', {
      expression: { backendId: 'backend:es', expression: 'web', allowNoMatch: false },
      waitMs: 15_000,
    });
    expect(results.map(({ job, errors }) => [job?.state, errors])).toEqual([
      ['CLOSED', []],
      ['CLOSED', []],
      ['CLOSED', []],
    ]);
    // The old spelling would be warned about where the new one exists.
    expect(rig.logs.filter((line) => JSON.stringify(line).includes('allow_no_jobs'))).toEqual([]);
    const other = dialect.spelling === 'allow_no_jobs' ? 'allow_no_match' : 'nonsense';
    const refused = await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/x*?${other}=true`);
    expect(refused.status).toBe(400);
  });

  it('gives the datafeed of each job, embedded or read apart', async () => {
    await begin(dialect);
    const document = '{ jobs { nodes { nativeId datafeed { id nativeId indices } } } }';
    await rig.ask('{ jobs { nodes { id } } }');
    const calls = await rig.sim('es').costOf(async () => {
      const { jobs } = await rig.ask<{
        readonly jobs: {
          readonly nodes: readonly { readonly nativeId: string; readonly datafeed: { readonly nativeId: string } | null }[];
        };
      }>(document);
      for (const { nativeId, datafeed } of jobs.nodes)
        expect(datafeed?.nativeId ?? null).toBe(nativeId === 'payment-amount-outliers' ? null : `datafeed-${nativeId}`);
    });
    expect(Object.keys(calls).some((route) => route.startsWith('GET /_ml/datafeeds') && !route.endsWith('_stats'))).toBe(
      !dialect.embedsDatafeed,
    );
  });

  it('tells the memory of its nodes, or that there is nothing to tell', async () => {
    await begin(dialect);
    const { nodeStats, clusterStats } = await rig.ask<{
      readonly nodeStats: readonly {
        readonly name: string;
        readonly roles: readonly string[];
        readonly metrics: unknown;
        readonly rawMetrics: readonly unknown[];
      }[];
      readonly clusterStats: { readonly nodes: readonly unknown[] };
    }>(`{ nodeStats(backend: "backend:es") { id name roles metrics { id } rawMetrics { name } }
      clusterStats(backend: "backend:es") { id nodes { id } rawMetrics { name } } }`);
    expect(nodeStats.map(({ name }) => name).sort()).toEqual(['node-1', 'node-2', 'node-3']);
    expect(clusterStats.nodes).toHaveLength(3);
    for (const { roles, metrics, rawMetrics } of nodeStats) {
      expect(roles).toContain('ml');
      expect(metrics !== null).toBe(dialect.memory);
      expect(rawMetrics.length > 0).toBe(dialect.memory);
    }
    const asked = Object.keys(rig.sim('es').calls()).some((route) => route.startsWith('GET /_ml/memory'));
    expect(asked).toBe(dialect.memory);
  });

  it('is not asked to delete users’ annotations where it cannot', async () => {
    await begin(dialect);
    const input = { jobId: 'job:es:orders-per-region', deleteUserAnnotations: true, waitMs: 15_000 };
    const name = dialect.resets ? 'resetJob' : 'deleteJob';
    const { errors } = await verb(rig, name, input);
    if (dialect.userAnnotations) expect(errors).toEqual([]);
    else {
      expect(errors).toEqual([
        expect.objectContaining({
          code: 'INVALID_INPUT',
          path: ['input', 'deleteUserAnnotations'],
          message: expect.stringContaining(dialect.number),
        }),
      ]);
      expect(await readJob(rig, 'job:es:orders-per-region')).toMatchObject({ state: 'CLOSED' });
    }
  });

  it('deletes a job with its datafeed, or says that the datafeed is in the way', async () => {
    await begin(dialect);
    const { errors } = await verb(rig, 'deleteJob', { jobId: 'job:es:dns-tunneling', waitMs: 15_000 });
    if (dialect.handlesDatafeeds) expect(errors).toEqual([]);
    else expect(errors).toEqual([expect.objectContaining({ code: 'WRONG_STATE', message: expect.stringContaining('datafeed') })]);
    expect((await readJob(rig, 'job:es:dns-tunneling')) === null).toBe(dialect.handlesDatafeeds);
  });
});
