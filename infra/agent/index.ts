/** The face that the node-bridge uses: the protocol and its streams. Nothing here touches a machine. */
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
