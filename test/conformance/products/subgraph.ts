/** The `products` subgraph, made with our own `defineSubgraph`. What it answers is what the compatibility tests expect to read. */
import { Arg, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { defineSubgraph } from '../../../subgraphs/subgraph';
import { DeprecatedProduct, Inventory, Product, ProductResearch, User } from './entities';

const CREATOR: Partial<User> = { email: 'support@apollographql.com', totalProductsCreated: 1_337 };
const NAMES: Readonly<Record<string, string>> = { 'support@apollographql.com': 'Jane Smith' };

const RESEARCH: readonly ProductResearch[] = [
  { study: { caseNumber: '1234', description: 'Federation Study' } },
  { study: { caseNumber: '1235', description: 'Studio Study' } },
];

const DIMENSIONS = { size: 'small', weight: 1, unit: 'kg' };
const PRODUCTS: readonly Product[] = [
  {
    id: 'apollo-federation',
    sku: 'federation',
    package: '@apollo/federation',
    variation: { id: 'OSS' },
    dimensions: DIMENSIONS,
    createdBy: CREATOR,
    research: RESEARCH.slice(0, 1),
  },
  {
    id: 'apollo-studio',
    sku: 'studio',
    package: '',
    variation: { id: 'platform' },
    dimensions: DIMENSIONS,
    createdBy: CREATOR,
    research: RESEARCH.slice(1),
  },
];

const DEPRECATED: DeprecatedProduct = {
  sku: 'apollo-federation-v1',
  package: '@apollo/federation-v1',
  reason: 'Migrate to Federation V2',
  createdBy: CREATOR,
};

@Resolver(() => User)
class UserResolver {
  @Directive('@requires(fields: "totalProductsCreated yearsOfEmployment")')
  @FieldResolver(() => Int, { nullable: true })
  averageProductsCreatedPerYear(@Root() { totalProductsCreated, yearsOfEmployment }: User): number | null {
    if (totalProductsCreated === undefined || totalProductsCreated === null) return null;
    return Math.round(totalProductsCreated / yearsOfEmployment);
  }

  @FieldResolver()
  name(@Root() { email }: User): string | null {
    return NAMES[email] ?? null;
  }
}

@Resolver()
class RootResolver {
  @Query(() => Product, { nullable: true })
  product(@Arg('id', () => ID) id: string): Product | undefined {
    return PRODUCTS.find((product) => product.id === id);
  }

  @Query(() => DeprecatedProduct, { nullable: true, deprecationReason: 'Use product query instead' })
  deprecatedProduct(
    @Arg('sku', () => String) sku: string,
    @Arg('package', () => String) packageName: string,
  ): DeprecatedProduct | null {
    return findDeprecated({ sku, package: packageName });
  }
}

function findProduct(key: Partial<Product>): Product | undefined {
  return PRODUCTS.find((product) =>
    key.id === undefined
      ? product.sku === key.sku &&
        (key.package === undefined ? product.variation?.id === key.variation?.id : product.package === key.package)
      : product.id === key.id,
  );
}

function findDeprecated({ sku, package: packageName }: Partial<DeprecatedProduct>): DeprecatedProduct | null {
  return DEPRECATED.sku === sku && DEPRECATED.package === packageName ? { ...DEPRECATED } : null;
}

export const products = defineSubgraph({
  name: 'products',
  policy: 'none',
  header: `
    extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.3", import: [
        "@composeDirective" "@external" "@inaccessible" "@interfaceObject" "@key" "@override" "@provides" "@requires" "@shareable" "@tag"
      ])
      @link(url: "https://myspecs.dev/myCustomDirective/v1.0", import: ["@custom"])
      @composeDirective(name: "@custom")
    directive @custom on OBJECT
  `,
  resolvers: [RootResolver, UserResolver],
  entities: [Product, DeprecatedProduct, ProductResearch, User, Inventory],
  references: {
    Product: (key) => ({ ...findProduct(key) }),
    DeprecatedProduct: (key) => findDeprecated(key),
    ProductResearch: ({ study }) => {
      const { caseNumber } = study as { caseNumber: string };
      return { ...RESEARCH.find((research) => research.study.caseNumber === caseNumber) };
    },
    User: (representation) => ({ ...CREATOR, ...representation }),
    Inventory: ({ id }) => ({ id, deprecatedProducts: [DEPRECATED] }),
  },
});
