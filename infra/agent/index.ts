/** What others use: for the node-bridge the protocol and its streams, for the platform what suppliers download. Nothing here touches a machine. */
export { bundleAgent } from './bundle.ts';
export { type Chunk, FlowStream, type Wire } from './flow.ts';
export {
  type AgentFrame,
  type BridgeFrame,
  type Channel,
  channels,
  connectPath,
  decodeChunk,
  encodeChunk,
  type Facts,
  maxChunkBytes,
  maxFrameBytes,
  type Pod,
  type PodStatus,
  type PodUsage,
  ProtocolError,
  parseAgentFrame,
  parseBridgeFrame,
  podSchema,
  silenceMs,
} from './protocol.ts';
