import { afterEach, describe, expect, it } from 'vitest';
import { aBackend, aJob, aTask } from '../client/samples.js';
import { createToyGateway, type ToyGateway, type ToyRoot } from '../client/toy-gateway.js';
import { startVigil, vigil } from './run-vigil.js';

let gateway: ToyGateway | undefined;
afterEach(async () => {
  await gateway?.dispose();
});

const gatewayOf = async (root: ToyRoot): Promise<string> => {
  gateway = await createToyGateway({ root });
  return gateway.url;
};

const begun = (kind: string) => ({ job: aJob(), task: aTask('1', { kind }), errors: [] });
const ended = { state: 'SUCCEEDED', endedAt: '2026-01-31T09:05:01.400Z', revision: 9 };

/** `taskProgress` that tells these states and completes. */
const telling = (...steps: readonly Record<string, unknown>[]) =>
  async function* () {
    for (const [index, step] of steps.entries()) yield { taskProgress: { cursor: `c${index}`, task: aTask('1', step) } };
  };

const inputOf = (): unknown => gateway?.requests[0]?.variables.input;

describe('a verb on a job', () => {
  it('shows its task live until it has ended', async () => {
    const steps = [
      { kind: 'RESET', counts: { current: 1200, maximum: 3000, unit: 'DOCUMENTS' }, progress: 0.4 },
      { kind: 'RESET', ...ended },
    ];
    const url = await gatewayOf({ resetJob: () => begun('RESET'), taskProgress: telling(...steps) });
    const { code, lines, err } = await vigil(['job', 'reset', 'es-prod:total-requests', '--url', url]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(lines).toEqual([
      'reset es-prod/total-requests  RUNNING',
      'reset es-prod/total-requests  RUNNING  40 %  1,200 of 3,000 documents',
      'reset es-prod/total-requests  SUCCEEDED in 1.4 s',
    ]);
  });

  it('tells every step as one JSON document per line with --json', async () => {
    const url = await gatewayOf({ closeJob: () => begun('CLOSE'), taskProgress: telling({ progress: 0.5 }, ended) });
    const { code, lines } = await vigil(['job', 'close', 'job:es-prod:total-requests', '--json', '--url', url]);
    expect(code).toBe(0);
    const events = lines.map((line) => JSON.parse(line) as { event: string; task: { state: string; progress: number | null } });
    expect(events.map(({ event, task }) => [event, task.state, task.progress])).toEqual([
      ['accepted', 'RUNNING', null],
      ['progress', 'RUNNING', null],
      ['progress', 'RUNNING', 0.5],
      ['ended', 'SUCCEEDED', null],
    ]);
  });

  it.each([
    ['FAILED', { code: 'TIMEOUT', message: 'It took too long.', detail: null }, 'FAILED after 1.4 s: TIMEOUT, It took too long.'],
    ['CANCELLED', null, 'CANCELLED after 1.4 s'],
    ['LOST', null, 'LOST after 1.4 s'],
  ])('ends with 1 when its task is %s', async (state, error, text) => {
    const url = await gatewayOf({ closeJob: () => begun('CLOSE'), taskProgress: telling({ ...ended, state, error }) });
    const { code, lines } = await vigil(['job', 'close', 'es-prod:total-requests', '--url', url]);
    expect(code).toBe(1);
    expect(lines.at(-1)).toContain(text);
  });

  it('does not subscribe to a task that ended in the answer', async () => {
    const url = await gatewayOf({ openJob: () => ({ job: aJob(), task: aTask('1', { kind: 'OPEN', ...ended }), errors: [] }) });
    expect(await vigil(['job', 'open', 'es-prod:total-requests', '--url', url])).toMatchObject({
      code: 0,
      out: 'open es-prod/total-requests  SUCCEEDED in 1.4 s\n',
    });
    expect(gateway?.inits).toEqual([]);
  });

  it('is done at once where there is no task', async () => {
    const url = await gatewayOf({ openJob: () => ({ job: aJob(), task: null, errors: [] }) });
    expect(await vigil(['job', 'open', 'es-prod:total-requests', '--url', url])).toMatchObject({
      code: 0,
      out: 'open of job:es-prod:total-requests: done, it is OPENED.\n',
    });
  });

  it('returns when it has begun with --no-wait', async () => {
    const url = await gatewayOf({ deleteJob: () => ({ ...begun('DELETE'), deletedJobId: null }) });
    const { code, out } = await vigil(['job', 'delete', 'es-prod:total-requests', '--no-wait', '--url', url]);
    expect(code).toBe(0);
    expect(out).toContain('is under way as task:es-prod:1');
    expect(gateway?.inits).toEqual([]);
  });

  it.each([
    ['open', ['--timeout', '90s'], { timeoutMs: 90_000 }],
    ['close', ['--force', '--timeout', '1500'], { force: true, timeoutMs: 1500 }],
    ['reset', ['--close-first', '--force'], { closeFirst: true, force: true }],
    ['delete', ['--force'], { force: true }],
    ['close', [], {}],
  ])('%s hands over %j', async (verb, options, input) => {
    const answer = () => ({ job: null, task: null, errors: [], deletedJobId: null });
    const url = await gatewayOf({ openJob: answer, closeJob: answer, resetJob: answer, deleteJob: answer });
    expect((await vigil(['job', verb, 'job:es-prod:a:b', ...options, '--url', url])).code).toBe(0);
    expect(inputOf()).toEqual({ jobId: 'job:es-prod:a:b', ...input });
  });
});

describe('a refused verb', () => {
  it.each([
    ['WrongStateError', {}, 'vigil: REFUSED: No.'],
    ['RefusedError', { vendorMessage: 'Cannot close job', retryAfterMs: null }, "No. The backend's words: Cannot close job"],
    ['ForbiddenError', { missing: ['manage_ml'] }, 'No. Missing: manage_ml.'],
    ['UnsupportedActionError', { action: 'RESET_JOB', supported: ['OPEN_JOB', 'CLOSE_JOB'] }, 'No. There is: OPEN_JOB, CLOSE_JOB.'],
    ['ConflictError', { task: aTask('9', { kind: 'RESET' }) }, 'No. In the way: task:es-prod:9 (RESET, RUNNING).'],
    [
      'BackendUnavailableError',
      { backend: aBackend(), retryAfterMs: 100, outcomeUnknown: true },
      'No. It may have taken effect all the same',
    ],
  ])('%s is told with what helps, and what is allowed now', async (__typename, facts, text) => {
    const errors = [{ __typename, code: 'REFUSED', message: 'No.', path: null, ...facts }];
    const url = await gatewayOf({
      closeJob: () => ({ job: aJob('a', { state: 'CLOSED', allowedActions: ['OPEN_JOB'] }), task: null, errors }),
    });
    const { code, out, err } = await vigil(['job', 'close', 'es-prod:a', '--url', url]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(text);
    expect(err).toContain('The job is CLOSED; allowed now: OPEN_JOB.');
  });

  it('is one JSON document with --json', async () => {
    const errors = [{ __typename: 'NotFoundError', code: 'NOT_FOUND', message: 'There is no job "a".', path: ['input', 'jobId'] }];
    const url = await gatewayOf({ closeJob: () => ({ job: null, task: null, errors }) });
    const { code, lines } = await vigil(['job', 'close', 'es-prod:a', '--json', '--url', url]);
    expect(code).toBe(1);
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ event: 'refused', job: null, errors }]);
  });
});

describe('waiting for a task', () => {
  const endless = async function* () {
    yield { taskProgress: { cursor: 'c1', task: aTask('1', { progress: 0.25 }) } };
    await new Promise(() => undefined);
  };

  it('Ctrl-C stops the waiting, not the work, and ends with 130', async () => {
    const url = await gatewayOf({ closeJob: () => begun('CLOSE'), taskProgress: endless });
    const run = startVigil(['job', 'close', 'es-prod:total-requests', '--url', url]);
    await run.stdout.until(/25 %/);
    run.stop('SIGINT');
    expect(await run.exitCode).toBe(130);
    expect(run.stderr.text()).toContain('No longer waiting. The gateway goes on with task:es-prod:1');
  });

  it('Ctrl-C before the answer says that nobody knows', async () => {
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const closeJob = () => {
      asked();
      return new Promise(() => undefined);
    };
    const run = startVigil(['job', 'close', 'es-prod:total-requests', '--url', await gatewayOf({ closeJob })]);
    await isAsked;
    run.stop('SIGINT');
    expect(await run.exitCode).toBe(130);
    expect(run.stderr.text()).toContain('it may do it all the same');
  });

  it('is quiet when whoever read along has gone', async () => {
    const url = await gatewayOf({ closeJob: () => begun('CLOSE'), taskProgress: endless });
    const run = startVigil(['job', 'close', 'es-prod:total-requests', '--url', url]);
    await run.stdout.until(/25 %/);
    run.stop('EPIPE');
    expect(await run.exitCode).toBe(0);
    expect(run.stderr.text()).toBe('');
  });

  it('goes on over a lost connection, and says so', async () => {
    const url = await gatewayOf({
      closeJob: () => begun('CLOSE'),
      async *taskProgress() {
        if (gateway?.subscribes.length === 1) yield* endless();
        yield { taskProgress: { cursor: 'c2', task: aTask('1', ended) } };
      },
    });
    const run = startVigil(['job', 'close', 'es-prod:total-requests', '--url', url]);
    await run.stdout.until(/25 %/);
    gateway?.cut();
    expect(await run.exitCode).toBe(0);
    expect(run.stderr.text()).toContain('connection to the gateway is lost');
    expect(gateway?.subscribes.at(-1)?.extensions).toEqual({ vigil: { after: 'c1' } });
  });

  it('is a fault when the gateway stops telling before the end', async () => {
    const url = await gatewayOf({ closeJob: () => begun('CLOSE'), taskProgress: telling({ progress: 0.5 }) });
    expect(await vigil(['job', 'close', 'es-prod:total-requests', '--url', url])).toMatchObject({
      code: 1,
      err: expect.stringContaining('before it ended'),
    });
  });

  it('draws a bar on a terminal, and gives the terminal back', async () => {
    const url = await gatewayOf({ closeJob: () => begun('CLOSE'), taskProgress: telling({ progress: 0.5 }, ended) });
    const { out } = await vigil(['job', 'close', 'es-prod:total-requests', '--url', url], { terminal: { columns: 120, rows: 30 } });
    expect(out).toContain('[========================] close es-prod/total-requests  SUCCEEDED in 1.4 s');
    expect(out.lastIndexOf('\u001b[?25h')).toBeGreaterThan(out.lastIndexOf('\u001b[?25l'));
  });
});
