/** The other two subgraphs of that graph: the contracts are the published ones, what they answer is written here. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import type { GraphQLSchema } from 'graphql';

export const SUITE = path.dirname(require.resolve('@apollo/federation-subgraph-compatibility-tests/package.json'));

export interface Counterpart {
  readonly name: string;
  readonly sdl: string;
  readonly schema: GraphQLSchema;
}

/** Its name of a user is overridden by `products`: whoever reads it has asked the wrong subgraph. */
export const users = counterpart('users', {
  User: {
    __resolveReference: ({ email }: { email: string }) => ({
      email,
      name: 'not to be read',
      totalProductsCreated: 1_337,
      yearsOfEmployment: 10,
    }),
  },
});

const PRODUCT_IDS = ['apollo-federation', 'apollo-studio'];
const inventoryOf = (id: string) => ({
  __typename: 'OpenSourceInventory',
  id,
  products: PRODUCT_IDS.map((productId) => ({ id: productId })),
});

export const inventory = counterpart('inventory', {
  Query: { inventory: (_root: unknown, { id }: { id: string }) => inventoryOf(id) },
  Inventory: { __resolveReference: ({ id }: { id: string }) => inventoryOf(id) },
  OpenSourceInventory: { __resolveReference: ({ id }: { id: string }) => inventoryOf(id) },
  Product: {
    delivery: ({ dimensions }: { dimensions: { weight: number } }) => ({
      estimatedDelivery: dimensions.weight > 10 ? '6/25/2027' : '6/24/2027',
      fastestDelivery: '6/23/2027',
    }),
  },
});

function counterpart(name: string, resolvers: Record<string, Record<string, unknown>>): Counterpart {
  const sdl = readFileSync(path.join(SUITE, 'dist', 'subgraphs', name, `${name}.graphql`), 'utf8');
  return { name, sdl, schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]) };
}
