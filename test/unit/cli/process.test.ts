import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { aJob, anUpdate, aPage, aTask } from '../client/samples.js';
import { createToyGateway, type ToyGateway } from '../client/toy-gateway.js';
import { endOf, spawnVigil } from './child.js';

let gateway: ToyGateway | undefined;
afterEach(async () => {
  await gateway?.dispose();
});

const watchable = async (): Promise<string> => {
  gateway = await createToyGateway({
    root: {
      async *tasksProgress() {
        yield { tasksProgress: anUpdate('c1', { reset: true, added: [aTask('1')] }) };
        await new Promise(() => undefined);
      },
    },
  });
  return gateway.url;
};

describe('the process', () => {
  it('ends by itself with the code of its command', async () => {
    gateway = await createToyGateway({ root: { backends: () => [], jobs: () => aPage([aJob()]) } });
    expect(await endOf(spawnVigil(['jobs', '--url', gateway.url]))).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('total-requests'),
    });
    expect(await endOf(spawnVigil(['jobs', '--nonsense']))).toMatchObject({ code: 2, out: '' });
  });

  it('reads VIGIL_URL and VIGIL_TOKEN of its environment', async () => {
    gateway = await createToyGateway({ token: 'sesame', root: { backends: () => [], jobs: () => aPage([]) } });
    const env = { VIGIL_URL: gateway.url, VIGIL_TOKEN: 'sesame' };
    expect(await endOf(spawnVigil(['jobs'], { env }))).toEqual({ code: 0, out: 'No jobs.\n', err: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('a view ends with 0 on %s', async (signal) => {
    const child = spawnVigil(['watch', '--url', await watchable()]);
    await child.stdout.until(/RUNNING/);
    child.process.kill(signal);
    expect(await endOf(child)).toMatchObject({ code: 0, err: '' });
    await expect.poll(() => gateway?.sockets()).toBe(0);
  });

  it('ends quietly when whoever reads along goes away in the middle', async () => {
    const jobs = Array.from({ length: 200 }, (_, index) => aJob(`job-${index}`));
    gateway = await createToyGateway({
      root: {
        backends: () => [],
        jobs: () => aPage(jobs, { pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: 'more' } }),
      },
    });
    // Pages without end: only the broken pipe can stop it.
    const script = 'set -o pipefail; "$0" dist/main.js jobs --url "$1" | head -n 2; echo "code $?"';
    const shell = spawn('bash', ['-c', script, process.execPath, gateway.url], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    shell.stdout.on('data', (piece: Buffer) => {
      said.out += piece.toString();
    });
    shell.stderr.on('data', (piece: Buffer) => {
      said.err += piece.toString();
    });
    await once(shell, 'close');
    expect(said.err).toBe('');
    expect(said.out.trim().split('\n')).toEqual([expect.stringMatching(/^BACKEND/), expect.stringContaining('job-0'), 'code 0']);
  });
});
