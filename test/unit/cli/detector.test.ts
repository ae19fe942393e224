import { afterEach, describe, expect, it } from 'vitest';
import { aDetector, anUpdate, aPage, aTask } from '../client/samples.js';
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
const inputOf = (): unknown => gateway?.requests[0]?.variables.input;

const aRun = (more: Record<string, unknown> = {}) => aTask('r1', { kind: 'HISTORICAL', job: null, ...more });
const live = (more: Record<string, unknown> = {}) => aRun({ kind: 'REALTIME', state: 'INITIALIZING', ...more });
const answering =
  (task: unknown, more: Record<string, unknown> = {}) =>
  () => ({ __typename: 'StartDetectorPayload', detector: aDetector(), task, errors: [], ...more });
const telling = (...tasks: readonly unknown[]) =>
  async function* () {
    for (const [index, task] of tasks.entries()) yield { taskProgress: { cursor: `c${index}`, task } };
  };
const past = ['--historical', '--from', '2026-01-01', '--to', '2026-01-08T01:00:00+01:00'];
const ended = { endedAt: '2026-01-31T09:05:02.000Z' };

describe('vigil detectors', () => {
  it('prints an aligned table with both runs', async () => {
    const detectors = [
      aDetector('c1'),
      aDetector('m2', {
        realtimeTask: live({ initProgress: 0.405 }),
        historicalTask: aRun({ progress: 0.57 }),
        allowedActions: () => ['STOP_DETECTOR'],
      }),
    ];
    const { code, lines, err } = await vigil(['detectors', '--url', await gatewayOf({ detectors: () => aPage(detectors) })]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(lines).toEqual([
      'BACKEND  DETECTOR  NAME     REALTIME           HISTORICAL    ALLOWED',
      'os-prod  c1        c1-load  -                  -             START_DETECTOR(REALTIME)',
      'os-prod  m2        m2-load  INITIALIZING 40 %  RUNNING 57 %  STOP_DETECTOR(REALTIME) STOP_DETECTOR(HISTORICAL)',
    ]);
  });

  it('hands every filter over', async () => {
    let filter: unknown;
    const url = await gatewayOf({
      detectors(asked: { filter: unknown }) {
        filter = JSON.parse(JSON.stringify(asked.filter));
        return aPage([]);
      },
    });
    const argv = ['detectors', '--url', url, '-b', 'os-prod', '-s', 'running,failed', '--historical-state', 'succeeded', '-t', 'cpu'];
    expect(await vigil(argv)).toMatchObject({ code: 0, out: 'No detectors.\n' });
    expect(filter).toEqual({
      backends: ['backend:os-prod'],
      realtimeStates: ['RUNNING', 'FAILED'],
      historicalStates: ['SUCCEEDED'],
      text: 'cpu',
    });
  });
});

describe('a verb on a detector', () => {
  it.each([
    ['start', [], { run: 'REALTIME' }],
    ['start', ['--idempotent'], { run: 'REALTIME', idempotent: true }],
    ['start', past, { run: 'HISTORICAL', dateRange: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-08T00:00:00.000Z' } }],
    ['stop', [], { run: 'REALTIME' }],
    ['stop', ['--historical', '--idempotent'], { run: 'HISTORICAL', idempotent: true }],
  ])('%s hands over %j', async (verb, options, input) => {
    const url = await gatewayOf({ startDetector: answering(aRun()), stopDetector: answering(aRun()) });
    expect(await vigil(['detector', verb, 'os-prod:cpu', ...options, '--url', url])).toMatchObject({ code: 0, err: '' });
    expect(inputOf()).toEqual({ detectorId: 'detector:os-prod:cpu', ...input });
  });

  it('returns as soon as it has begun, and names the task', async () => {
    const url = await gatewayOf({ startDetector: answering(aRun()) });
    expect(await vigil(['detector', 'start', 'os-prod:cpu', ...past, '--url', url])).toMatchObject({
      code: 0,
      out: 'start of detector:os-prod:cpu is under way as task:es-prod:r1, it is RUNNING\n',
    });
  });

  it('says that it is done when there is nothing to watch', async () => {
    const url = await gatewayOf({ stopDetector: answering(aRun({ state: 'CANCELLED' })), startDetector: answering(null) });
    expect(await vigil(['detector', 'stop', 'os-prod:cpu', '--url', url])).toMatchObject({
      out: 'stop of detector:os-prod:cpu: done, it is CANCELLED.\n',
    });
    expect(await vigil(['detector', 'start', 'os-prod:cpu', '--url', url])).toMatchObject({
      out: 'start of detector:os-prod:cpu: done.\n',
    });
  });

  it('waits for a historical run to end, and shows how far it is', async () => {
    const stateCounts = [
      { state: 'RUNNING', count: 1 },
      { state: 'SUCCEEDED', count: 2 },
    ];
    const url = await gatewayOf({
      startDetector: answering(aRun()),
      taskProgress: telling(aRun({ progress: 0.5, stateCounts }), aRun({ state: 'SUCCEEDED', progress: 1, ...ended })),
    });
    expect(await vigil(['detector', 'start', 'os-prod:cpu', ...past, '--wait', '--url', url])).toMatchObject({
      code: 0,
      out: [
        'historical es-prod/cpu-load  RUNNING',
        'historical es-prod/cpu-load  RUNNING  50 %  entities: 1 RUNNING, 2 SUCCEEDED',
        'historical es-prod/cpu-load  SUCCEEDED in 2.0 s',
        '',
      ].join('\n'),
    });
  });

  it('waits for a real-time run until it runs, not for an end it does not have', async () => {
    const url = await gatewayOf({
      startDetector: answering(live()),
      taskProgress: async function* () {
        yield { taskProgress: { cursor: 'c1', task: live({ initProgress: 0.5 }) } };
        yield { taskProgress: { cursor: 'c2', task: live({ state: 'RUNNING', initProgress: 1 }) } };
        await new Promise(() => undefined);
      },
    });
    expect(await vigil(['detector', 'start', 'os-prod:cpu', '--wait', '--url', url])).toMatchObject({
      code: 0,
      out: [
        'realtime es-prod/cpu-load  INITIALIZING',
        'realtime es-prod/cpu-load  INITIALIZING  50 %',
        'realtime es-prod/cpu-load  RUNNING',
        '',
      ].join('\n'),
    });
  });

  it.each([
    ['start', past, 'FAILED', 1],
    ['start', past, 'CANCELLED', 1],
    ['start', [], 'FAILED', 1],
    ['stop', ['--historical'], 'CANCELLED', 0],
    ['stop', ['--historical'], 'SUCCEEDED', 0],
    ['stop', [], 'FAILED', 1],
  ])('%s %j that comes to %s ends with %i', async (verb, options, state, code) => {
    const task = verb === 'start' && options.length === 0 ? live() : aRun();
    const url = await gatewayOf({
      startDetector: answering(task),
      stopDetector: answering(task),
      taskProgress: telling({ ...task, state, ...ended }),
    });
    expect((await vigil(['detector', verb, 'os-prod:cpu', ...options, '--wait', '--url', url])).code).toBe(code);
  });

  it('goes on without whoever waits for it', async () => {
    const url = await gatewayOf({
      startDetector: answering(aRun()),
      taskProgress: async function* () {
        yield { taskProgress: { cursor: 'c1', task: aRun({ progress: 0.25 }) } };
        await new Promise(() => undefined);
      },
    });
    const run = startVigil(['detector', 'start', 'os-prod:cpu', ...past, '--wait', '--url', url]);
    await run.stdout.until(/25 %/);
    run.stop('SIGINT');
    expect(await run.exitCode).toBe(130);
    expect(run.stderr.text()).toBe('No longer waiting. The gateway goes on with task:es-prod:r1; "vigil watch" shows it.\n');
  });

  it('ends with 1 when it was refused, and says why and what is allowed', async () => {
    const refusing = (detector: unknown) => () => ({
      __typename: 'StartDetectorPayload',
      detector,
      task: null,
      errors: [{ __typename: 'WrongStateError', code: 'WRONG_STATE', message: 'It runs already.', path: null }],
    });
    const detector = aDetector('cpu', { realtimeTask: live({ state: 'RUNNING' }), allowedActions: () => ['STOP_DETECTOR'] });
    const url = await gatewayOf({ startDetector: refusing(detector), stopDetector: refusing(aDetector()) });
    expect(await vigil(['detector', 'start', 'os-prod:cpu', '--url', url])).toMatchObject({
      code: 1,
      out: '',
      err: 'vigil: WRONG_STATE: It runs already.\nThe real-time run is RUNNING; allowed now: STOP_DETECTOR.\n',
    });
    const { code, lines } = await vigil(['detector', 'start', 'os-prod:cpu', '--json', '--url', url]);
    expect(code).toBe(1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { event: 'refused', detector: { id: 'detector:os-prod:cpu' }, errors: [{ code: 'WRONG_STATE' }] },
    ]);
    expect((await vigil(['detector', 'stop', 'os-prod:cpu', '--historical', '--url', url])).err).toContain(
      'The historical run was never started; allowed now: nothing.\n',
    );
  });

  it.each([
    [['start', 'os-prod:cpu', '--historical'], '--from and --to'],
    [['start', 'os-prod:cpu', '--historical', '--from', '2026-01-01'], '--from and --to'],
    [['start', 'os-prod:cpu', '--to', '2026-01-01'], 'add --historical'],
    [['start', 'os-prod:cpu', '--from', 'yesterday'], 'Instants look like'],
    [['stop', 'os-prod:cpu', '--from', '2026-01-01'], "unknown option '--from'"],
    [['stop'], "missing required argument 'id'"],
  ])('refuses %j before anything is sent', async (args, message) => {
    const { code, err } = await vigil(['detector', ...args]);
    expect([code, err.includes(message)]).toEqual([2, true]);
  });
});

describe('vigil watch', () => {
  it('names the detector a task works for, and counts its entities', async () => {
    const task = aRun({
      backend: { id: 'backend:os-prod', key: 'os-prod', vendor: 'OPENSEARCH_AD' },
      detector: { id: 'detector:os-prod:cpu', name: 'cpu-load' },
      stateCounts: [{ state: 'RUNNING', count: 3 }],
    });
    const entity = {
      ...task,
      id: 'task:os-prod:e1',
      kind: 'HISTORICAL_ENTITY',
      stateCounts: [],
      entity: [{ name: 'host', value: 'web-1' }],
    };
    const url = await gatewayOf({
      tasksProgress: async function* () {
        yield { tasksProgress: anUpdate('c1', { reset: true, added: [task, entity], stateCounts: [{ state: 'RUNNING', count: 2 }] }) };
        await new Promise(() => undefined);
      },
    });
    const run = startVigil(['watch', '--url', url]);
    await run.stdout.until(/under way/);
    run.stop('SIGINT');
    expect(await run.exitCode).toBe(0);
    expect(run.stdout.lines()).toEqual([
      'historical os-prod/cpu-load  RUNNING  entities: 3 RUNNING',
      'historical entity os-prod/cpu-load (host: web-1)  RUNNING',
      '2 under way. Ctrl-C ends.',
    ]);
  });
});
