/** From subgraph SDLs to the supergraph, and to the API schema as the composition library sees it. Must not execute. */
import { composeServices } from '@theguild/federation-composition';
import { Kind, parse, type DirectiveNode } from 'graphql';

export const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [
  "@key", "@external", "@requires", "@provides", "@shareable", "@override", "@inaccessible", "@interfaceObject"
])\n`;

export interface Composition {
  readonly supergraphSdl: string;
  /** What clients see, made without any code of ours; 0.27.0 leaves @inaccessible members in unions, so not of such a graph. */
  readonly apiSdl: string;
}

export function compose(typeDefs: Readonly<Record<string, string>>): Composition {
  const result = composeServices(
    Object.entries(typeDefs).map(([name, sdl]) => ({
      name,
      url: `http://${name}.invalid`,
      typeDefs: parse(FEDERATION + sdl),
    })),
  );
  if (result.supergraphSdl === undefined) throw new Error(JSON.stringify(result.errors?.map((error) => error.message)));
  const supergraphSdl = withExternalFields(result.supergraphSdl, typeDefs);
  return { supergraphSdl, apiSdl: result.publicSdl };
}

/**
 * The composition library 0.27.0 forgets that an interface object's @external fields are another subgraph's, which Apollo's writes as
 * `@join__field(external: true)`. Without it a planner asks the interface object for what it does not have.
 */
function withExternalFields(supergraphSdl: string, typeDefs: Readonly<Record<string, string>>): string {
  let mended = supergraphSdl;
  for (const [name, sdl] of Object.entries(typeDefs)) {
    const others = Object.keys(typeDefs).filter((other) => other !== name);
    for (const node of parse(FEDERATION + sdl).definitions) {
      if (node.kind !== Kind.OBJECT_TYPE_DEFINITION || !has(node, 'interfaceObject')) continue;
      for (const field of node.fields?.filter((each) => has(each, 'external')) ?? []) {
        const owners = others.map((other) => `@join__field(graph: ${other.toUpperCase()})`).join(' ');
        const declared = new RegExp(`(interface ${node.name.value} [^{]*\\{[^}]*\\n  ${field.name.value}: \\S+)`);
        mended = mended.replace(declared, `$1 ${owners} @join__field(graph: ${name.toUpperCase()}, external: true)`);
      }
    }
  }
  return mended;
}

function has(node: { readonly directives?: readonly DirectiveNode[] }, directive: string): boolean {
  return node.directives?.some((each) => each.name.value === directive) ?? false;
}
