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
const ACCEPTANCE = '<rootDir>/test/acceptance/';
/** The acceptance suite over a whole Facet: the same files in every mode and on every store. */
const acceptance = (mode, store) => ({
  ...options,
  displayName: `acceptance, ${mode}${store === 'mongodb' ? ', MongoDB' : ''}`,
  roots: [ACCEPTANCE],
  testMatch: ['**/*.test.ts'],
  globals: { FACET_MODE: mode, FACET_STORE: store },
  ...(store === 'mongodb'
    ? { globalSetup: `${ACCEPTANCE}start-store-server.ts`, globalTeardown: `${ACCEPTANCE}stop-store-server.ts` }
    : {}),
});

/** FACET_TEST_STORES=embedded,mongodb: the acceptance suite on both, in one run; else on the store that FACET_STORE says. */
const stores = (process.env.FACET_TEST_STORES ?? process.env.FACET_STORE ?? 'embedded').split(',');
const onMongo = stores.includes('mongodb');

/** @type {import('jest').Config} */
module.exports = {
  rootDir,
  reporters: ['default', '<rootDir>/test/reporter.cjs'],
  // On MongoDB a Facet takes longer to start, the more so where the one server of all is a test tool.
  testTimeout: onMongo ? 240_000 : 60_000,
  maxWorkers: 2,
  projects: [
    {
      ...options,
      displayName: 'parts',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [ACCEPTANCE],
    },
    ...stores.flatMap((store) => [acceptance('single', store), acceptance('distributed', store)]),
  ],
};
