export { type Api, type ApiOptions, createApi } from './api.ts';
export { forwardStream, forwardUpgrade } from './forward.ts';
export type { ApiHandlers, Call, Handlers, StreamReply, UpgradeReply } from './handlers.ts';
export {
  type Identity,
  identityHeader,
  identitySignerConfig,
  identityVerifierConfig,
  signIdentity,
  verifyIdentity,
} from './identity.ts';
export { parseRequest } from './parse.ts';
export { type ProblemDocument, toProblem } from './problem.ts';
export { apiConfig, openContext, serve } from './serve.ts';
