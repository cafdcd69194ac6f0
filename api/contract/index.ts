export { internalApi } from './internal.ts';
export { openApi } from './openapi.ts';
export { privateApi } from './private.ts';
export { publicApi } from './public.ts';
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
