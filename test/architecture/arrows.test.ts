import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string; readonly to: string }[];
  };
}

const cruise = async (folder: string): Promise<Report> => {
  const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [depcruise, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }).catch(
    (failed: { stdout: string }) => failed,
  );
  return JSON.parse(stdout) as Report;
};

const copies: string[] = [];
afterEach(async () => {
  for (const copy of copies.splice(0)) await rm(copy, { recursive: true, force: true });
});

/** The sources in a folder of their own, with one import planted. */
const withPlanted = async (file: string, line: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-arrows-'));
  copies.push(folder);
  await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) await cp(join(root, name), join(folder, name));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'src', file), `${line}\n`);
  return folder;
};

describe('the arrows of the architecture', () => {
  it('hold in the sources, all of which were looked at', async () => {
    const { summary } = await cruise(root);
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
    expect(summary.totalCruised).toBeGreaterThan(150);
  }, 120_000);

  it.each([
    ['domain/planted.ts', "export * from '../http/http-client.js';", 'domain-imports-only-its-arrows'],
    ['simulator/planted.ts', "export * from '../vendors/registry.js';", 'simulator-imports-only-its-arrows'],
    ['vendors/elasticsearch-ml/planted.ts', "export * from '../../graphql/kit.js';", 'vendors-import-only-http-and-domain'],
    ['graphql/planted.ts', "export * from '../vendors/registry.js';", 'graphql-imports-only-its-arrows'],
    ['loaders/planted.ts', "export * from '../graphql/kit.js';", 'loaders-imports-only-its-arrows'],
  ])(
    'refuse a forbidden import in %s',
    async (file, line, rule) => {
      const { summary } = await cruise(await withPlanted(file, line));
      expect(summary.violations.map((violation) => violation.rule.name)).toContain(rule);
    },
    120_000,
  );
});
