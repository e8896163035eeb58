const path = require('node:path');

const rootDir = path.resolve(__dirname, '..');
const options = {
  rootDir,
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/bench/node_modules/'],
  transform: {
    '^.+\\.(ts|[cm]?js)$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: true },
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  // jose ships ES modules only, which jest cannot `require` the way Node does; Hive's router runtime imports its planner when asked.
  transformIgnorePatterns: ['/node_modules/(?!(jose|@graphql-hive/router-runtime)/)'],
};
const store = process.env.FACET_STORE ?? 'embedded';
const onMongo = store === 'mongodb';
const ACCEPTANCE = '<rootDir>/test/acceptance/';
/** The acceptance suite over a whole Facet: the same files in every mode, on the store that FACET_STORE says. */
const acceptance = (mode) => ({
  ...options,
  displayName: `acceptance, ${mode}${store === 'mongodb' ? ', MongoDB' : ''}`,
  roots: [ACCEPTANCE],
  testMatch: ['**/*.test.ts'],
  globals: { FACET_MODE: mode, FACET_STORE: store },
  ...(store === 'mongodb'
    ? { globalSetup: `${ACCEPTANCE}start-store-server.ts`, globalTeardown: `${ACCEPTANCE}stop-store-server.ts` }
    : {}),
});

/** @type {import('jest').Config} */
module.exports = {
  rootDir,
  reporters: ['default', '<rootDir>/test/reporter.cjs'],
  // On MongoDB a Facet takes longer to start, the more so where the one server of all is a test tool: one after another.
  testTimeout: onMongo ? 240_000 : 60_000,
  maxWorkers: onMongo ? 1 : 2,
  projects: [
    {
      ...options,
      displayName: 'parts',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [ACCEPTANCE],
    },
    acceptance('single'),
    acceptance('distributed'),
  ],
};
