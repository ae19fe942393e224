export { type ConfigSource, loadConfig, type VigilConfig } from './config.js';
export * from './errors.js';
export { createGateway, type Gateway, type GatewayOptions, gatewaySchema, vendorModules } from './gateway.js';
