export type { Readiness, RunningServer, ServerDependencies, ServerOptions } from './options.js';
export { createServer } from './server.js';
