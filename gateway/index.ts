export { type GatewayConfig, gatewayConfig } from './config.ts';
export { type Gateway, type GatewayParts, startGateway } from './gateway.ts';
