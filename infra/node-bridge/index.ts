/** The face of the node-bridge, for tests of the whole; the process is `main.ts`. */
export { createAgentServer } from './agents.ts';
export { Bridge, type BridgeOptions } from './bridge.ts';
export { createKubelet } from './kubelet.ts';
export { Pool } from './pool.ts';
