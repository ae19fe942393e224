import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { Secret, type VendorAdapter } from '../../../src/domain/index.js';
import { listJobs, openJob, startJob } from '../../../src/vendors/symetryml/client.js';
import { mostListed } from '../../../src/vendors/symetryml/job-list.js';
import { parseLenient } from '../../../src/vendors/symetryml/lenient-json.js';
import { errorOf } from '../support/connect.js';
import { type Answer, adapted, call, envelope, info, rigged } from './rig.js';

const none = new Set<string>();
const start = { method: 'POST', path: '/projects/iris/build', route: 'POST build', text: '{}' } as const;

describe('a server that tells a wrong time', () => {
  it.each(['Sat, 01 Jan 275760 00:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'that no server could have is not believed, and asked again later: %s',
    async (date) => {
      const { endpoint, got } = await rigged((_, count) =>
        count === 1 ? envelope(400, 'Invalid Request Date', {}, { date }) : envelope(200, 'OK'),
      );
      expect(await errorOf(listJobs(endpoint, call()))).toMatchObject({ code: 'FORBIDDEN' });
      await listJobs(endpoint, call());
      const thisYear = new Date().toISOString().slice(0, 4);
      expect(got.map(({ headers }) => String(headers['sym-date']).slice(0, 4))).toEqual([thisYear, thisYear]);
    },
  );
});

describe('an answer that is made to keep the gateway busy', () => {
  it('is read in one pass when it is nearly JSON', () => {
    expect(() => parseLenient(`{"a":NaN,"b":"${'\\"'.repeat(300_000)}`)).toThrow(SyntaxError);
    expect(() => parseLenient(`{"a":NaN,"b":"${'\\"'.repeat(300_000)}\\`)).toThrow(SyntaxError);
  });

  it('is cut before it is searched when it is a refusal', async () => {
    const { endpoint } = await rigged(() => envelope(400, `Bad${' '.repeat(500_000)}x`));
    expect((await errorOf(startJob(endpoint, start, call()))).facts.vendorMessage).toBe('Bad');
  });

  it.each([202, 401, 500])('and never ends is given up at the deadline of the call, with status %i', async (status) => {
    const { endpoint, connections } = await rigged(() => ({ ...envelope(status, 'x'.repeat(100)), after: { bytes: 40, end: 'silence' } }));
    const error = await errorOf(openJob(endpoint, '4', 60_000, call(300)));
    expect(error).toMatchObject({ code: 'TIMEOUT', facts: { httpStatus: status } });
    await vi.waitFor(async () => expect(await connections()).toBe(0));
  });

  it('lists no more jobs than the gateway looks at, and says that there are more', async () => {
    const { adapter } = await adapted(() => envelope(200, 'OK', { list: Array.from({ length: mostListed + 5 }, (_each, index) => index) }));
    const { items, missing } = await adapter.listJobs(none, call());
    expect(items).toHaveLength(mostListed);
    expect(missing).toMatchObject([{ part: 'STATE', error: { message: expect.stringContaining('5 jobs more') } }]);
  });

  it('fills no memory with what it says of one job', async () => {
    const details = Object.fromEntries(Array.from({ length: 500 }, (_each, index) => [`key${index}`, 'x'.repeat(1_500)]));
    const { adapter } = await adapted(() =>
      envelope(200, 'OK', { jobs: [info(1, { jobType: 'T'.repeat(90_000), details: { first: 'y'.repeat(90_000), ...details } })] }),
    );
    const [job] = (await adapter.listJobs(none, call())).items;
    expect(job?.type).toHaveLength(200);
    const properties = (job?.details as { properties?: { key: string; text: string }[] } | null | undefined)?.properties ?? [];
    expect(properties[0]).toEqual({ key: 'first', text: `${'y'.repeat(8_000)}…`, number: null });
    expect(properties.length).toBeGreaterThan(10);
    expect(JSON.stringify(job).length).toBeLessThan(100_000);
  });

  it('nests as deep as it likes and stays a list, and brings no prototype with it', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const body = `{"statusCode":"OK","values":{"__proto__":{"values":[]},"jobs":[{"jobId":1,"owner":"c1","__proto__":{"isDone":true},"details":{"__proto__":"x","constructor":"y","d":${deep}}}]}}`;
    const { adapter } = await adapted(() => ({ status: 200, body }));
    const { items } = await adapter.listJobs(new Set(['SymetryJobDetails.raw']), call());
    expect(items).toMatchObject([{ nativeId: '1', state: 'UNKNOWN', details: { raw: null } }]);
    expect(Reflect.get({}, 'isDone')).toBeUndefined();
  });
});

describe('an owner', () => {
  const listed = async (...values: unknown[]) => {
    const { endpoint } = await rigged(() => envelope(200, 'OK', Object.fromEntries(values.map((each, index) => [`k${index}`, each]))));
    const { jobs, bareIds, foreign } = await listJobs(endpoint, call());
    return { own: [...jobs.map((each) => each.info.jobId), ...bareIds], foreign: [...foreign] };
  };

  it.each([[1002], [{ id: 'c2' }], [['c1']], [true], [''], ['C1'], ['c1 ']])('%j is not ours', async (owner) => {
    expect(await listed([info(1, { owner })])).toEqual({ own: [], foreign: ['1'] });
  });

  it('that is not told makes a job ours only where nothing else tells whose it is', async () => {
    const anonymous = (id: number) => info(id, { owner: undefined });
    expect(await listed([info(1, { owner: 'c2' }), anonymous(1), anonymous(2)], { values: ['1', '2', '3'] })).toEqual({
      own: ['2', '3'],
      foreign: ['1'],
    });
    expect(await listed([info(1), info(1, { owner: 'c2' })], { values: ['1'] })).toEqual({ own: ['1'], foreign: [] });
  });
});

describe("a number that has become another customer's", () => {
  const results = ({ results: members }: VendorAdapter) => members ?? expect.fail('it hands no results over');
  const changed = async (listing: (count: number) => unknown) => {
    let lists = 0;
    const server = await adapted(({ method, target }): Answer => {
      if (method === 'POST') return envelope(202, 'Job Created', {}, { 'sym-job-id': '7' });
      if (!target.endsWith('/jobs')) return envelope(200, 'Job is finished', { pcaSumValues: 1 });
      lists += 1;
      return envelope(200, 'OK', { jobs: listing(lists) });
    });
    const keep = async (body: AsyncIterable<Uint8Array>) => {
      for await (const _ of body);
    };
    const { adapter, got } = server;
    return {
      list: () => adapter.listJobs(none, call()),
      collect: () => results(adapter).collect('7', keep, none, call()),
      kill: () => adapter.run({ action: 'KILL_JOB', jobId: '7' }, call()),
      start: () => adapter.startJob?.({ kind: 'PROJECTS_INFO', input: {} }, call()),
      asked: () => got.map(({ method, target }) => `${method} ${target.slice(target.lastIndexOf('/'))}`),
    };
  };
  const theirs = [info(7, { owner: 'c2' })];

  it('is neither asked for nor killed', async () => {
    const { list, collect, kill, asked } = await changed(() => theirs);
    await list();
    expect(await errorOf(collect())).toMatchObject({ code: 'WRONG_STATE', facts: { outcomeUnknown: false } });
    expect(await errorOf(kill())).toMatchObject({ code: 'NOT_FOUND' });
    expect(asked()).toEqual(['GET /jobs']);
  });

  it('may be asked for again once the server lists it as ours, or not at all', async () => {
    const { list, collect } = await changed((count) => (count === 1 ? theirs : []));
    await list();
    await list();
    expect(await collect()).toEqual({ kind: 'finished' });
  });
});

describe('an echo of a key that does not look like one', () => {
  const key = 'correct horse battery staple';

  it.each<[string, Answer]>([
    ['a failed job', envelope(500, `Failed with ${key} / ${encodeURIComponent(key)}`)],
    ['a refused question', envelope(400, `Bad key ${key}`)],
    ['a refused kill', envelope(202, `Cannot be killed by ${key}`)],
    ['a key of hexadecimal digits', envelope(500, 'Failed with 0f2100e34b54d50fd0138f300d3497579dae5279')],
  ])('is shown to nobody: %s', async (_, answer) => {
    const { adapter, seen } = await adapted(() => answer, {
      auth: { kind: 'hmac', customerId: 'c1', secretKey: new Secret(key) },
    });
    const keep = async () => undefined;
    const outcomes = [
      await adapter.results?.collect('4', keep, none, call()).catch((error: unknown) => error),
      await adapter.run({ action: 'KILL_JOB', jobId: '4' }, call()).catch((error: unknown) => error),
    ];
    const all = inspect([outcomes, seen], { depth: 12, showHidden: true, maxStringLength: null });
    for (const spelling of [key, encodeURIComponent(key), '0f2100e34b54d50f']) expect(all).not.toContain(spelling);
    expect(all).toMatch(/ailed|Bad key|Cannot be/);
  });

  it('and of an address is taken out of what is shown', async () => {
    const { endpoint } = await rigged(() => envelope(400, 'Node 10.0.0.7:8080 has no data source iris'));
    expect((await errorOf(startJob(endpoint, start, call()))).facts.vendorMessage).toBe('Node … has no data source iris');
  });
});
