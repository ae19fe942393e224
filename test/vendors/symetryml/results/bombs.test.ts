import { describe, expect, it } from 'vitest';
import { isVigilError } from '../../../../src/errors.js';
import { cellsOf, envelope, readResult } from './support.js';

const many = (value: string, count: number): string => `[${new Array<string>(count).fill(value).join(',')}]`;

describe('a result that is small as text and large in memory', () => {
  it.each(['[]', '{}', '1', '{"a":1}'])('made of %s is told of without being built', async (value) => {
    const { entities } = await readResult(envelope(`{"KSVDMap":{"values":${many(value, 400_000)}},"pcaSumValues":7}`));
    const reason = 'With what comes before it, it has more than 250000 values.';
    expect(entities).toEqual([
      { typename: 'UnknownResult', name: 'KSVDMap', position: 0, raw: null, rawOmitted: expect.any(String), reason },
      expect.objectContaining({ typename: 'NumberResult', number: 7 }),
    ]);
  });

  it('is bounded as a whole: what is within the bound is there, what would go beyond is not', async () => {
    const map = (count: number): string => `{"values":[{${Array.from({ length: count }, (_each, index) => `"${index}":1`).join(',')}}]}`;
    const { entities } = await readResult(envelope(`{"KSVDMap":${map(150_000)},"KSVSMap":${map(150_000)},"KSKVMap":${map(90_000)}}`), {
      withRaw: false,
    });
    expect(entities.map(({ typename }) => typename)).toEqual(['KeyValueMap', 'UnknownResult', 'KeyValueMap']);
  });

  it('is still a table, without raw', async () => {
    const result = await readResult(envelope(`{"dataframe":{"attributeNames":["a"],"data":${many('[1]', 150_000)}}}`));
    expect(result.entities).toMatchObject([
      { typename: 'DataFrame', rowCount: 150_000, raw: null, rawOmitted: expect.stringContaining('values') },
    ]);
    expect(await cellsOf(result, 149_999, 1)).toEqual([['1']]);
  });
});

describe('a table of empty rows and many columns', () => {
  it('gives pages of as many cells as a page may have', async () => {
    const names = JSON.stringify(Array.from({ length: 20_000 }, (_name, index) => `c${index}`));
    const result = await readResult(envelope(`{"dataframe":{"attributeNames":${names},"data":${many('[]', 1_000)}}}`), { withRaw: false });
    const error: unknown = await cellsOf(result, 0, 1_000).catch((reason: unknown) => reason);
    expect(isVigilError(error) && error.code).toBe('INVALID_INPUT');
    expect(await cellsOf(result, 990, 25)).toHaveLength(10);
  });
});
