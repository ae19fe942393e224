export { createGatewayContext, type GatewayContext } from './context.js';
export { possibleTypes, printGatewaySchema, schemaFiles } from './print.js';
export { buildGatewaySchema } from './schema.js';
