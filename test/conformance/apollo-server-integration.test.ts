/**
 * Apollo's own test suite for whoever puts an HTTP layer around Apollo Server, run on ours: the gateway takes the request from its
 * socket, reads the body, hands it over and writes the answer. Which Apollo Server stands behind, each test says; what `/graphql` does
 * before it (credentials, trusted documents, limits) has tests elsewhere.
 *
 * What does not apply, and is left out:
 *   - "incremental delivery › mocked execution" (4) and "traces › includes all fields with defer …" (2), by `noIncrementalDelivery`:
 *     the executor refuses @defer and @stream when a document is planned, so that no answer ever comes in parts;
 *   - "incremental delivery › tests that require graphql@17" (22): this is graphql 16.
 */
import { ApolloServer } from '@apollo/server';
import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite';
import type { CreateServerForIntegrationTests } from '@apollo/server-integration-testsuite';
import type { Executor } from '../../gateway/execute/executor';
import type { GraphQLFront } from '../../gateway/graphql';
import { answerOverHttp, readGraphQLRequest } from '../../gateway/graphql-http';
import { NO_TEMPLATES } from '../../gateway/templates';
import { startGatewayOver } from '../gateway/started-gateway';

/** The suite brings its own schemas, which Apollo executes. */
const NO_EXECUTOR = {} as Executor;

const createServer: CreateServerForIntegrationTests = async (config, { context = async () => ({}) } = {}) => {
  const server = new ApolloServer(config);
  await server.start();
  const front: GraphQLFront = {
    answer: (request, body) => answerOverHttp(server, readGraphQLRequest(request, body), context),
    close: () => server.stop(),
  };
  const { url, close } = await startGatewayOver({
    executor: NO_EXECUTOR,
    templates: NO_TEMPLATES,
    front,
    sandbox: null,
  });
  return { server, url, extraCleanup: close };
};

// What the suite itself skips is no test that waits to be run.
Object.assign(describe, { skip: () => undefined });
Object.assign(it, { skip: () => undefined });
defineIntegrationTestSuite(createServer, { noIncrementalDelivery: true });
