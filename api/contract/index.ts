export { internalApi, privateApi, publicApi } from './apis.ts';
export { openApi } from './openapi.ts';
export {
  type Access,
  type Contract,
  pathParameters,
  type RouteDefinition,
  route,
  type Stream,
  takesIdempotencyKey,
} from './route.ts';
export { Event } from './schemas/event.ts';
export { Problem } from './schemas/problem.ts';
