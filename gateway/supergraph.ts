/**
 * Supergraphs as text: composed from the contracts of the subgraphs, and read for where the subgraphs are. Must not plan or serve.
 */
import { composeServices } from '@theguild/federation-composition';
import { Kind, parse } from 'graphql';
import type { ConstDirectiveNode } from 'graphql';

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

/**
 * Name → URL, from `@join__graph`, unless `overrides` has one: by name in upper case, with `_` for what a variable cannot hold.
 *
 * Errors: throws when a subgraph has no URL of http or https.
 */
export function readSubgraphUrls(
  supergraphSdl: string,
  overrides: Readonly<Record<string, string>>,
): Record<string, string> {
  const graphs = parse(supergraphSdl).definitions.find(
    (definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph',
  );
  const values = graphs?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.values ?? []) : [];
  return Object.fromEntries(
    values.flatMap(({ directives = [] }) => {
      const [graph] = directives.filter(({ name }) => name.value === 'join__graph');
      if (graph === undefined) return [];
      const name = argumentOf(graph, 'name') ?? '';
      const url = overrides[name.toUpperCase().replaceAll(/\W/g, '_')] ?? argumentOf(graph, 'url') ?? '';
      if (!/^https?:\/\/./.test(url)) throw new Error(`Expected an http URL for the subgraph ${name}; came none.`);
      return [[name, url]];
    }),
  );
}

/** Whether any field of the graph is classified. */
export function servesPersonalData(supergraphSdl: string): boolean {
  let found = false;
  for (const definition of parse(supergraphSdl, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    found ||= (definition.fields ?? []).some(({ directives = [] }) =>
      directives.some(({ name }) => name.value === 'personalData'),
    );
  }
  return found;
}

function argumentOf(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
