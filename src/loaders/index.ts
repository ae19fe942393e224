export { createLoaders, type LoaderDependencies, type Loaders } from './loaders.js';
