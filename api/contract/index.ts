export { internalApi, privateApi, publicApi } from './apis.ts';
export { openApi } from './openapi.ts';
export {
  type Access,
  type Answer,
  type Call,
  type Contract,
  type Handlers,
  pathParameters,
  type RouteDefinition,
  route,
  type Stream,
} from './route.ts';
export { Problem } from './schemas/problem.ts';
