// Tests run the sources: the "source" export condition of every workspace points at src, so a changed file is tested
// without a build. Only the servers' starter (packages/testkit) is built before. Files named *.integration.test.ts
// share real PostgreSQL, Kafka and Redis; *.process.test.ts start whole built processes (npm run build first).
/** @type {import('jest').Config} */
const shared = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  roots: ['<rootDir>/packages', '<rootDir>/services', '<rootDir>/scripts', '<rootDir>/bench', '<rootDir>/examples'],
  // names of shops in their package.json mean nothing here, and a copy of the template has its name
  modulePathIgnorePatterns: ['/dist/', '/examples/[^/]+/package\\.json$'],
  extensionsToTreatAsEsm: ['.ts'],
  setupFilesAfterEnv: ['<rootDir>/packages/testkit/jest/retries.mjs'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** @type {import('jest').Config} */
export default {
  maxWorkers: 2,
  // with it even a single worker is a process of its own: one that dies fails its file, not the whole run
  workerIdleMemoryLimit: '1GB',
  // a worker that has loaded many services takes more than jest's half a second to exit
  workerGracefulExitTimeout: 10_000,
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      // nothing outside is waited for: what has not ended by then hangs
      testTimeout: 20_000,
      testMatch: ['**/src/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.(integration|process)\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['**/src/**/*.integration.test.ts'],
      globalSetup: '<rootDir>/packages/testkit/jest/global-setup.mjs',
      globalTeardown: '<rootDir>/packages/testkit/jest/global-teardown.mjs',
    },
    { ...shared, displayName: 'process', testMatch: ['**/src/**/*.process.test.ts'] },
  ],
};
