import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actions } from '../../../src/domain/index.js';
import { elasticsearchMl } from '../../../src/vendors/elasticsearch-ml/index.js';

const page = readFileSync(new URL('../../../docs/elasticsearch-ml.md', import.meta.url), 'utf8');

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

const lines = page.split('\n');
const headAt = lines.findIndex((line) => line.startsWith('| verb '));
const columns = cellsOf(lines[headAt] ?? '').slice(1);
const rows = lines.slice(headAt + 2).slice(
  0,
  lines.slice(headAt + 2).findIndex((line) => !line.startsWith('|')),
);

/** Versions at both ends of a column, and some between. */
const versionsOf: Readonly<Record<string, readonly (string | null)[]>> = {
  '7.9–7.13': ['7.9.0', '7.10.2', '7.13.4', null],
  '7.14–9.x': ['7.14.0', '7.17.24', '8.0.0', '8.17.0', '9.1.0', '9.4.2', '9.2.0-SNAPSHOT'],
  serverless: ['8.11.0-serverless', 'serverless'],
};

describe('the table of verbs and versions in the docs', () => {
  it('has every verb there is on jobs, and every column that can be learnt', () => {
    const mine = actions.filter((action) => elasticsearchMl.capabilitiesOf('9.1.0').includes(action));
    expect(rows.map((row) => cellsOf(row)[0])).toEqual(mine.map((action) => `\`${action}\``));
    expect(columns).toEqual(Object.keys(versionsOf));
  });

  it.each(columns.map((column, index) => ({ column, index })))('is what the code says of $column', ({ column, index }) => {
    const documented = rows.flatMap((row) => {
      const [verb = '', ...cells] = cellsOf(row);
      expect(['yes', '–']).toContain(cells[index]);
      return cells[index] === 'yes' ? [verb.replaceAll('`', '')] : [];
    });
    for (const version of versionsOf[column] ?? []) expect(elasticsearchMl.capabilitiesOf(version), `${version}`).toEqual(documented);
  });
});
