import { describe, expect, it } from 'vitest';
import { parseId, parseIdOf } from '../../../src/domain/index.js';
import { errorOf } from '../../vendors/support/connect.js';

const refusal = (text: string) => errorOf(Promise.resolve().then(() => parseId(text)));

describe('a global id', () => {
  it.each([
    ['backend:es-prod', { kind: 'backend', backend: 'es-prod', native: '' }],
    ['job:es-prod:total-requests', { kind: 'job', backend: 'es-prod', native: 'total-requests' }],
    [
      'task:es:oTUltX4IQMOUUVeiohTt8A:12~loyw3v28',
      { kind: 'task', backend: 'es', native: 'oTUltX4IQMOUUVeiohTt8A:12', incarnation: 'loyw3v28' },
    ],
    ['job:es:größe-Ω-日本-🦉', { kind: 'job', backend: 'es', native: 'größe-Ω-日本-🦉' }],
  ])('%s is read', (text, expected) => {
    expect(parseId(text)).toEqual(expected);
  });

  it.each([
    ['a blank', 'a b'],
    ['a line feed', 'a\nb'],
    ['an escape', 'a\u001b[2J'],
    ['a control of the upper half', 'a\u009b2J'],
    ['a space of no width', 'a\u200bb'],
    ['a joiner', 'a\u200db'],
    ['a soft hyphen', 'a\u00adb'],
    ['a byte order mark', '\ufeffa'],
    ['an override of direction', 'a\u202egpj'],
    ['an isolate', '\u2066a\u2069'],
    ['a tag', 'a\u{e0041}'],
    ['half a surrogate pair', 'a\ud800'],
    ['nothing', ''],
    ['too much', 'x'.repeat(513)],
  ])('that holds %s is refused', async (_what, native) => {
    expect(await refusal(`job:es:${native}`)).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('not seen') });
  });

  it('of another kind than is needed is refused', () => {
    expect(() => parseIdOf('job', 'task:es:N:1')).toThrow('a job id is needed here, this one names a task');
  });
});
