/** The local stack for tests and benches: engines, control plane and processes, each started once and ended by `stopStack`. */
export { type BinaryName, ensureBinaries, ensureBinary } from './binaries.ts';
export { ensureChromium } from './chromium.ts';
export { type ControlPlane, pkiFolder, startControlPlane, startKwok, writeKubeconfig } from './control-plane.ts';
export { startAgent } from './demo/agents.ts';
export { removeStack, stopStack } from './down.ts';
export { type EngineName, startEngines } from './engines/index.ts';
export { demoImage, ensureDemoImage } from './images.ts';
export { findProgram, installPackages } from './packages.ts';
export { ensureCertificate } from './pki.ts';
export { restartService, serviceNames, startPlatform } from './platform.ts';
export { claimPort, knownPort } from './ports.ts';
export { createProgress, type Progress, silent } from './progress.ts';
export { addEnvironment, openStack, readEnvironment, type Stack, secret } from './stack.ts';
export {
  findProcess,
  isAlive,
  isRunning,
  listProcesses,
  logPath,
  type ProcessSpec,
  startProcess,
  stopProcess,
} from './supervisor.ts';
export { bringUp, startFoundations } from './up.ts';
export { buildWeb, webRoot } from './web.ts';
