import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type GraphQLSchema, parse, print } from 'graphql';
import type { ConcreteRequest, ReaderFragment } from 'relay-runtime';
import { printGatewaySchema } from '../../../../src/graphql/index.js';

/** What relay-compiler made of an app's documents. */
export interface CompiledApp {
  request(name: string): ConcreteRequest;
  fragment(name: string): ReaderFragment;
  /** Names of all operations and fragments. */
  readonly names: readonly string[];
}

const operationsFolder = fileURLToPath(new URL('../../../../schema/operations/', import.meta.url));
const appFolder = fileURLToPath(new URL('./relay-app/', import.meta.url));

const documentsIn = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.graphql'));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const named = texts
    .flatMap((text) => parse(text).definitions)
    .map((definition) => ['name' in definition ? (definition.name?.value ?? '') : '', print(definition)] as const);
  return new Map(named);
};

const runCompiler = async (folder: string): Promise<void> => {
  const compiler: unknown = createRequire(import.meta.url)('relay-compiler');
  await promisify(execFile)(String(compiler), ['relay.config.json'], { cwd: folder });
};

/**
 * Compiles the product's own operations, and the app's in place of those of the same name: `@connection` and `@refetchable` stand in the documents.
 * Rejects with what the compiler says.
 */
export const compileRelayApp = async (schema: GraphQLSchema): Promise<CompiledApp> => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-relay-'));
  try {
    const documents = new Map([...(await documentsIn(operationsFolder)), ...(await documentsIn(appFolder))]);
    await mkdir(join(folder, 'src'));
    await mkdir(join(folder, 'artifacts'));
    await writeFile(join(folder, 'schema.graphql'), printGatewaySchema(schema));
    await writeFile(join(folder, 'src/documents.js'), [...documents.values()].map((text) => `graphql\`${text}\`;\n`).join(''));
    await writeFile(
      join(folder, 'relay.config.json'),
      JSON.stringify({
        src: './src',
        schema: './schema.graphql',
        artifactDirectory: './artifacts',
        language: 'javascript',
        eagerEsModules: false,
        excludes: [],
      }),
    );
    await runCompiler(folder);
    const require = createRequire(join(folder, 'artifacts/'));
    const suffix = '.graphql.js';
    const names = (await readdir(join(folder, 'artifacts'))).map((file) => file.slice(0, -suffix.length));
    // CommonJS, read at once: nothing of the folder is needed afterwards.
    const artifacts = new Map<string, unknown>(names.map((name) => [name, require(`./${name}${suffix}`)]));
    const artifact = (name: string): unknown => {
      if (!artifacts.has(name)) throw new TypeError(`relay-compiler made nothing called ${name}`);
      return artifacts.get(name);
    };
    return {
      request: (name) => artifact(name) as ConcreteRequest,
      fragment: (name) => artifact(name) as ReaderFragment,
      names,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
