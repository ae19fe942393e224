import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBodyIndexer, indexBody, readEntity } from '../../../../src/vendors/symetryml/results/index.js';
import { createScanner } from '../../../../src/vendors/symetryml/results/json-scanner.js';
import { parseTree, plainJson } from '../../../../src/vendors/symetryml/results/json-tree.js';
import { envelope, memoryBody } from './support.js';

const plain = (text: string): unknown => {
  const tree = parseTree(Buffer.from(text));
  return tree === undefined ? undefined : { value: plainJson(tree) };
};

const strict = (text: string): unknown => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
};

/** All that a scanner tells of a text that comes in pieces of these lengths. */
const told = (bytes: Uint8Array, cuts: readonly number[]): unknown => {
  const tokens: unknown[] = [];
  const scanner = createScanner({
    keepDepth: 512,
    onToken: (kind, start, end, depth) => tokens.push([kind, start, end, depth, Buffer.from(scanner.bytes() ?? []).toString('latin1')]),
  });
  let turn = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = cuts[turn % cuts.length] ?? 1;
    const piece = Buffer.from(bytes.subarray(at, at + length));
    scanner.write(piece);
    piece.fill(0);
    at += length;
    turn += 1;
  }
  scanner.end();
  return { tokens, fault: scanner.fault };
};

const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
const json = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' });
const spaced = fc.tuple(json, fc.constantFrom('', ' ', '\n\t')).map(([value, indent]) => JSON.stringify(value, null, indent));
/** Characters that matter to JSON, so that most texts are nearly JSON. */
const nearlyJson = fc.string({ unit: fc.constantFrom(...'{}[],:" 01-+.eE"""', 'true', 'null', 'é'), maxLength: 12 });

describe('the scanner', () => {
  it('gives every strict document the value JSON.parse gives it', () => {
    fc.assert(
      fc.property(spaced, (text) => {
        expect(plain(text)).toEqual({ value: JSON.parse(text) });
      }),
      { numRuns: 500 },
    );
  });

  it('takes and refuses exactly what JSON.parse does, where nothing lenient is in it', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        expect(plain(text)).toEqual(strict(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('takes and refuses what JSON.parse does when a document loses, gains or changes a character', () => {
    const character = fc.constantFrom('', '"', ',', ':', '}', ']', '{', '[', '0', '-', '.', ' ');
    fc.assert(
      fc.property(json, fc.nat(), character, fc.boolean(), (value, where, by, keeps) => {
        const characters = [...JSON.stringify(value)];
        characters.splice(where % characters.length, keeps ? 0 : 1, by);
        const changed = characters.join('');
        fc.pre(!changed.includes('\\') && !/[eE]/.test(changed));
        expect(plain(changed)).toEqual(strict(changed));
      }),
      { numRuns: 2000 },
    );
  });

  it('tells the same of a text however it is cut', () => {
    fc.assert(
      fc.property(fc.oneof(spaced, nearlyJson), cuts, (text, lengths) => {
        const bytes = Buffer.from(text);
        expect(told(bytes, lengths)).toEqual(told(bytes, [Math.max(1, bytes.length)]));
      }),
      { numRuns: 500 },
    );
  });

  it('tells the same of any bytes however they are cut, and comes to an end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), cuts, (noise, lengths) => {
        const bytes = Buffer.concat([Buffer.from('{"a":["'), noise]);
        expect(told(bytes, lengths)).toEqual(told(bytes, [bytes.length]));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['NaN', 'NaN'],
    ['[Infinity,-Infinity]', ['Infinity', '-Infinity']],
    ['"a\tb"', 'a\tb'],
    ['"a\\qb\\u12"', 'a\\qb\\u12'],
    ['"\\\\u0041\\u0041\\/\\n"', '\\u0041A/\n'],
    ['{"__proto__":1,"a":1,"a":2}', JSON.parse('{"__proto__":1,"a":2}')],
    ['1e999', '1e999'],
    ['"\\ud800"', '\ud800'],
  ])('takes %s, which is not JSON or bites', (text, value) => {
    expect(plain(text)).toEqual({ value });
  });

  it.each([
    'nan',
    'infinity',
    '+Infinity',
    '--Infinity',
    'Infinit',
    'NaNN',
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    'nul',
    'nullx',
    '-',
    '0x10',
    "'a'",
    '',
  ])('refuses %s', (text) => {
    expect(plain(text)).toBeUndefined();
  });

  it('refuses what nests without end, and nests as deep as a result sanely could', () => {
    expect(plain('['.repeat(512) + ']'.repeat(512))).toBeDefined();
    expect(plain('['.repeat(100_000) + ']'.repeat(100_000))).toBeUndefined();
  });
});

describe('the index of a body', () => {
  const frame = fc.record({
    attributeNames: fc.array(fc.string({ unit: 'binary', maxLength: 6 }), { maxLength: 4 }),
    data: fc.array(
      fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.double({ noNaN: true }), fc.constant(null)), { maxLength: 4 }),
      {
        maxLength: 30,
      },
    ),
  });

  it('is the same however the body is cut, and names every entity with its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ maxLength: 8 }), json, { maxKeys: 4 }),
        frame,
        cuts,
        async (others, dataframe, lengths) => {
          const values = { ...others, dataframe };
          const text = JSON.stringify({ statusCode: 'OK', statusString: 'Job is finished', values });
          const bytes = Buffer.from(text);
          const index = await indexBody(memoryBody(bytes, lengths));
          expect(index).toEqual(await indexBody(memoryBody(bytes)));
          expect(index.damage).toBeNull();
          expect(
            Object.fromEntries(
              index.entities.map(({ name, from, to }) => [name, JSON.parse(bytes.subarray(from, to).toString()) as unknown]),
            ),
          ).toEqual(JSON.parse(JSON.stringify(values)));
          expect(index.entities.find(({ name }) => name === 'dataframe')?.frame).toMatchObject({ rowCount: dataframe.data.length });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('can be made while the body arrives', async () => {
    const bytes = Buffer.from(envelope('{"pcaSumValues":1,"dataframe":{"attributeNames":["a"],"data":[["1"]]}}'));
    const indexer = createBodyIndexer();
    for (const byte of bytes) indexer.write(Uint8Array.of(byte));
    const index = indexer.finish();
    expect(index).toEqual(await indexBody(memoryBody(bytes)));
    expect(await readEntity(memoryBody(bytes), index, 1, { key: null, withRaw: false })).toMatchObject({
      typename: 'DataFrame',
      rowCount: 1,
    });
  });
});
