/** Composition: the contracts of the subgraphs in, one supergraph out, or every reason why not. Must not plan or serve. */
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';

export interface SubgraphContract {
  readonly name: string;
  /** `_service.sdl`. */
  readonly sdl: string;
  /** Where it is served; in one process a name is enough. */
  readonly url: string;
}

/** Errors: throws with every composition error on its own line. */
export function composeSupergraph(contracts: readonly SubgraphContract[]): string {
  const result = composeServices(contracts.map(({ name, sdl, url }) => ({ name, url, typeDefs: parse(sdl) })));
  if (result.supergraphSdl === undefined) {
    const reasons = (result.errors ?? []).map(({ message }) => `  - ${message}`);
    throw new Error(`The subgraphs do not compose:\n${reasons.join('\n')}`);
  }
  return result.supergraphSdl;
}
