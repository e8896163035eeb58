/** An entity that its subgraphs know by different keys: one may have to be asked for another’s. */
import type { Supergraph } from './supergraph';

export const severalKeys: Supergraph = {
  name: 'several keys',
  subgraphs: {
    catalog: `
      type Query { product(id: ID!): Product products: [Product!] }
      type Product @key(fields: "id") { id: ID! title: String }`,
    codes: `
      type Product @key(fields: "id") @key(fields: "sku") { id: ID! sku: String! barcode: String }`,
    stock: `
      type Product @key(fields: "sku") @key(fields: "sku warehouse { place }") { sku: String! warehouse: Warehouse @shareable inStock: Int bySku: Product }
      type Warehouse @shareable { place: String }`,
  },
  cases: [
    {
      operation: `{ product(id: 4) { title inStock barcode } }`,
      response: { data: { product: { title: 'Product 4 title', inStock: 27, barcode: 'Product 4 barcode' } } },
    },
    {
      operation: `{ products { sku inStock bySku { id title } } }`,
      response: {
        data: {
          products: [
            { sku: '1', inStock: 32, bySku: { id: '1', title: 'Product 1 title' } },
            { sku: '2', inStock: 11, bySku: { id: '1', title: 'Product 1 title' } },
          ],
        },
      },
    },
  ],
};
