import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listKeys } from '../../../src/config/keys.js';
import { configSchema } from '../../../src/config/schema.js';
import { vendorModules } from '../../../src/vendors/registry.js';
import { faults, fixtures, folderWith, load, vendors } from './harness.js';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

/** Rows of the page's tables: key, type, default, variable, meaning. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [path = '', type = '', fallback = '', variable = '', meaning = ''] = line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));
    return { path, type, fallback, variable, meaning };
  });

/** Keys with a value of their own; maps only hold others. */
const keys = listKeys(configSchema(vendors.map(({ id }) => id))).filter(({ type }) => type !== 'object');

/** Defaults of the key that chooses among forms: no schema of a form can state them. */
const choices: Readonly<Record<string, string>> = { 'store.kind': 'embedded', 'backends[].auth.kind': 'none' };

describe('the configuration reference', () => {
  it('has a row for every key of the schema and for no other', () => {
    expect(rows.map(({ path }) => path).toSorted()).toEqual(keys.map(({ path }) => path).toSorted());
  });

  it.each(keys.map((key) => [key.path, key] as const))('tells default, variable and bounds of %s', (path, key) => {
    const row = rows.find((each) => each.path === path);
    const fallback = typeof key.default === 'string' ? key.default : JSON.stringify(key.default);
    expect(row?.fallback).toBe(fallback ?? choices[path] ?? '–');
    expect(row?.variable).toBe(key.variable ?? '–');
    if (key.type === 'integer') expect(row?.type).toBe(`number ${key.minimum}–${key.maximum}`);
    expect(row?.meaning).toMatch(/\.$/);
  });

  it('names every product and every setting of a product', () => {
    for (const { id, settings = {} } of vendorModules) {
      expect(rows.find(({ path }) => path === 'backends[].vendor')?.type).toContain(`\`${id}\``);
      for (const name of Object.keys(settings)) expect(page).toContain(`\`${name}\` of \`${id}\``);
    }
  });

  it('tells the defaults of choices as they are', () => {
    const config = load('backends: [{ id: es, vendor: elasticsearch-ml, url: "https://es" }]');
    expect(config.store.kind).toBe(choices['store.kind']);
    expect(config.backends[0]?.auth.kind).toBe(choices['backends[].auth.kind']);
  });

  it('has an example that is valid', () => {
    const example = page.match(/```yaml\n([\s\S]*?)```/)?.[1] ?? '';
    const folder = folderWith({ secret: 'archived\n' });
    mkdirSync(join(folder, 'certs'));
    for (const name of ['ca.pem', 'client.pem', 'client-key.pem']) copyFileSync(join(fixtures, name), join(folder, 'certs', name));
    const env = { VIGIL_TOKEN: '0123456789abcdef', ES_API_KEY: 'aWQ6a2V5' };
    const text = example.replace('/run/secrets/es-archive', 'secret');
    expect(faults(text, { env, baseDir: folder })).toEqual([]);
    expect(load(text, { env, baseDir: folder }).backends.map(({ key }) => key)).toEqual(['es-prod', 'es-archive']);
  });
});
