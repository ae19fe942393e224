export { createGatewayContext, type GatewayContext, type GatewayContextDependencies } from './context.js';
export { possibleTypes, printGatewaySchema } from './print.js';
export { buildGatewaySchema, type GatewaySchemaOptions } from './schema.js';
