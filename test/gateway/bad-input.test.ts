import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bulkVerb, createGatewayRig, errorFields, type GatewayRig, leaksIn, type SeenBulk, verb } from '../support/gateway-rig.js';
import { endOf, spawnVigil } from '../unit/cli/child.js';

let rig: GatewayRig;
beforeAll(async () => {
  rig = await createGatewayRig({
    backends: [{ id: 'es' }, { id: 'old', version: '7.10' }, { id: 'ro', config: { readOnly: true } }],
  });
});
afterAll(async () => {
  const leaks = leaksIn(rig.answers, []);
  await rig.dispose();
  expect(leaks).toEqual([]);
});

const tooMany = Array.from({ length: 501 }, (_each, index) => `job:es:job-${index}`);

describe('an unknown id', () => {
  it('is null, without an error, for every kind of object; what else was asked for is there', async () => {
    const { data, errors } = await rig.query(`{
      job(id: "job:es:never-was") { id } task(id: "task:es:oTUltX4IQMOUUVeiohTt8A:12") { id }
      datafeed: node(id: "datafeed:es:never-was") { id } server: node(id: "node:es:never-was") { id } backend(id: "backend:never") { id }
      elsewhere: job(id: "job:never:x") { id } known: job(id: "job:es:dns-tunneling") { state }
    }`);
    expect(errors).toEqual([]);
    expect(data).toEqual({
      job: null,
      task: null,
      datafeed: null,
      server: null,
      backend: null,
      elsewhere: null,
      known: { state: 'CLOSED' },
    });
  });

  it('leaves the others of a list of ids alone, in their places', async () => {
    const { data, errors } = await rig.query<{ readonly nodes: readonly ({ readonly state: string } | null)[] }>(
      '{ nodes(ids: ["job:es:never-was", "job:es:dns-tunneling", "job:never:x", "job:es:dns-tunneling"]) { ... on Job { state } } }',
    );
    expect(errors).toEqual([]);
    expect(data?.nodes).toEqual([null, { state: 'CLOSED' }, null, { state: 'CLOSED' }]);
  });

  it('matches nothing in a filter', async () => {
    const { data, errors } = await rig.query(
      '{ jobs(filter: { ids: ["job:es:never-was", "job:never:x"] }) { totalCount unavailable { code } } }',
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({ jobs: { totalCount: 0, unavailable: [] } });
  });

  it('with the incarnation of another object is another object', async () => {
    const { data } = await rig.query('{ job(id: "job:es:dns-tunneling~abc") { id } }');
    expect(data).toEqual({ job: null });
    expect((await verb(rig, 'closeJob', { jobId: 'job:es:dns-tunneling~abc' })).errors[0]?.code).toBe('NOT_FOUND');
  });

  it('is NOT_FOUND for a verb, and says what to correct', async () => {
    const { job, task, errors } = await verb(rig, 'closeJob', { jobId: 'job:es:never-was' });
    expect({ job, task }).toEqual({ job: null, task: null });
    expect(errors).toEqual([
      expect.objectContaining({
        __typename: 'NotFoundError',
        code: 'NOT_FOUND',
        message: 'There is no job job:es:never-was.',
        path: ['input', 'jobId'],
      }),
    ]);
    const cancelled = await rig.ask<{ readonly cancelTask: SeenBulk }>(
      `mutation { cancelTask(input: { taskId: "task:es:oTUltX4IQMOUUVeiohTt8A:12" }) { task { id } errors { ${errorFields} } } }`,
    );
    expect(cancelled.cancelTask.errors).toEqual([expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'taskId'] })]);
  });

  it('among many stops none of the others, and each is told where it stands', async () => {
    const { results, errors } = await bulkVerb(rig, 'closeJobs', {
      jobIds: ['job:es:never-was', 'rubbish', 'job:never:x', 'job:es:host-disk-forecast', 'job:es:host-disk-forecast'],
    });
    expect(errors).toEqual([]);
    expect(results.map(({ jobId, errors: [error], task }) => [jobId, error?.code ?? null, error?.path ?? null, task !== null])).toEqual([
      ['job:es:never-was', 'NOT_FOUND', ['input', 'jobIds', '0'], false],
      ['rubbish', 'INVALID_INPUT', ['input', 'jobIds', '1'], false],
      ['job:never:x', 'NOT_FOUND', ['input', 'jobIds', '2'], false],
      ['job:es:host-disk-forecast', null, null, true],
    ]);
  });

  it('of a task ends its subscription with NOT_FOUND, and no other on the same socket', async () => {
    const healthy = rig.subscribe<{ readonly backendsChanged: { readonly reset: boolean } }>('subscription { backendsChanged { reset } }');
    await healthy.next();
    const unknown = rig.subscribe('subscription { taskProgress(id: "task:es:oTUltX4IQMOUUVeiohTt8A:12") { task { id } } }');
    await expect(unknown.ended).rejects.toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code: 'NOT_FOUND' }) })]);
    const malformed = rig.subscribe('subscription { taskProgress(id: "rubbish") { task { id } } }');
    await expect(malformed.ended).rejects.toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'INVALID_INPUT', path: ['id'] }) }),
    ]);
    const again = rig.subscribe<{ readonly backendsChanged: { readonly reset: boolean } }>('subscription { backendsChanged { reset } }');
    expect((await again.next()).backendsChanged.reset).toBe(true);
    healthy.stop();
    again.stop();
  });
});

describe('a malformed id', () => {
  const text = /^".*" is not an id: .+ Ids look like job:es-prod:total-requests\.$/;

  it.each([
    ['no kind', 'rubbish'],
    ['empty', ''],
    ['an unknown kind', 'detector:es:x'],
    ['another kind', 'task:es:a:1'],
    ['no backend', 'job:'],
    ['a backend key that cannot be', 'job:ES:x'],
    ['nothing of the vendor', 'job:es:'],
    ['blanks', 'job:es:a b'],
    ['an incarnation that cannot be', 'job:es:a~B!'],
    ['far too long', `job:es:${'x'.repeat(600)}`],
  ])('is INVALID_INPUT wherever it stands: %s', async (_kind, id) => {
    const { data, errors } = await rig.query<Readonly<Record<string, unknown>>>(
      'query Q($id: ID!) { job(id: $id) { id } known: job(id: "job:es:dns-tunneling") { state } }',
      { id },
    );
    expect(data).toEqual({ job: null, known: { state: 'CLOSED' } });
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['job'],
        extensions: expect.objectContaining({ code: 'INVALID_INPUT', path: ['id'], retryable: false }),
      }),
    ]);
    expect(errors[0]?.message).toMatch(text);
    expect(errors[0]?.message.length).toBeLessThan(300);

    const refused = await verb(rig, 'resetJob', { jobId: id });
    expect(refused).toEqual({
      job: null,
      task: null,
      errors: [expect.objectContaining({ __typename: 'InvalidInputError', code: 'INVALID_INPUT', path: ['input', 'jobId'] })],
    });
    const inFilter = await rig.query('query Q($id: ID!) { jobs(filter: { ids: [$id] }) { totalCount } }', { id });
    expect(inFilter.errors.map(({ extensions }) => [extensions.code, extensions.path])).toEqual([
      ['INVALID_INPUT', ['filter', 'ids', '0']],
    ]);
  });

  it('in nodes is null in its place, with an error that says which', async () => {
    const { data, errors } = await rig.query('{ nodes(ids: ["job:es:dns-tunneling", "rubbish"]) { ... on Job { state } } }');
    expect(data).toEqual({ nodes: [{ state: 'CLOSED' }, null] });
    expect(errors).toEqual([
      expect.objectContaining({ path: ['nodes', 1], extensions: expect.objectContaining({ code: 'INVALID_INPUT', path: ['ids', '1'] }) }),
    ]);
  });
});

describe('an unknown backend', () => {
  it('in a filter is NOT_FOUND, and the message names those there are', async () => {
    for (const list of ['jobs', 'tasks']) {
      const { errors } = await rig.query(`{ ${list}(filter: { backends: ["backend:never"] }) { totalCount } }`);
      expect(errors).toEqual([
        expect.objectContaining({
          message: 'There is no backend "never". Configured are: es, old, ro.',
          extensions: expect.objectContaining({ code: 'NOT_FOUND', path: ['filter', 'backends', '0'] }),
        }),
      ]);
    }
  });

  it('in an expression refuses the whole request', async () => {
    const { results, errors } = await bulkVerb(rig, 'closeJobs', { expression: { backendId: 'backend:never', expression: '*' } });
    expect(results).toEqual([]);
    expect(errors).toEqual([expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'expression', 'backendId'] })]);
  });
});

const withoutReset = ['OPEN_JOB', 'CLOSE_JOB', 'DELETE_JOB', 'REVERT_JOB', 'START_DATAFEED', 'STOP_DATAFEED', 'CANCEL_TASK'];

describe('a verb of another vendor or version', () => {
  it('is UNSUPPORTED, and names what there is instead', async () => {
    const { job, task, errors } = await verb(rig, 'resetJob', { jobId: 'job:old:dns-tunneling' });
    expect(task).toBeNull();
    expect(job?.allowedActions).not.toContain('RESET_JOB');
    expect(errors).toEqual([
      expect.objectContaining({
        __typename: 'UnsupportedActionError',
        code: 'UNSUPPORTED',
        message: `ELASTICSEARCH_ML 7.10.0 has no RESET_JOB. It has: ${withoutReset.join(', ')}.`,
        action: 'RESET_JOB',
        supported: withoutReset,
      }),
    ]);
  });

  it('is refused with closeFirst before anything is closed', async () => {
    const { errors } = await verb(rig, 'resetJob', { jobId: 'job:old:payment-amount-outliers', closeFirst: true });
    expect(errors.map(({ code }) => code)).toEqual(['UNSUPPORTED']);
    const { data } = await rig.query('{ job(id: "job:old:payment-amount-outliers") { state } }');
    expect(data).toEqual({ job: { state: 'OPENED' } });
  });

  it('among the jobs of several backends keeps none of the others from being reset', async () => {
    const { results } = await bulkVerb(rig, 'resetJobs', {
      jobIds: ['job:old:dns-tunneling', 'job:ro:dns-tunneling', 'job:es:orders-per-region'],
    });
    expect(results.map(({ errors: [error] }) => error?.code ?? null)).toEqual(['UNSUPPORTED', 'REFUSED', null]);
  });

  it('with an option that this version lacks is INVALID_INPUT at that option', async () => {
    const { errors } = await verb(rig, 'deleteJob', { jobId: 'job:old:dns-tunneling', deleteUserAnnotations: true });
    expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_INPUT', path: ['input', 'deleteUserAnnotations'] })]);
  });
});

describe('a list', () => {
  it('that is empty: a verb asks for at least one, a filter matches none, nodes are none', async () => {
    for (const name of ['closeJobs', 'resetJobs']) {
      expect(await bulkVerb(rig, name, { jobIds: [] })).toEqual({
        results: [],
        errors: [
          expect.objectContaining({
            code: 'INVALID_INPUT',
            message: 'The list is empty: name at least one job.',
            path: ['input', 'jobIds'],
          }),
        ],
      });
    }
    expect(
      (await rig.query('{ nodes(ids: []) { id } jobs(filter: { ids: [] }) { totalCount } b: jobs(filter: { states: [] }) { totalCount } }'))
        .data,
    ).toEqual({
      nodes: [],
      jobs: { totalCount: 0 },
      b: { totalCount: 0 },
    });
  });

  it('that is too long is refused as a whole, with the bound in the message', async () => {
    for (const name of ['closeJobs', 'resetJobs']) {
      const { results, errors } = await bulkVerb(rig, name, { jobIds: tooMany });
      expect(results).toEqual([]);
      expect(errors).toEqual([
        expect.objectContaining({ code: 'INVALID_INPUT', path: ['input', 'jobIds'], message: expect.stringMatching(/501.*at most 500/) }),
      ]);
    }
    for (const [document, path] of [
      ['query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }', ['ids']],
      ['query Q($ids: [ID!]!) { jobs(filter: { ids: $ids }) { totalCount } }', ['filter', 'ids']],
    ] as const) {
      const { errors } = await rig.query(document, { ids: tooMany });
      expect(errors).toEqual([
        expect.objectContaining({
          message: expect.stringMatching(/501.*at most 500/),
          extensions: expect.objectContaining({ code: 'INVALID_INPUT', path }),
        }),
      ]);
    }
  });

  it('of the longest length allowed is read though no request line holds it, and one that is unknown fails none', async () => {
    const ids = [...tooMany.slice(0, 499), 'job:es:dns-tunneling'].map((id) =>
      id.replace('job-', 'a-name-of-a-job-that-is-about-as-long-as-they-are-'),
    );
    const { data, errors } = await rig.query<{ readonly jobs: { readonly totalCount: number } }>(
      'query Q($ids: [ID!]!) { jobs(filter: { ids: $ids }) { totalCount nodes { id } unavailable { code message } } }',
      { ids },
    );
    expect(errors).toEqual([]);
    expect(data?.jobs).toEqual({ totalCount: 1, nodes: [expect.anything()], unavailable: [] });
  });
});

describe('a page', () => {
  it.each([
    ['negative', -1, '`first` has to be 0 to 500, not -1.'],
    ['too large', 501, '`first` has to be 0 to 500, not 501.'],
  ])('size that is %s is INVALID_INPUT', async (_what, first, message) => {
    for (const list of ['jobs', 'tasks']) {
      const { errors } = await rig.query(`query Q($first: Int) { ${list}(first: $first) { totalCount } }`, { first });
      expect(errors).toEqual([
        expect.objectContaining({ message, extensions: expect.objectContaining({ code: 'INVALID_INPUT', path: ['first'] }) }),
      ]);
    }
  });

  it('size of null is the default, of 0 no rows', async () => {
    const { data } = await rig.query(
      '{ a: jobs(first: null, filter: { backends: ["backend:es"] }) { nodes { id } } b: jobs(first: 0) { totalCount nodes { id } } }',
    );
    expect(data).toEqual({ a: { nodes: expect.objectContaining({ length: 12 }) }, b: { totalCount: 36, nodes: [] } });
  });

  it.each([
    ['garbage', 'garbage'],
    ['empty', ''],
    ['JSON of another shape', Buffer.from('{"v":1}').toString('base64url')],
    ['a number', Buffer.from('42').toString('base64url')],
    ['huge', 'A'.repeat(5_000)],
  ])('after a cursor that is %s is INVALID_INPUT that says where cursors come from', async (_what, after) => {
    const { errors } = await rig.query('query Q($after: String) { jobs(after: $after) { totalCount } }', { after });
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('endCursor'),
        extensions: expect.objectContaining({ code: 'INVALID_INPUT', path: ['after'] }),
      }),
    ]);
  });

  it('after a cursor of another filter, order or list is INVALID_INPUT that says to begin again', async () => {
    const { jobs } = await rig.ask<{ readonly jobs: { readonly pageInfo: { readonly endCursor: string } } }>(
      '{ jobs(first: 1) { pageInfo { endCursor } } }',
    );
    const after = jobs.pageInfo.endCursor;
    for (const list of [
      'jobs(after: $after, filter: { busy: false })',
      'jobs(after: $after, orderBy: { field: STATE })',
      'tasks(after: $after)',
    ]) {
      const { errors } = await rig.query(`query Q($after: String) { ${list} { totalCount } }`, { after });
      expect(errors).toEqual([
        expect.objectContaining({
          message: expect.stringContaining('Begin again without `after`'),
          extensions: expect.objectContaining({ code: 'INVALID_INPUT' }),
        }),
      ]);
    }
    expect(
      (await rig.query('query Q($after: String) { jobs(after: $after, first: 1, filter: {}) { nodes { id } } }', { after })).errors,
    ).toEqual([]);
  });
});

describe('options that contradict each other', () => {
  const expression = { backendId: 'backend:es', expression: 'nginx-*' };
  it.each([
    ['jobIds and expression', 'closeJobs', { jobIds: ['job:es:a'], expression }, ['input', 'expression']],
    ['neither of them', 'closeJobs', {}, ['input']],
    ['null for both', 'closeJobs', { jobIds: null, expression: null }, ['input']],
    [
      'allowNoMatch and its old name',
      'closeJobs',
      { expression: { ...expression, allowNoMatch: true, allowNoJobs: false } },
      ['input', 'expression', 'allowNoJobs'],
    ],
    ['an empty expression', 'closeJobs', { expression: { ...expression, expression: ' , ' } }, ['input', 'expression', 'expression']],
    ['force without closeFirst', 'resetJobs', { jobIds: ['job:es:dns-tunneling'], force: true }, ['input', 'force']],
    ['a negative timeout', 'closeJobs', { jobIds: ['job:es:dns-tunneling'], timeoutMs: -1 }, ['input', 'timeoutMs']],
    ['waiting longer than proxies do', 'closeJobs', { jobIds: ['job:es:dns-tunneling'], waitMs: 600_001 }, ['input', 'waitMs']],
  ])('are INVALID_INPUT, and nothing is sent: %s', async (_what, name, input, path) => {
    const calls = await rig.sim('es').costOf(async () => {
      const { results, errors } = await bulkVerb(rig, name, input);
      expect(results).toEqual([]);
      expect(errors).toEqual([expect.objectContaining({ __typename: 'InvalidInputError', code: 'INVALID_INPUT', path })]);
    });
    expect(Object.keys(calls).filter((route) => route.startsWith('POST'))).toEqual([]);
  });

  it('are told all at once', async () => {
    const { errors } = await verb(rig, 'resetJob', { jobId: 'rubbish', force: true, waitMs: -1 });
    expect(errors.map(({ path }) => path?.at(-1))).toEqual(['jobId', 'waitMs', 'force']);
  });

  it('an idempotency key of another request is INVALID_INPUT at the key, as an error of the payload', async () => {
    const idempotencyKey = '6f0e0b52-6e0f-4a3c-9a55-0d3f3a9b1c11';
    expect((await verb(rig, 'closeJob', { jobId: 'job:es:dns-tunneling', idempotencyKey })).errors).toEqual([]);
    const { errors } = await verb(rig, 'closeJob', { jobId: 'job:es:dns-tunneling', force: true, idempotencyKey });
    expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'] })]);
  });
});

describe('a document', () => {
  it.each([
    ['that is none', '{'],
    ['with an unknown field', '{ nope }'],
    ['with a variable of another type', 'query Q { jobs(first: "x") { totalCount } }'],
    ['with a key that is no UUID', 'mutation { closeJob(input: { jobId: "job:es:a", idempotencyKey: "x" }) { task { id } } }'],
    ['with an unknown state', '{ jobs(filter: { states: [SLEEPING] }) { totalCount } }'],
    ['deeper than allowed', `{ jobs { nodes ${'{ currentTask { job '.repeat(10)} { id } ${'} }'.repeat(10)} } }`],
    ['with more aliases than allowed', `{ ${Array.from({ length: 60 }, (_each, index) => `a${index}: backends { id }`).join(' ')} }`],
    [
      'that costs more than allowed',
      '{ jobs(first: 500) { nodes { tasks(first: 500) { nodes { children(first: 500) { nodes { id } } } } } } }',
    ],
    ['of a subscription over HTTP', 'subscription { backendsChanged { reset } }'],
  ])('%s is INVALID_INPUT as a whole, and asks no backend anything', async (_what, document) => {
    // Not `es`: what tests before began there is still being followed.
    const calls = await rig.sim('ro').costOf(async () => {
      const { data, errors } = await rig.query(document);
      expect(data).toBeNull();
      expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['INVALID_INPUT']));
      expect(errors[0]?.extensions.requestId).toEqual(expect.any(String));
    });
    expect(calls).toEqual({});
  });
});

describe('a configuration with ten faults', () => {
  it('is refused with all ten, each at its line and column, by a process that exits with 2', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vigil-faults-'));
    try {
      await writeFile(
        join(folder, 'vigil.yaml'),
        [
          'server: { host: 0.0.0.0, port: 70000, prot: 1 }',
          'store: { kind: rediss }',
          'logLevel: loud',
          'limits: { maxDepth: many }',
          'backends:',
          '  - { id: ES PROD, vendor: elasticsearch-mll, url: "ftp://es" }',
          '  - { id: es, vendor: elasticsearch-ml, url: "http://user:hunter2@es:9200" }',
          '  - { id: es, vendor: elasticsearch-ml, url: "http://es:9200", auth: { kind: basic, username: u, password: "$' +
            '{NOT_SET}" } }',
          '  - { id: tls, vendor: elasticsearch-ml, url: "https://es:9200", tls: { caFile: nowhere.pem } }',
        ].join('\n'),
      );
      const { code, out, err } = await endOf(spawnVigil(['config', 'check', '--config', 'vigil.yaml'], { cwd: folder }));
      expect({ code, out }).toEqual({ code: 2, out: '' });
      const lines = err.split('\n').filter((line) => /vigil\.yaml:\d+:\d+ /.test(line));
      expect(lines.length).toBeGreaterThanOrEqual(10);
      for (const place of [
        'server.port',
        'server.prot',
        'store.kind',
        'logLevel',
        'limits.maxDepth',
        'backends[0].id',
        'backends[0].vendor',
        'backends[0].url',
        'backends[1].url',
        'backends[2].id',
        'backends[2].auth.password',
        'backends[3].tls.caFile',
      ])
        expect(err).toContain(place);
      expect(err).toContain('did you mean');
      expect(err).not.toContain('hunter2');
      const served = await endOf(spawnVigil(['serve', '--config', 'vigil.yaml'], { cwd: folder }));
      expect(served.code).toBe(2);
      expect(served.err).toContain('backends[3].tls.caFile');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
