import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type ConfigSource, loadConfig, type VigilConfig } from '../../../src/config.js';
import { isVigilError } from '../../../src/errors.js';

export type ConfigVendor = ConfigSource['vendors'][number];

export const vendors: readonly ConfigVendor[] = [{ id: 'elasticsearch-ml' }, { id: 'opensearch-ad' }];
export const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));

/** The least that is a configuration; appended where a test is about something else. */
export const oneBackend = 'backends: [{ id: es, vendor: elasticsearch-ml, url: "http://127.0.0.1:9200" }]\n';

/** How tests read a configuration. */
export interface Reading {
  readonly vendors?: readonly ConfigVendor[];
  readonly env?: Record<string, string | undefined>;
  readonly baseDir?: string;
  readonly file?: string;
}

export const load = (text: string, { env = {}, baseDir = fixtures, file, vendors: known = vendors }: Reading = {}): VigilConfig =>
  loadConfig({ text, env, baseDir, vendors: known, ...(file === undefined ? {} : { file }) });

/** Lines of the error, or none. */
export const faultsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (!isVigilError(error) || error.code !== 'INVALID_INPUT') throw error;
    return error.message.split('\n');
  }
  return [];
};

export const faults = (text: string, reading: Reading = {}): readonly string[] => faultsOf(() => load(text, reading));

/** A folder with these files, removed after the test. */
export const folderWith = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  return folder;
};
