/** Jest on TypeScript by swc, as native ES modules. `e2e/` and `bench/` need the whole stack and run by `./muster test`. */
export default {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' } }] },
  testMatch: ['**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.muster/'],
  testPathIgnorePatterns: ['/node_modules/', ...(process.env.MUSTER_E2E ? [] : ['<rootDir>/e2e/'])],
  testTimeout: 60_000,
  maxWorkers: 2,
};
