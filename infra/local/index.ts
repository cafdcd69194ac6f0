/** The local stack for tests and benches: engines, control plane and processes, each started once and ended by `stopStack`. */
export { type BinaryName, ensureBinaries, ensureBinary } from './binaries.ts';
export { type ControlPlane, pkiFolder, startControlPlane, startKwok, writeKubeconfig } from './control-plane.ts';
export { removeStack, stopStack } from './down.ts';
export { type EngineName, startEngines } from './engines/index.ts';
export { findProgram, installPackages } from './packages.ts';
export { ensureCertificate } from './pki.ts';
export { claimPort } from './ports.ts';
export { createProgress, type Progress, silent } from './progress.ts';
export { addEnvironment, openStack, readEnvironment, type Stack, secret } from './stack.ts';
export { findProcess, isAlive, listProcesses, type ProcessSpec, startProcess, stopProcess } from './supervisor.ts';
