import { afterEach, describe, expect, it } from 'vitest';
import { aJob, aTask } from '../client/samples.js';
import { createToyGateway, type ToyGateway, type ToyRoot } from '../client/toy-gateway.js';
import { vigil } from './run-vigil.js';

let gateway: ToyGateway | undefined;
afterEach(async () => {
  await gateway?.dispose();
});

const gatewayOf = async (root: ToyRoot): Promise<string> => {
  gateway = await createToyGateway({ root });
  return gateway.url;
};
const inputOf = (): unknown => gateway?.requests[0]?.variables.input;

const feeding = (state: string) => () => ({
  job: aJob(),
  datafeed: { id: 'datafeed:es-prod:f', state },
  task: null,
  errors: [],
});
const refusing = (error: Record<string, unknown>) => () => ({
  job: aJob('total-requests', { state: 'CLOSED', allowedActions: ['OPEN_JOB'] }),
  datafeed: { id: 'datafeed:es-prod:f', state: 'STOPPED' },
  task: null,
  errors: [{ path: null, ...error }],
});

describe('a verb on a datafeed', () => {
  it.each([
    ['start', 'STARTED'],
    ['stop', 'STOPPED'],
  ])('%s says what it has come to', async (verb, state) => {
    const url = await gatewayOf({ startDatafeed: feeding(state), stopDatafeed: feeding(state) });
    expect(await vigil(['datafeed', verb, 'es-prod:f', '--url', url])).toMatchObject({
      code: 0,
      err: '',
      out: `${verb} of datafeed:es-prod:f: done, it is ${state}.\n`,
    });
    expect(inputOf()).toEqual({ datafeedId: 'datafeed:es-prod:f' });
  });

  it('tells it as JSON with --json', async () => {
    const url = await gatewayOf({ startDatafeed: feeding('STARTED') });
    const { code, lines } = await vigil(['datafeed', 'start', 'datafeed:es-prod:f', '--json', '--url', url]);
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { event: 'accepted', datafeed: { id: 'datafeed:es-prod:f', state: 'STARTED' }, job: { state: 'OPENED' }, task: null },
    ]);
  });

  it.each([
    [
      'start',
      ['--start', '2026-01-31T09:05:00Z', '--end', '2026-01-31T11:05:00+01:00', '--timeout', '30s'],
      { start: '2026-01-31T09:05:00.000Z', end: '2026-01-31T10:05:00.000Z', timeoutMs: 30_000 },
    ],
    ['stop', ['--force', '--timeout', '1500'], { force: true, timeoutMs: 1_500 }],
  ])('%s hands over %j', async (verb, options, input) => {
    const url = await gatewayOf({ startDatafeed: feeding('STARTED'), stopDatafeed: feeding('STOPPED') });
    expect(await vigil(['datafeed', verb, 'es-prod:f', ...options, '--url', url])).toMatchObject({ code: 0 });
    expect(inputOf()).toEqual({ datafeedId: 'datafeed:es-prod:f', ...input });
  });

  it('ends with 1 when it was refused, and says why and what is allowed', async () => {
    const url = await gatewayOf({
      startDatafeed: refusing({ __typename: 'WrongStateError', code: 'WRONG_STATE', message: 'The job is closed.' }),
    });
    expect(await vigil(['datafeed', 'start', 'es-prod:f', '--url', url])).toMatchObject({
      code: 1,
      out: '',
      err: 'vigil: WRONG_STATE: The job is closed.\nThe job is CLOSED; allowed now: OPEN_JOB.\n',
    });
  });

  it.each([
    [['start', 'es-prod:f', '--start', 'yesterday'], 'Instants look like'],
    [['start', 'es-prod:f', '--force'], "unknown option '--force'"],
    [['stop'], "missing required argument 'id'"],
  ])('refuses %j before anything is sent', async (args, message) => {
    const { code, err } = await vigil(['datafeed', ...args]);
    expect([code, err.includes(message)]).toEqual([2, true]);
  });
});

describe('vigil job revert', () => {
  const ended = { kind: 'REVERT', state: 'SUCCEEDED', endedAt: '2026-01-31T09:05:01.400Z' };

  it('goes back to the snapshot named', async () => {
    const url = await gatewayOf({ revertJob: () => ({ job: aJob(), task: aTask('1', ended), errors: [] }) });
    const args = ['job', 'revert', 'es-prod:total-requests', '--snapshot', '17', '--delete-intervening-results', '--url', url];
    expect(await vigil(args)).toMatchObject({ code: 0, out: 'revert es-prod/total-requests  SUCCEEDED in 1.4 s\n' });
    expect(inputOf()).toEqual({ jobId: 'job:es-prod:total-requests', snapshotId: '17', deleteInterveningResults: true });
  });

  it('needs one', async () => {
    const { code, err } = await vigil(['job', 'revert', 'es-prod:total-requests']);
    expect([code, err.includes("required option '--snapshot <id>' not specified")]).toEqual([2, true]);
  });
});
