export { type BodyIndex, damageOf, isBodyIndex } from './body-index.js';
export type { ResultEntity } from './entities.js';
export { createBodyIndexer, indexBody } from './index-body.js';
export { readEntities, readEntity } from './read-entities.js';
export { readRows } from './read-rows.js';
