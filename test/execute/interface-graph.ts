/**
 * A made-up graph with an interface object, twice: as one schema, and split so that one subgraph knows of media only that there are
 * some. A seed decides what every field answers. Must give the same answer in both, whichever way a field is reached.
 */
import { buildSchema } from 'graphql';
import type { GraphQLFieldResolver } from 'graphql';
import type { Resolvers, SubgraphSource } from './composed';

const ROOT = 'feed: [Media] medium: Media! book: Book films: [Film!]';
const BOOK = 'pages: Int next: Book';
const FILM = 'minutes: Int! remakes: [Film]';
const KNOWN = 'id: ID! title: String must: Int!';
const RATED = 'stars: Int due: Int! review: Review similar: [Media] best: Media!';
const REVIEW = 'text: String! media: Media about: [Media!]!';

export const interfaceSchema = buildSchema(`
  type Query { ${ROOT} rated: [Media!] top: Media }
  interface Media { ${KNOWN} ${RATED} }
  type Book implements Media { ${KNOWN} ${RATED} ${BOOK} }
  type Film implements Media { ${KNOWN} ${RATED} ${FILM} }
  type Review { ${REVIEW} }
`);

const LIBRARY = `
  type Query { ${ROOT} }
  interface Media @key(fields: "id") { ${KNOWN} }
  type Book implements Media @key(fields: "id") { ${KNOWN} ${BOOK} }
  type Film implements Media @key(fields: "id") { ${KNOWN} ${FILM} }
`;
const RATINGS = `
  type Query { rated: [Media!] top: Media }
  type Media @key(fields: "id") @interfaceObject { id: ID! ${RATED} }
  type Review { ${REVIEW} }
`;

interface Thing {
  readonly __typename: string;
  readonly id: string;
}

/** Resolvers of these fields. What they answer follows from the object's id, whichever type it is known by. */
function resolversOf(seed: number, fields: string): Record<string, GraphQLFieldResolver<Thing | undefined, unknown>> {
  return Object.fromEntries(
    [...fields.matchAll(/(\w+): (\[?)(\w+)/g)].map(([, name = '', isList, type = '']) => [
      name,
      (source: Thing | undefined) => {
        if (name === 'id') return source?.id;
        const place = `${seed} ${source?.id ?? ''} ${name}`;
        const luck = chance(`luck ${place}`) % 30;
        if (luck === 0) throw new Error(`no luck at ${place}`);
        if (luck < 3) return null;
        if (isList === '') return valueOf(type, place);
        return Array.from({ length: chance(`length ${place}`) % 4 }, (_, index) =>
          chance(`luck ${place} ${index}`) % 20 === 0 ? null : valueOf(type, `${place} ${index}`),
        );
      },
    ]),
  );
}

function valueOf(type: string, place: string): unknown {
  const number = chance(`value ${place}`) % 100;
  if (type === 'Int') return number;
  if (type === 'String') return `text ${number}`;
  if (type === 'Review') return { __typename: 'Review', id: place };
  const kind = type === 'Media' ? (number % 2 === 0 ? 'Film' : 'Book') : type;
  return { __typename: kind, id: `${kind} ${number % 5}` };
}

export function wholeInterfaceResolvers(seed: number): Resolvers {
  return {
    Query: resolversOf(seed, `${ROOT} rated: [Media!] top: Media`),
    Book: resolversOf(seed, `${KNOWN} ${RATED} ${BOOK}`),
    Film: resolversOf(seed, `${KNOWN} ${RATED} ${FILM}`),
    Review: resolversOf(seed, REVIEW),
  } as Resolvers;
}

export function splitInterfaceSubgraphs(seed: number): Record<string, SubgraphSource> {
  const reference = ({ id }: Thing) => ({ id });
  return {
    library: {
      typeDefs: LIBRARY,
      resolvers: {
        Query: resolversOf(seed, ROOT),
        Media: { __resolveReference: ({ id }: Thing) => ({ __typename: id.split(' ')[0], id }) },
        Book: { ...resolversOf(seed, `${KNOWN} ${BOOK}`), __resolveReference: reference },
        Film: { ...resolversOf(seed, `${KNOWN} ${FILM}`), __resolveReference: reference },
      } as Resolvers,
    },
    ratings: {
      typeDefs: RATINGS,
      resolvers: {
        Query: resolversOf(seed, 'rated: [Media!] top: Media'),
        Media: { ...resolversOf(seed, `id: ID! ${RATED}`), __resolveReference: reference },
        Review: resolversOf(seed, REVIEW),
      } as Resolvers,
    },
  };
}

/** A number that follows from the text alone (FNV-1a). */
function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 13)) >>> 0;
}
