import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCatalogue, errorCodes } from '../../src/errors.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');

/** Rows of the page's table: code, meaning, remedy, status, retryable. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

describe('docs/errors.md', () => {
  it('lists exactly the codes of the catalogue, in its order', () => {
    expect(rows.map((row) => row[0])).toEqual(errorCodes.map((code) => `\`${code}\``));
  });

  it.each(errorCodes)('says of %s what the catalogue says', (code) => {
    const { meaning, remedy, httpStatus, retryable } = errorCatalogue[code];
    expect(rows.find((row) => row[0] === `\`${code}\``)).toEqual([
      `\`${code}\``,
      meaning,
      remedy,
      String(httpStatus),
      retryable ? 'yes' : 'no',
    ]);
  });
});
