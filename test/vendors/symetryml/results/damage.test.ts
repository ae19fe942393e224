import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVigilError } from '../../../../src/errors.js';
import { damageOf, readRows } from '../../../../src/vendors/symetryml/results/index.js';
import { cellsOf, envelope, readResult } from './support.js';

const sound = Buffer.from(
  envelope(
    '{"KSVDMap":{"values":[{"a":1.5,"b":Infinity}]},"dataframe":{"attributeNames":["a","b"],"data":[["1","é\\n"],["2",NaN]]},"smlInfo":{"pid":"p"},"new":[1]}',
  ),
);

describe('a damaged result', () => {
  it('cut anywhere, keeps what came before the cut and says where it breaks off', async () => {
    const whole = await readResult(sound);
    for (let length = 0; length < sound.length; length += 1) {
      const { index, entities } = await readResult(sound.subarray(0, length));
      expect(index.damage).toEqual({ at: length, reason: expect.any(String) });
      expect(damageOf(index)).toMatchObject({ code: 'BACKEND_UNAVAILABLE', retryable: false });
      const complete = index.entities.filter((entity) => entity.complete).length;
      expect(entities.slice(0, complete)).toEqual(whole.entities.slice(0, complete));
      expect(entities.slice(complete)).toEqual(
        entities.slice(complete).map(({ position }) => ({
          typename: 'UnknownResult',
          name: whole.entities[position]?.name,
          position,
          reason: 'The stored body is damaged within this entity.',
          raw: null,
          rawOmitted: 'The stored body is damaged within this entity.',
        })),
      );
    }
  });

  it('with any bytes changed, is read without any fault but those of the catalogue', async () => {
    const change = fc.tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 50 }), async (changes, cut) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        const { body, index, entities } = await readResult(bytes, { cuts: [cut] });
        for (const { typename, position } of entities) {
          if (typename !== 'DataFrame') continue;
          const rows = await readRows(body, index, position, { from: 0, count: 100 });
          expect(rows).toHaveLength(index.entities[position]?.frame?.rowCount ?? -1);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it.each(['', '   ', '<html>502</html>', '[]', '7', 'null', '"OK"', '{"values":[1]}', '{"values":"x"}', '\u0000'])(
    'that is no envelope at all (%s) has no entities and is an error',
    async (text) => {
      const { index, entities } = await readResult(text);
      expect(entities).toEqual([]);
      const error = damageOf(index);
      expect(isVigilError(error) && error.message).toMatch(/^What the backend sent as the job's result is damaged at byte \d+: /);
      expect(error?.message).not.toContain('html');
    },
  );

  it('followed by something else keeps its entities', async () => {
    const { index, entities } = await readResult(`${envelope('{"pcaSumValues":1}')}{"more":1}`);
    expect(entities).toMatchObject([{ typename: 'NumberResult', number: 1 }]);
    expect(index.damage?.reason).toBe('Something follows after the end.');
  });

  it('an envelope without values, or with none, is a sound one', async () => {
    for (const text of ['{}', '{"statusCode":"OK"}', '{"values":null}', '{"values":{},"more":[{"values":{"a":1}}]}']) {
      const { index, entities } = await readResult(text);
      expect([index.damage, entities]).toEqual([null, []]);
    }
  });
});

describe('a hostile result', () => {
  it('nesting without end is damage, and what came before it stays', async () => {
    const { index, entities } = await readResult(envelope(`{"pcaSumValues":1,"x":${'[{"a":'.repeat(100_000)}`));
    expect(entities).toMatchObject([{ typename: 'NumberResult' }, { typename: 'UnknownResult', raw: null }]);
    expect(index.damage?.reason).toBe('It nests deeper than 512.');
  });

  it('the same key twice is two entities', async () => {
    const { entities } = await readResult(envelope('{"pcaSumValues":1,"pcaSumValues":2,"__proto__":{"polluted":1}}'));
    expect(entities).toMatchObject([
      { name: 'pcaSumValues', position: 0, number: 1 },
      { name: 'pcaSumValues', position: 1, number: 2 },
      { name: '__proto__', position: 2, typename: 'UnknownResult', raw: { polluted: 1 } },
    ]);
    expect({}).not.toHaveProperty('polluted');
  });

  it('bytes that are not UTF-8 become replacement characters, in keys, names, cells and raw alike', async () => {
    const bytes = Buffer.from(envelope('{"dataframe":{"attributeNames":["n#"],"data":[["c#"]]},"k#":"v#"}'), 'latin1').map((byte) =>
      byte === 0x23 ? 0xff : byte,
    );
    const result = await readResult(bytes);
    expect(result.index.damage).toBeNull();
    expect(result.entities).toMatchObject([{ columns: [{ name: 'n\ufffd' }] }, { name: 'k\ufffd', raw: 'v\ufffd' }]);
    expect(await cellsOf(result, 0, 1)).toEqual([['c\ufffd']]);
  });

  it('more entities than any job hands over are not listed', async () => {
    const values = Array.from({ length: 100_000 }, (_entity, index) => `"k${index}":${index}`).join(',');
    const { index, entities } = await readResult(envelope(`{${values}}`));
    expect(entities).toHaveLength(128);
    expect(index.damage?.reason).toBe('It has more than 128 entities.');
  });

  it('tables beyond a few are not indexed, so that the index stays small', async () => {
    const { entities } = await readResult(envelope(`{${new Array(6).fill('"dataframe":{"data":[["1"]]}').join(',')}}`));
    expect(entities.map(({ typename }) => typename)).toEqual([
      'DataFrame',
      'DataFrame',
      'DataFrame',
      'DataFrame',
      'UnknownResult',
      'UnknownResult',
    ]);
  });

  it('huge keys, names and status texts are cut or refused, never kept whole', async () => {
    const huge = 'x'.repeat(5_000_000);
    const { index, entities } = await readResult(
      `{"statusString":"${huge}","statusCode":"${huge.slice(0, 5000)}","values":{"${huge}":1,"dataframe":{"attributeNames":["${huge}"],"data":[["${huge}"]]}}}`,
      { cuts: [65_536] },
    );
    expect(JSON.stringify(index).length).toBeLessThan(4000);
    expect(index.damage).toBeNull();
    expect(index.statusCode).toHaveLength(1000);
    expect(entities).toMatchObject([
      { name: '…', raw: 1 },
      {
        typename: 'UnknownResult',
        reason: 'Its attributeNames are no texts, or too long.',
        raw: null,
        rawOmitted: 'It is larger than 4 MiB.',
      },
    ]);
  });

  it('too many columns, named or not, make no table', async () => {
    const many = JSON.stringify(new Array(20_001).fill('n'));
    for (const frame of [`{"attributeNames":${many},"data":[]}`, `{"data":[${many}]}`]) {
      const { entities } = await readResult(envelope(`{"dataframe":${frame}}`));
      expect(entities).toMatchObject([{ typename: 'UnknownResult', reason: 'It has too many columns.' }]);
    }
  });

  it('raw of what is large is left out and says so; what is larger still is not parsed', async () => {
    const entries = (megabytes: number): string => `{"values":[{"a":"${'x'.repeat(megabytes * 1024 * 1024)}"}]}`;
    const { entities } = await readResult(envelope(`{"KSVSMap":${entries(2)},"KSVDMap":${entries(5)}}`), { cuts: [65_536] });
    expect(entities).toMatchObject([
      { typename: 'KeyValueMap', raw: null, rawOmitted: 'It is larger than 1 MiB.', maps: [{ entries: [{ key: 'a' }] }] },
      { typename: 'UnknownResult', raw: null, rawOmitted: 'It is larger than 4 MiB.', reason: 'It is larger than 4 MiB.' },
    ]);
  });

  it('many large entities are not parsed together', async () => {
    const entities = Array.from({ length: 5 }, (_entity, at) => `"k${at}":"${'x'.repeat(3 * 1024 * 1024)}"`).join(',');
    const result = await readResult(envelope(`{${entities},"pcaSumValues":1}`), { cuts: [65_536] });
    expect(result.entities.map(({ typename, rawOmitted }) => [typename, rawOmitted])).toEqual([
      ['UnknownResult', 'It is larger than 1 MiB.'],
      ['UnknownResult', 'It is larger than 1 MiB.'],
      ...new Array(3).fill(['UnknownResult', 'With what comes before it, it is larger than 8 MiB.']),
      ['NumberResult', null],
    ]);
  });
});
