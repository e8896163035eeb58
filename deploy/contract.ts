/**
 * The contract as text: each subgraph's SDL, the supergraph, the schema clients see, and the plans of the templates. Written to
 * schema/generated/ and compared in CI.
 */
import { lexicographicSortSchema, printSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { createExecutor } from '../gateway/execute/executor';
import { printStoredPlans } from '../gateway/execute/stored-plans';
import { composeSupergraph } from '../gateway/supergraph';
import { readTemplates } from '../gateway/templates';
import { policyTables } from '../schema/policy-table';
import { printPolicy, printRetention, stringifyPolicy } from '../schema/policy-text';
import { retentionTable } from '../schema/retention-table';
import type { Source } from '../subgraphs/source';
import { defineSubgraphs } from '../subgraphs/start';
import { TEMPLATES } from './contract-templates';
import type { Subgraph } from '../subgraphs/subgraph';

/** File name → content. Errors: throws when a schema cannot be enforced or the subgraphs do not compose. */
export function contractFiles(sources: readonly Source[]): Record<string, string> {
  const subgraphs = defineSubgraphs(sources, 'not used: nothing is masked while a contract is printed');
  const planned = new Map<string, unknown>();
  const { supergraphSdl, publicSchema, prepare } = planOnly(subgraphs, (operation, plan) => {
    planned.set(operation, plan);
  });
  for (const { documents } of readTemplates(TEMPLATES, publicSchema)) {
    for (const document of Object.values(documents)) prepare(document);
  }
  return {
    ...Object.fromEntries(subgraphs.map(({ name, sdl }) => [`${name}.graphql`, `${sdl.trimEnd()}\n`])),
    'supergraph.graphql': `${supergraphSdl.trimEnd()}\n`,
    'api.graphql': `${printSchema(lexicographicSortSchema(publicSchema))}\n`,
    'plans.json': printStoredPlans(supergraphSdl, planned),
    'policy.json': stringifyPolicy(policyTables),
    'policy.txt': `${printPolicy(policyTables)}\n${printRetention(retentionTable)}`,
  };
}

/** The schema clients see, of subgraphs that are not served. */
export function publicSchemaOf(subgraphs: readonly Subgraph[]): GraphQLSchema {
  return planOnly(subgraphs, () => {}).publicSchema;
}

/** An executor that plans, and reaches nobody. */
function planOnly(subgraphs: readonly Subgraph[], onPlanned: (operation: string, plan: unknown) => void) {
  const supergraphSdl = composeSupergraph(
    subgraphs.map(({ name, sdl }) => ({ name, sdl, url: `http://${name}.facet.internal/graphql` })),
  );
  const unused = () => Promise.reject(new Error('A contract is printed, not executed.'));
  const transports = Object.fromEntries(subgraphs.map(({ name }) => [name, unused]));
  return { supergraphSdl, ...createExecutor({ supergraphSdl, transports, onPlanned }) };
}
