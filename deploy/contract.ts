/** The contract as text: each subgraph's SDL, the supergraph, and the schema clients see. Written to schema/generated/ and compared in CI. */
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createExecutor } from '../gateway/execute/executor';
import { composeSupergraph } from '../gateway/supergraph';
import type { Source } from '../subgraphs/source';
import { defineSubgraphs } from '../subgraphs/start';

/** File name → content. Errors: throws when a schema cannot be enforced or the subgraphs do not compose. */
export function contractFiles(sources: readonly Source[]): Record<string, string> {
  const subgraphs = defineSubgraphs(sources, 'not used: nothing is masked while a contract is printed');
  const supergraphSdl = composeSupergraph(
    subgraphs.map(({ name, sdl }) => ({ name, sdl, url: `http://${name}.facet.internal/graphql` })),
  );
  const unused = () => Promise.reject(new Error('A contract is printed, not executed.'));
  const transports = Object.fromEntries(subgraphs.map(({ name }) => [name, unused]));
  const { publicSchema } = createExecutor({ supergraphSdl, transports });
  return {
    ...Object.fromEntries(subgraphs.map(({ name, sdl }) => [`${name}.graphql`, `${sdl.trimEnd()}\n`])),
    'supergraph.graphql': `${supergraphSdl.trimEnd()}\n`,
    'api.graphql': `${printSchema(lexicographicSortSchema(publicSchema))}\n`,
  };
}
