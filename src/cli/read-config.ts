import type { VigilConfig } from '../config.js';
import type { CliIo } from './io.js';

/** A configuration from a file, or from text that stands in for one. */
export type ConfigSource = { readonly file: string } | { readonly text: string };

/** Throws INVALID_INPUT that names every fault with its place. The layers below are loaded here and not before: most commands need none of them. */
export const readConfig = async ({ cwd, env }: Pick<CliIo, 'cwd' | 'env'>, source: ConfigSource): Promise<VigilConfig> => {
  const [{ loadConfig }, { vendorModules }] = await Promise.all([import('../config.js'), import('../vendors/registry.js')]);
  return loadConfig({ ...source, env, baseDir: cwd, vendors: vendorModules });
};
