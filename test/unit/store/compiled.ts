import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The store as Node runs it, for processes of their own: no build of the product is needed. */
export const compileStore = (folder: string): string => {
  const sources = [
    ...readdirSync(join(root, 'src/store'), { recursive: true, encoding: 'utf8' }).map((name) => `src/store/${name}`),
    'src/errors.ts',
  ].filter((name) => name.endsWith('.ts'));
  for (const source of sources) {
    const target = join(folder, relative('src', source).replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };
    writeFileSync(target, ts.transpileModule(readFileSync(join(root, source), 'utf8'), { compilerOptions }).outputText);
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(resolve(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'store/index.js');
};
