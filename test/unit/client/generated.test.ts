import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, loadCodegenConfig } from '@graphql-codegen/cli';
import { expect, it } from 'vitest';

const committed = 'src/client/generated/operations.ts';

it('the generated operations are what codegen makes of schema and operations', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-codegen-'));
  try {
    const { config } = await loadCodegenConfig({ configFilePath: 'codegen.yml' });
    const target = config.generates[committed];
    expect(target).toBeDefined();
    const [file] = await generate({ ...config, generates: { [join(folder, 'operations.ts')]: target ?? {} }, silent: true }, false);
    expect(file?.content).toBe(await readFile(committed, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
