export { createLoaders, type LoaderDependencies, type Loaders } from './loaders.js';
export { mergeTasks } from './merge-tasks.js';
export type { ReadList } from './read-list.js';
