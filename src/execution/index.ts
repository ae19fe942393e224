export * from './create-executor.js';
export * from './executor.js';
export * from './limits.js';
