export { internalApi, privateApi, publicApi } from './apis.ts';
export { openApi } from './openapi.ts';
export {
  type Access,
  type Answer,
  type Call,
  type Contract,
  pathParameters,
  type RouteDefinition,
  route,
  type Stream,
  takesIdempotencyKey,
} from './route.ts';
export { Problem } from './schemas/problem.ts';
