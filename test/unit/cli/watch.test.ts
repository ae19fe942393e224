import { afterEach, describe, expect, it } from 'vitest';
import { aBackend, anUpdate, aTask } from '../client/samples.js';
import { createToyGateway, type ToyGateway } from '../client/toy-gateway.js';
import { startVigil, vigil } from './run-vigil.js';

let gateway: ToyGateway | undefined;
afterEach(async () => {
  await gateway?.dispose();
});

/** `tasksProgress` that tells these updates and then stays open. */
const watching = async (...updates: readonly Record<string, unknown>[]): Promise<string> => {
  gateway = await createToyGateway({
    root: {
      async *tasksProgress() {
        for (const update of updates) yield { tasksProgress: update };
        await new Promise(() => undefined);
      },
    },
  });
  return gateway.url;
};

const ended = { state: 'SUCCEEDED', endedAt: '2026-01-31T09:05:02.000Z' };
const life = [
  anUpdate('c1', { reset: true, synced: false, added: [aTask('1')], backends: [aBackend()] }),
  anUpdate('c2', { added: [aTask('2', { kind: 'RESET' })], stateCounts: [{ state: 'RUNNING', count: 2 }] }),
  anUpdate('c3', { changed: [aTask('2', { kind: 'RESET', progress: 0.5 })], left: [aTask('1', ended)] }),
  anUpdate('c4', {
    forgotten: ['task:es-prod:2'],
    backends: [aBackend('es-prod', { health: { ...aBackend().health, status: 'DOWN', message: 'It refuses connections.' } })],
  }),
];

describe('vigil watch', () => {
  it('prints a line for all that happens, until it is stopped', async () => {
    const run = startVigil(['watch', '--url', await watching(...life)]);
    await run.stdout.until(/DOWN/);
    run.stop('SIGINT');
    expect(await run.exitCode).toBe(0);
    expect(run.stdout.lines()).toEqual([
      'close es-prod/total-requests  RUNNING',
      'reset es-prod/total-requests  RUNNING',
      '2 under way. Ctrl-C ends.',
      'close es-prod/total-requests  SUCCEEDED in 2.0 s',
      'reset es-prod/total-requests  RUNNING  50 %',
      'es-prod is DOWN: It refuses connections.',
    ]);
    expect(run.stderr.text()).toBe('');
  });

  it('tells what is wrong with a backend from the start, when the reason becomes known, and when it is over; each once', async () => {
    const health = (status: string, message: string | null) => ({
      backends: [aBackend('os-prod', { health: { ...aBackend().health, status, message } })],
    });
    const updates = [
      anUpdate('c1', { reset: true, ...health('DEGRADED', 'It answers with errors.') }),
      anUpdate('c2', health('DEGRADED', 'It answers with errors.')),
      anUpdate('c3', health('DEGRADED', 'It is switched off.')),
      anUpdate('c4', health('UP', null)),
    ];
    const run = startVigil(['watch', '--url', await watching(...updates)]);
    await run.stdout.until(/UP/);
    run.stop('SIGINT');
    expect(await run.exitCode).toBe(0);
    expect(run.stdout.lines().filter((line) => line.startsWith('os-prod'))).toEqual([
      'os-prod is DEGRADED: It answers with errors.',
      'os-prod is DEGRADED: It is switched off.',
      'os-prod is UP',
    ]);
  });

  it('prints one JSON document per line with --json, in the order in which it is applied', async () => {
    const run = startVigil(['watch', '--json', '--url', await watching(...life)]);
    await run.stdout.until(/"cursor":"c4"/);
    run.stop('SIGTERM');
    expect(await run.exitCode).toBe(0);
    const events = run.stdout.lines().map((line) => JSON.parse(line) as { event: string; task?: { id: string } });
    expect(events.map(({ event }) => event)).toEqual([
      'reset',
      'backend',
      'added',
      'added',
      'synced',
      'left',
      'changed',
      'synced',
      'backend',
      'forgotten',
      'synced',
    ]);
  });

  it('asks for what has not ended, of all backends', async () => {
    const run = startVigil(['watch', '--url', await watching(anUpdate('c1', { reset: true }))]);
    await run.stdout.until(/Nothing is under way/);
    run.stop('SIGINT');
    await run.exitCode;
    expect(gateway?.subscribes[0]?.variables).toEqual({ filter: { states: ['CREATED', 'QUEUED', 'INITIALIZING', 'RUNNING', 'UNKNOWN'] } });
  });

  it('hands every filter over', async () => {
    const run = startVigil(['watch', '-b', 'es-prod', '-s', 'running,failed', '--url', await watching(anUpdate('c1', { reset: true }))]);
    await run.stdout.until(/Nothing is under way/);
    run.stop('SIGINT');
    await run.exitCode;
    expect(gateway?.subscribes[0]?.variables).toEqual({ filter: { backends: ['backend:es-prod'], states: ['RUNNING', 'FAILED'] } });
  });

  it('names a state there is not', async () => {
    const { code, err } = await vigil(['watch', '-s', 'runing', '--url', await watching()]);
    expect(code).not.toBe(0);
    expect(err).toContain('RUNING');
  });

  it('keeps bars for what is under way on a terminal, and lines for what has ended', async () => {
    const run = startVigil(['watch', '--url', await watching(...life)], { terminal: { columns: 100, rows: 10 } });
    await run.stdout.until(/SUCCEEDED in 2\.0 s/);
    await run.stdout.until(/50 %/);
    run.stop('SIGINT');
    expect(await run.exitCode).toBe(0);
    expect(run.stdout.text()).toContain('[============------------] reset es-prod/total-requests  RUNNING  50 %');
  });

  it('ends with 1 when the gateway ends the view', async () => {
    gateway = await createToyGateway({
      root: {
        async *tasksProgress() {
          yield { tasksProgress: anUpdate('c1', { reset: true }) };
        },
      },
    });
    expect(await vigil(['watch', '--url', gateway.url])).toMatchObject({ code: 1, err: 'The gateway ended the view.\n' });
  });
});
