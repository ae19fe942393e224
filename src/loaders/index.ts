export { createLoaders, type LoaderDependencies, type Loaders } from './loaders.js';
export { stamped } from './stamped.js';
