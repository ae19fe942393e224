import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createToyGateway, type ToyGateway } from '../client/toy-gateway.js';
import { vigil } from './run-vigil.js';

const open: ToyGateway[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.dispose();
});

describe('help', () => {
  it('names every command and every exit code', async () => {
    const { code, out } = await vigil(['--help']);
    expect(code).toBe(0);
    for (const command of ['serve', 'demo', 'simulate', 'config', 'schema', 'jobs', 'job', 'watch'])
      expect(out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(out).toContain('Exit codes: 0 done · 1 refused or failed · 2 wrong arguments or configuration · 3 no gateway there');
  });

  it.each([
    ['jobs'],
    ['job', 'close'],
    ['job', 'result'],
    ['job', 'kill'],
    ['job', 'collect'],
    ['watch'],
    ['serve'],
    ['demo'],
    ['simulate'],
    ['config', 'check'],
    ['schema', 'print'],
  ])('is there for "%s %s"', async (...command) => {
    const { code, out } = await vigil([...command.filter(Boolean), '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: vigil ${command.filter(Boolean).join(' ')}`);
  });

  it('tells the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await vigil(['--version'])).toMatchObject({ code: 0, out: `${version}\n` });
  });
});

describe('wrong arguments', () => {
  it.each([
    [['jbos'], /Did you mean.*job/s],
    [['jobs', '--sate', 'OPENED'], /--state/],
    [['jobs', 'surplus'], /too many arguments/],
    [['job', 'close'], /missing required argument 'id'/],
    [['job', 'close', 'job:es-prod:a', '--timeout', 'soon'], /Durations look like 30s/],
    [['job', 'result', 'job:sym:7', '--rows', '-1'], /whole number/],
    [['job', 'open', 'job:es-prod:a', '--force'], /unknown option '--force'/],
    [['serve'], /required option.*--config/],
    [['demo', '--port', '70000'], /at most 65535/],
    [['demo', '--port', '-1'], /whole number/],
    [['simulate', 'elasticsearch-ml', '--speed', '0'], /above 0/],
    [['jobs', '--url', 'localhost'], /is not.*URL/],
  ])('%j is refused with 2 and what is wrong', async (argv, message) => {
    const { code, out, err } = await vigil(argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('no command at all shows the help, with 2', async () => {
    const { code, err } = await vigil([]);
    expect(code).toBe(2);
    expect(err).toContain('Usage: vigil');
  });
});

describe('the gateway', () => {
  const gatewayWith = async (options: Parameters<typeof createToyGateway>[0]): Promise<ToyGateway> => {
    const gateway = await createToyGateway(options);
    open.push(gateway);
    return gateway;
  };

  it.each([[['jobs']], [['job', 'close', 'es-prod:a']], [['watch']]])('%j ends with 3 when nobody answers', async (argv) => {
    const gateway = await gatewayWith({});
    await gateway.dispose();
    const { code, err } = await vigil([...argv, '--url', gateway.url]);
    expect(code).toBe(3);
    expect(err).toMatch(/^vigil: GATEWAY_UNREACHABLE: /);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('ends with 3 when something else answers', async () => {
    const gateway = await gatewayWith({ respond: { status: 200, body: '<html>\n<h1>It works!</h1>' } });
    expect(await vigil(['jobs', '--url', gateway.url])).toMatchObject({ code: 3, err: expect.stringContaining('NOT_A_GATEWAY') });
  });

  it('is let in by --token or VIGIL_TOKEN, found by --url or VIGIL_URL, before the command or behind it', async () => {
    const page = {
      totalCount: 0,
      stateCounts: [],
      liveCursor: 'c',
      unavailable: [],
      edges: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    };
    const { url } = await gatewayWith({ token: 'sesame', root: { jobs: () => page, backends: () => [] } });
    for (const [argv, env] of [
      [['jobs', '--url', url, '--token', 'sesame'], {}],
      [['--url', url, '--token', 'sesame', 'jobs'], {}],
      [['jobs'], { VIGIL_URL: url, VIGIL_TOKEN: 'sesame' }],
      [['jobs', '--url', url], { VIGIL_URL: 'http://127.0.0.1:1', VIGIL_TOKEN: 'sesame' }],
    ] as const) {
      expect(await vigil(argv, { env })).toMatchObject({ code: 0, out: 'No jobs.\n' });
    }
    expect(await vigil(['jobs', '--url', url])).toMatchObject({ code: 3, err: expect.stringContaining('check the token') });
    expect((await vigil(['jobs', '--url', url, '--token', 'wrong'])).err).not.toContain('wrong');
  });

  it('faults of its own come with their request id', async () => {
    const body = JSON.stringify({ errors: [{ message: 'The gateway met a fault.', extensions: { code: 'INTERNAL', requestId: 'r-42' } }] });
    const gateway = await gatewayWith({ respond: { status: 200, body } });
    expect(await vigil(['jobs', '--url', gateway.url])).toMatchObject({
      code: 1,
      err: 'vigil: INTERNAL: The gateway met a fault. (request r-42)\n',
    });
  });
});
