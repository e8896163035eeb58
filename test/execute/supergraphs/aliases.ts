/** Aliases, and fields of one name that mean other things elsewhere. */
import type { Supergraph } from './supergraph';

export const aliases: Supergraph = {
  name: 'colliding aliases',
  subgraphs: {
    a: `
      type Query { item(id: ID!): Item all: [Any] }
      union Any = Item | Bundle
      type Item @key(fields: "id") { id: ID! label(lang: String): String size: Int value: Money }
      type Bundle @key(fields: "id") { id: ID! label: String! size: [Int] value: String items: [Item] }
      type Money { amount: Int }`,
    b: `
      type Item @key(fields: "id") { id: ID! price(currency: String): Int label2: String info(part: Int): Info }
      type Bundle @key(fields: "id") { id: ID! price: String discount: Int }
      type Info { text(short: Boolean): String parts: [Info] }`,
  },
  cases: [
    {
      operation: `{ item(id: 1) { id: label(lang: "de") label: price(currency: "EUR") price: size a: info(part: 1) { text(short: true) } b: info(part: 2) { text(short: false) text2: text } } }`,
      response: {
        data: {
          item: {
            id: 'Item 1 label({"lang":"de"})',
            label: 94,
            price: 95,
            a: { text: 'Item 1 info({"part":1}) text({"short":true})' },
            b: { text: 'Item 1 info({"part":2}) text({"short":false})', text2: 'Item 1 info({"part":2}) text' },
          },
        },
      },
    },
    {
      operation: `{ all { __typename ... on Item { x: label(lang: "fr") money: value { amount } cost: price } ... on Bundle { y: label text: value sum: price } } }`,
      response: {
        data: {
          all: [
            { __typename: 'Bundle', y: 'Bundle 1 label', text: 'Bundle 1 value', sum: 'Bundle 1 price' },
            { __typename: 'Item', x: 'Item 2 label({"lang":"fr"})', money: { amount: 32 }, cost: 25 },
          ],
        },
      },
    },
  ],
};
