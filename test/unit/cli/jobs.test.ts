import { afterEach, describe, expect, it } from 'vitest';
import { aBackend, aJob, aPage, aTask } from '../client/samples.js';
import { createToyGateway, type ToyGateway, type ToyRoot } from '../client/toy-gateway.js';
import { vigil } from './run-vigil.js';

let gateway: ToyGateway | undefined;
afterEach(async () => {
  await gateway?.dispose();
});

const listing = async (root: ToyRoot): Promise<string> => {
  gateway = await createToyGateway({ root: { backends: () => [], ...root } });
  return gateway.url;
};

const down = { part: 'ALL', code: 'BACKEND_UNAVAILABLE', message: 'It does not answer.', retryAfterMs: null, backend: aBackend('es-old') };

describe('vigil jobs', () => {
  it('prints an aligned table of what the jobs of all vendors have', async () => {
    const jobs = [
      aJob('total-requests'),
      aJob('low', {
        state: 'CLOSED',
        datafeed: null,
        allowedActions: ['OPEN_JOB', 'RESET_JOB'],
        currentTask: aTask('t', { kind: 'RESET' }),
      }),
      aJob('dGhyZWU', { backend: aBackend('os-prod'), datafeed: null, detector: { id: 'detector:os-prod:dGhyZWU', name: 'cpu-load' } }),
    ];
    const { code, lines, err } = await vigil(['jobs', '--url', await listing({ jobs: () => aPage(jobs) })]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(lines).toEqual([
      'BACKEND  JOB             STATE   WITH               RUNNING  ALLOWED',
      'es-prod  total-requests  OPENED  datafeed STARTED   -        CLOSE_JOB',
      'es-prod  low             CLOSED  -                  RESET    OPEN_JOB RESET_JOB',
      'os-prod  dGhyZWU         OPENED  detector cpu-load  -        CLOSE_JOB',
    ]);
  });

  it('prints one JSON document per line with --json', async () => {
    const { lines } = await vigil(['jobs', '--json', '--url', await listing({ jobs: () => aPage([aJob('a'), aJob('b')]) })]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ id: 'job:es-prod:a', state: 'OPENED' }),
      expect.objectContaining({ id: 'job:es-prod:b' }),
    ]);
  });

  it('follows the pages to the end', async () => {
    const asked: unknown[] = [];
    const pages = [
      aPage([aJob('a')], { pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: 'p1' } }),
      aPage([aJob('a-very-long-name')], { pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: 'p2' } }),
    ];
    const jobs = ({ after }: { after?: string }) => pages[asked.push(after) - 1];
    const { lines } = await vigil(['jobs', '--url', await listing({ jobs })]);
    expect(asked).toEqual([undefined, 'p1']);
    expect(lines).toHaveLength(3);
  });

  it('hands every filter over', async () => {
    let filter: unknown;
    const jobs = (asked: { filter: unknown }) => {
      filter = JSON.parse(JSON.stringify(asked.filter));
      return aPage([]);
    };
    const url = await listing({ jobs });
    const argv = [
      'jobs',
      '--url',
      url,
      '-b',
      'es-prod,backend:es-staging',
      '-s',
      'opened',
      '--state',
      'CLOSED',
      '--group',
      'web',
      '--text',
      'requests',
    ];
    expect(await vigil(argv)).toMatchObject({ code: 0, out: 'No jobs.\n' });
    expect(filter).toEqual({
      backends: ['backend:es-prod', 'backend:es-staging'],
      states: ['OPENED', 'CLOSED'],
      groups: ['web'],
      text: 'requests',
    });
  });

  it('says what is missing beside the list, which stays an answer', async () => {
    const url = await listing({
      jobs: () => aPage([aJob()], { unavailable: [down, { ...down, part: 'DATAFEEDS', code: 'FORBIDDEN', message: 'No.' }] }),
    });
    const { code, lines, err } = await vigil(['jobs', '--url', url]);
    expect(code).toBe(0);
    expect(lines).toHaveLength(2);
    expect(err.split('\n')).toEqual([
      'es-old: all or part of it is missing: BACKEND_UNAVAILABLE, It does not answer.',
      'es-old: datafeeds is missing: FORBIDDEN, No.',
      '',
    ]);
  });

  it('ends with 1 when nobody answered', async () => {
    expect(await vigil(['jobs', '--url', await listing({ jobs: () => aPage([], { unavailable: [down] }) })])).toMatchObject({ code: 1 });
  });

  it('lets no name of a job steer the terminal', async () => {
    const { out } = await vigil(['jobs', '--url', await listing({ jobs: () => aPage([aJob('\u001b[2Jevil\u0007\r')]) })]);
    expect(out).toContain('[2Jevil');
    expect([...out].filter((character) => /\p{Cc}/u.test(character) && character !== '\n')).toEqual([]);
  });

  const unseen = 'a\u202eb\u200bc\u2066d\u009b2J\u2028e\ufefff\u{e0041}g';

  it('lets none turn the text around, hide, or look like another', async () => {
    const { out } = await vigil(['jobs', '--url', await listing({ jobs: () => aPage([aJob(unseen)]) })]);
    expect(out).toContain('  abcd2Jefg  ');
  });

  it('lets none do so with --json either, where nothing is lost', async () => {
    const { out, lines } = await vigil(['jobs', '--json', '--url', await listing({ jobs: () => aPage([aJob(`${unseen}\u001b[2Jé🦉`)]) })]);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ nativeId: `${unseen}\u001b[2Jé🦉` });
    expect(out).toContain('a\\u202eb\\u200bc\\u2066d\\u009b2J\\u2028e\\ufefff\\udb40\\udc41g\\u001b[2Jé🦉');
    expect([...out].filter((character) => /[\p{Cc}\p{Cf}\u2028]/u.test(character))).toEqual(['\n']);
  });
});

describe('vigil jobs, where jobs hand results over', () => {
  const runOnce = aBackend('sym-prod', { vendor: 'SYMETRYML', capabilities: ['KILL_JOB', 'START_JOB', 'COLLECT_JOB_RESULT'] });
  const once = (native: string, more: Record<string, unknown>) =>
    aJob(native, { id: `job:sym-prod:${native}`, backend: runOnce, datafeed: null, type: 'PCAJob', allowedActions: [], ...more });
  const run = (state: string) => aTask('r', { kind: 'RUN', state });
  const jobs = () =>
    aPage([
      aJob('total-requests'),
      once('1', { state: 'FINISHED', resultState: 'UNCLAIMED', currentTask: run('UNKNOWN') }),
      once('2', { state: 'RUNNING', currentTask: run('RUNNING') }),
    ]);

  it('tells what became of the result, and what runs by its type', async () => {
    const url = await listing({ jobs, backends: () => [aBackend(), runOnce] });
    expect((await vigil(['jobs', '--url', url])).lines).toEqual([
      'BACKEND   JOB             STATE     RESULT     WITH              RUNNING  ALLOWED',
      'es-prod   total-requests  OPENED    -          datafeed STARTED  -        CLOSE_JOB',
      'sym-prod  1               FINISHED  UNCLAIMED  type PCAJob       -        -',
      'sym-prod  2               RUNNING   -          type PCAJob       RUN      -',
    ]);
  });

  it('leaves the column out where only others were asked for', async () => {
    const url = await listing({ jobs: () => aPage([aJob('total-requests')]), backends: () => [aBackend(), runOnce] });
    expect((await vigil(['jobs', '-b', 'es-prod', '--url', url])).lines[0]).not.toContain('RESULT');
  });
});
