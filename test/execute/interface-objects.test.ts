import type { SubgraphResponse } from '../../gateway/execute/fetch';
import { composed } from './composed';

type Thing = { id: string };
const TITLES: Readonly<Record<string, string>> = { 'Book 1': 'Emma', 'Film 1': 'Ran' };
const typed = (id: string) => ({ __typename: id.split(' ')[0], id });

function mediaGraph(answers: Record<string, () => Promise<SubgraphResponse>> = {}) {
  return composed(
    {
      library: {
        typeDefs: `
          type Query { feed: [Media] book: Book }
          interface Media @key(fields: "id") { id: ID! title: String }
          type Book implements Media @key(fields: "id") { id: ID! title: String }
          type Film implements Media @key(fields: "id") { id: ID! title: String }`,
        resolvers: {
          Query: { feed: () => ['Book 1', 'Film 1'].map(typed), book: () => typed('Book 1') },
          Media: { __resolveReference: ({ id }: Thing) => (id in TITLES ? typed(id) : null) },
          Book: { title: ({ id }: Thing) => TITLES[id] },
          Film: { title: ({ id }: Thing) => TITLES[id] },
        },
      },
      ratings: {
        typeDefs: `
          type Query { best: [Media] }
          type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int }`,
        resolvers: {
          Query: { best: () => ['Film 1', 'Book 1', 'Book 9'].map((id) => ({ id })) },
          Media: { __resolveReference: ({ id }: Thing) => ({ id }), stars: ({ id }: Thing) => id.length },
        },
      },
    },
    { answers },
  );
}

describe('An interface object', () => {
  it('is asked for under the interface’s name, whatever type the entity has', async () => {
    const { run, asked } = mediaGraph();
    expect(await run('{ feed { __typename title stars } book { stars } }')).toEqual({
      data: {
        feed: [
          { __typename: 'Book', title: 'Emma', stars: 6 },
          { __typename: 'Film', title: 'Ran', stars: 6 },
        ],
        book: { stars: 6 },
      },
    });
    const sent = asked.filter(({ subgraph }) => subgraph === 'ratings').map(({ variables }) => variables);
    expect(JSON.stringify(sent)).not.toMatch(/"__typename":"(Book|Film)"/);
    expect(JSON.stringify(sent)).toContain('{"__typename":"Media","id":"Film 1"}');
  });

  it('gets its type from the subgraph that knows it; without one there is nothing to answer', async () => {
    expect(await mediaGraph().run('{ best { __typename stars } }')).toEqual({
      data: { best: [{ __typename: 'Film', stars: 6 }, { __typename: 'Book', stars: 6 }, null] },
      errors: [
        {
          message: 'Expected an object of a type of Media, got something else.',
          path: ['best', 2],
          extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
        },
      ],
    });
  });

  it('is null with one error where that subgraph is down', async () => {
    const down = mediaGraph({ library: () => Promise.reject(new Error('down')) });
    const error = (index: number) => ({
      message: 'The subgraph library did not answer as expected: expected an answer, got none.',
      path: ['best', index],
      extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'library' },
    });
    expect(await down.run('{ best { stars } }')).toEqual({
      data: { best: [null, null, null] },
      errors: [error(0), error(1), error(2)],
    });
  });
});
