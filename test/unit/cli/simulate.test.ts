import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../../../src/cli/index.js';
import { sign, symDate } from '../simulator/symetryml/server.js';
import { vigil } from './run-vigil.js';

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

/**
 * What is printed before the command waits, up to what ends it. With streams of its own: what others print is searched for keys, and this command is there
 * to tell the key of a toy.
 */
const simulated = async (argv: readonly string[], end: RegExp) => {
  const stop = new AbortController();
  const stdout = new PassThrough({ encoding: 'utf8' });
  let text = '';
  const ended = new Promise<void>((resolve) => {
    stdout.on('data', (piece: string) => {
      text += piece;
      if (end.test(text)) resolve();
    });
  });
  const streams = { stdout, stderr: new PassThrough().resume() };
  const exitCode = runCli({
    argv: ['simulate', ...argv, '--port', '0'],
    invocation: 'vigil',
    env: {},
    cwd: process.cwd(),
    signal: stop.signal,
    ...streams,
  });
  const dispose = async (): Promise<number> => {
    stop.abort('SIGTERM');
    return exitCode;
  };
  running.push(dispose);
  await Promise.race([ended, exitCode]);
  const lines = (): readonly string[] => text.split('\n').filter((line) => line !== '');
  return { url: /http:\S+/.exec(text)?.[0] ?? '', lines, dispose };
};
const withKey = /^auth: .*\n/m;

interface PrintedAuth {
  readonly kind: string;
  readonly customerId: string;
  readonly secretKey: string;
}

const printedAuth = (lines: readonly string[]): PrintedAuth => (parse(lines[1] ?? '') as { auth: PrintedAuth }).auth;

/** The status of a list of jobs asked for with what was printed. */
const listed = async (url: string, { customerId, secretKey }: PrintedAuth, key: Buffer): Promise<number> => {
  const target = `/symetry/rest/${customerId}/jobs`;
  const date = symDate();
  const signature = sign({ customer: customerId, secret: secretKey, key }, { method: 'GET', target, date, body: '' });
  const headers = { authorization: signature, 'sym-date': date, 'customer-id': customerId, 'sym-version': '6.3' };
  return (await fetch(`${url}${target}`, { headers })).status;
};

describe('a simulated product whose requests are signed', () => {
  it('is told with what lets a gateway in, as it stands in vigil.yaml', async () => {
    const { url, lines } = await simulated(['symetryml'], withKey);
    const auth = printedAuth(lines());
    expect(auth).toEqual({ kind: 'hmac', customerId: 'c1', secretKey: expect.any(String) });
    expect(await listed(url, auth, Buffer.from(auth.secretKey, 'base64'))).toBe(200);
    expect(await listed(url, auth, Buffer.from('another key'))).toBe(401);
  });

  it('takes another customer instead', async () => {
    const { url, lines } = await simulated(['symetryml', '--customer', '17', '--key', 'a "key"'], withKey);
    const auth = printedAuth(lines());
    expect(auth).toEqual({ kind: 'hmac', customerId: '17', secretKey: 'a "key"' });
    expect(await listed(url, auth, Buffer.from('a "key"'))).toBe(200);
  });

  it.each([
    [['symetryml', '--customer', 'c2'], /both --customer and --key/],
    [['symetryml', '--key', 'secret'], /both --customer and --key/],
    [['symetryml', '--customer', 'c2', '--key', ''], /both --customer and --key/],
    [['elasticsearch-ml', '--customer', 'c2', '--key', 'secret'], /without customers/],
  ])('is refused with half a customer, or where there are none: %j', async (argv, message) => {
    const { code, out, err } = await vigil(['simulate', ...argv, '--port', '0']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).not.toContain('secret');
  });
});

it('a simulated product that lets everybody in is told in one line', async () => {
  const { lines, dispose } = await simulated(['elasticsearch-ml', '--empty'], /is simulated at .*\n/);
  expect(await dispose()).toBe(0);
  expect(lines()).toHaveLength(1);
});
