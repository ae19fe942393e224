import { describe, expect, it } from 'vitest';
import { parseDurationMs, parsePort, parseSpeed } from '../../../src/cli/arguments.js';
import { presentFailure } from '../../../src/cli/exit-codes.js';
import { VigilClientError } from '../../../src/client/index.js';
import { VigilError } from '../../../src/errors.js';

const inUse = Object.assign(new TypeError('listen EADDRINUSE: address already in use 127.0.0.1:4000'), { code: 'EADDRINUSE' });

describe('the exit code of a failure', () => {
  it.each([
    ['a gateway that is not there', new VigilClientError('GATEWAY_UNREACHABLE', 'm'), 3],
    ['something else in its place', new VigilClientError('NOT_A_GATEWAY', 'm'), 3],
    ['a token it does not take', new VigilClientError('FORBIDDEN', 'm'), 3],
    [
      'a privilege missing at a backend',
      new VigilClientError('FORBIDDEN', 'm', { errors: [{ message: 'm', extensions: { backend: 'es-prod' } }] }),
      1,
    ],
    ['input the gateway does not take', new VigilClientError('INVALID_INPUT', 'm'), 2],
    ['a backend that is away', new VigilClientError('BACKEND_UNAVAILABLE', 'm'), 1],
    ['a code of a newer gateway', new VigilClientError('NEW_CODE', 'm'), 1],
    ['a faulty configuration', new VigilError('INVALID_INPUT', 'm'), 2],
    ['a fault of the product', new VigilError('INTERNAL', 'm'), 1],
    ['a port that is in use', inUse, 2],
    ['a port that is in use, told by someone else', new VigilError('INTERNAL', 'm', { cause: inUse }), 2],
    ['anything else', new RangeError('m'), 1],
    ['what is no error', 'm', 1],
  ])('%s: %s is %i', (_what, error, code) => {
    expect(presentFailure(error).exitCode).toBe(code);
  });

  it('comes with one line, never with a stack', () => {
    const message = presentFailure(new TypeError('first\n    at second')).message;
    expect(message).toBe('A fault in vigil itself: first');
    expect(presentFailure(inUse).message).toBe('The port is in use. (EADDRINUSE)');
  });
});

describe('arguments', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1.5s', 1500],
    ['1500ms', 1500],
    ['250', 250],
    ['1h', 3_600_000],
  ])('the duration %s is %i ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', '-1s', '1d', 'x', '1.5', '1e3', '9999h'])('"%s" is no duration', (text) => {
    expect(() => parseDurationMs(text)).toThrow(/Durations look like/);
  });

  it('ports and speeds have their bounds', () => {
    expect([parsePort('0'), parsePort('65535'), parseSpeed('0.5')]).toEqual([0, 65_535, 0.5]);
    for (const text of ['65536', '1.5', '', 'x']) expect(() => parsePort(text)).toThrow();
    for (const text of ['0', '-1', 'NaN', 'x', '1e9']) expect(() => parseSpeed(text)).toThrow();
  });
});
