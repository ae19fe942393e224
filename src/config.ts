import { dirname, resolve } from 'node:path';
import { buildConfig } from './config/build.js';
import { readCertificates } from './config/certificates.js';
import { type ConfigDocument, readDocument } from './config/document.js';
import { type Environment, expandText } from './config/expand.js';
import { describeFaults, type Fault, type Path, pathText } from './config/faults.js';
import { createFileReader, type FileReading, type ReadText } from './config/files.js';
import { faultsOf } from './config/issues.js';
import { listKeys } from './config/keys.js';
import { applyOverrides } from './config/overrides.js';
import { judgeTogether } from './config/rules.js';
import { configSchema } from './config/schema.js';
import { at, listAt } from './config/tree.js';
import type { VigilConfig } from './config/types.js';
import { type ConfigVendor, judgeVendors } from './config/vendor-rules.js';
import { VigilError } from './errors.js';

export type { VigilConfig } from './config/types.js';

/** Where a configuration comes from. */
export interface ConfigSource {
  /** The file. Paths in it are relative to its folder. Without one, defaults and the environment have to do. */
  readonly file?: string;
  /** Its contents, when they are at hand: the file is then not read, only named. */
  readonly text?: string;
  /** For `${NAME}` and the overrides. */
  readonly env: Environment;
  /** Where a relative `file` begins; also the folder of relative paths when there is no file. */
  readonly baseDir: string;
  /** The vendors there are. */
  readonly vendors: readonly ConfigVendor[];
}

/** A configuration, or all that is wrong with it. */
type ConfigReading = { readonly config: VigilConfig } | { readonly faults: readonly Fault[] };

const readSource = ({ file, text, baseDir }: ConfigSource): FileReading => {
  if (text !== undefined) return { text };
  return file === undefined ? { text: '' } : createFileReader(baseDir)(file);
};

/** Reads the YAML with references expanded. `unknown` says of a path whether its value could not be had: nothing more is said about it then. */
const readExpanded = (
  text: string,
  env: Environment,
  readText: ReadText,
): ConfigDocument & { readonly unknown: (path: Path) => boolean } => {
  const missing: Fault[] = [];
  const document = readDocument(text, (value, path, place) => {
    const expansion = expandText(value, env, readText);
    missing.push(...expansion.problems.map((message) => ({ place, path, message })));
    return expansion.text;
  });
  const unknown = new Set(missing.map(({ path }) => pathText(path)));
  return { ...document, faults: [...document.faults, ...missing], unknown: (path) => unknown.has(pathText(path)) };
};

/** Reads a configuration and tells every fault there is, at its place. */
const inspectConfig = (source: ConfigSource): ConfigReading => {
  const folder = source.file === undefined ? source.baseDir : dirname(resolve(source.baseDir, source.file));
  const readText = createFileReader(folder);
  const contents = readSource(source);
  if ('problem' in contents) return { faults: [{ place: { in: 'whole' }, path: [], message: `cannot be read: ${contents.problem}` }] };

  const schema = configSchema(source.vendors.map(({ id }) => id));
  const document = readExpanded(contents.text, source.env, readText);
  if (document.broken) return { faults: document.faults };
  const { places } = document;
  const overridden = applyOverrides(document.tree, source.env, listKeys(schema), places);
  const { tree } = overridden;

  const parsed = schema.safeParse(tree);
  const certificates = listAt(tree, ['backends']).map((_each, index) =>
    readCertificates(tree, ['backends', index, 'tls'], readText, places),
  );
  const storeCertificates =
    at(tree, ['store', 'kind']) === 'redis' ? readCertificates(tree, ['store', 'tls'], readText, places) : undefined;
  const byVendor = judgeVendors(tree, places, source.vendors);
  const told = new Set(byVendor.map(({ path }) => pathText(path)));
  const judged = [
    ...(parsed.success ? [] : faultsOf(parsed.error.issues, schema, tree, places)).filter(({ path }) => !told.has(pathText(path))),
    ...byVendor,
    ...judgeTogether(tree, places),
    ...certificates.flatMap(({ faults }) => faults),
    ...(storeCertificates?.faults ?? []),
  ];
  const faults = [...document.faults, ...overridden.faults, ...judged.filter(({ path }) => !document.unknown(path))];
  if (!parsed.success || faults.length > 0) return { faults };
  return { config: buildConfig(parsed.data, folder, (owner) => (owner === 'store' ? storeCertificates : certificates[owner])?.tls ?? {}) };
};

/** Reads a configuration. Throws one INVALID_INPUT whose message has a line for every fault: `vigil.yaml:12:7 backends[0].auth.kind must be one of …`. */
export const loadConfig = (source: ConfigSource): VigilConfig => {
  const reading = inspectConfig(source);
  if ('config' in reading) return reading.config;
  throw new VigilError('INVALID_INPUT', describeFaults(reading.faults, source.file ?? 'vigil.yaml'));
};
