import { Kind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DateTimeScalar, JsonScalar, SafeIntScalar, UuidScalar } from '../../../src/graphql/scalars.js';

describe('DateTime', () => {
  it('prints epoch milliseconds in UTC, always with milliseconds and Z', () => {
    expect([0, 1_700_000_000_000, 1_700_000_000_001.5, -1].map((instant) => DateTimeScalar.serialize(instant))).toEqual([
      '1970-01-01T00:00:00.000Z',
      '2023-11-14T22:13:20.000Z',
      '2023-11-14T22:13:20.001Z',
      '1969-12-31T23:59:59.999Z',
    ]);
  });

  it('prints so that text order is time order', () => {
    const instants = [-62_167_219_200_000, -1, 0, 999, 1_700_000_000_000, 253_402_300_799_999];
    const printed = instants.map((instant) => DateTimeScalar.serialize(instant));
    expect([...printed].sort()).toEqual(printed);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000, -62_167_219_200_001, '2023', new Date(0), null])(
    'cannot represent %s',
    (value) => {
      expect(() => DateTimeScalar.serialize(value)).toThrow('DateTime');
    },
  );

  it.each([
    ['2026-01-31T09:05:00.000Z', 1_769_850_300_000],
    ['2026-01-31T09:05:00Z', 1_769_850_300_000],
    ['2026-01-31T10:05:00+01:00', 1_769_850_300_000],
    ['2026-01-31 09:05:00z', 1_769_850_300_000],
    ['2026-01-31t09:05:00.1234567z', 1_769_850_300_123],
  ])('reads %s', (text, instant) => {
    expect(DateTimeScalar.parseValue(text)).toBe(instant);
    expect(DateTimeScalar.parseLiteral({ kind: Kind.STRING, value: text })).toBe(instant);
  });

  it.each(['2026-01-31', '2026-01-31T09:05:00', 'now', '', '2026-13-31T09:05:00Z', 1_769_850_300_000, null, {}])(
    'refuses %s: it names no instant',
    (value) => {
      expect(() => DateTimeScalar.parseValue(value)).toThrow('RFC 3339');
    },
  );

  it('refuses a literal that is no text', () => {
    expect(() => DateTimeScalar.parseLiteral({ kind: Kind.INT, value: '5' })).toThrow('RFC 3339');
  });
});

describe('the other scalars', () => {
  it('SafeInt carries what Int cannot, and no fractions', () => {
    expect(SafeIntScalar.serialize(9_007_199_254_740_991)).toBe(9_007_199_254_740_991);
    expect(() => SafeIntScalar.serialize(2 ** 53)).toThrow();
    expect(() => SafeIntScalar.serialize(0.5)).toThrow();
  });

  it('JSON passes on whatever it is given', () => {
    const value = { deep: [1, null, { x: 'y' }] };
    expect(JsonScalar.serialize(value)).toEqual(value);
  });

  it('UUID takes two spellings of one for the same', () => {
    const text = '8C7E4A52-6F0B-4D3C-9A55-2F5D1F0C7E11';
    expect(UuidScalar.parseValue(text)).toBe(text.toLowerCase());
    expect(UuidScalar.parseLiteral({ kind: Kind.STRING, value: text }, {})).toBe(text.toLowerCase());
    expect(() => UuidScalar.parseValue('no uuid')).toThrow();
  });
});
