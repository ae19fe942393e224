import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { firstDifference } from './first-difference.js';
import type { CliIo } from './io.js';

const filesOfTheCode = async (): Promise<ReadonlyMap<string, string>> => {
  const { gatewaySchema, schemaFiles } = await import('../gateway.js');
  return schemaFiles(gatewaySchema());
};

const print = async (io: CliIo, out: string | undefined): Promise<ExitCode> => {
  const files = await filesOfTheCode();
  if (out === undefined) {
    io.stdout.write(files.get('schema.graphql') ?? '');
    return exitCodes.ok;
  }
  const folder = resolve(io.cwd, out);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  io.stdout.write(`${[...files.keys()].join(' and ')} are written to ${out}\n`);
  return exitCodes.ok;
};

const check = async (io: CliIo, folder: string): Promise<ExitCode> => {
  const drifted: string[] = [];
  for (const [name, text] of await filesOfTheCode()) {
    const committed = await readFile(resolve(io.cwd, folder, name), 'utf8').catch(() => undefined);
    const difference = committed === undefined ? 'it is missing' : firstDifference(committed, text);
    if (difference) drifted.push(`${join(folder, name)}: ${difference}`);
  }
  for (const line of drifted) io.stderr.write(`${line}\n`);
  io.stdout.write(
    drifted.length === 0
      ? `The files in ${folder} are what the code says.\n`
      : 'Run "vigil schema print --out schema" and commit the outcome.\n',
  );
  return drifted.length === 0 ? exitCodes.ok : exitCodes.failed;
};

export const addSchema = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  const parent = program.command('schema').description('the GraphQL schema, made from the code');
  parent
    .command('print')
    .description('print it')
    .option('-o, --out <dir>', 'write schema.graphql and possibleTypes.json there instead')
    .action(async (options: { readonly out?: string }) => done(await print(io, options.out)));
  parent
    .command('check')
    .description('1 when the committed files are not what the code says')
    .option('-d, --dir <dir>', 'where they are', 'schema')
    .action(async (options: { readonly dir: string }) => done(await check(io, options.dir)));
};
