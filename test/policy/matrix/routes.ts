/**
 * The ways by which a reader comes to a customer's fields: each asks for every classified field of many people at once and answers what was
 * seen of each person, in the fields' own names. Must not know the policy.
 */
import { buildSchema, isObjectType, parse, Kind } from 'graphql';
import { signPolicy, POLICY_HEADER } from '../../../schema/policy-header';
import type { Purpose } from '../../../schema/policy';
import type { Principal } from '../../../schema/request-policy';
import { serveSubgraph } from '../../../subgraphs/serve';
import { subscribe } from '../../acceptance/subscriber';
import type { FrontDoor } from '../front-door';
import { modelFields } from './model';
import { canonical, misnamed, selectionOf, valuesAt } from './selection';
import type { Aliases } from './selection';

/** What one answer shows of one person; null: nobody is there. */
export interface View {
  /** Which fields were asked for. */
  readonly paths: readonly string[];
  readonly values: (path: string) => unknown[] | null;
  /** Notes beside the answer about a field or what it lies in, by category: MASK, or the reason for withholding. */
  readonly notes: (path: string, category: string) => string[];
}

/** One way, asked by one reader: what is seen of each id, in order. */
export type Route = (reader: Reader, ids: readonly string[]) => Promise<Array<View | null>>;

export interface Reader {
  /** The bearer by which the gateway of the test knows the principal. */
  readonly bearer: string;
  readonly principal: Principal;
  readonly purpose: Purpose | null;
}

const PATHS = modelFields.map(({ path }) => path);
const MOST_ALIASES = 14;
const ALIASED = misnamed(PATHS, MOST_ALIASES);
const NONE: Aliases = new Map();
/** What a hundred customers with everything would cost is over the limit. */
const SLICE = 15;

interface Notes {
  readonly withheld?: ReadonlyArray<{ path: ReadonlyArray<string | number>; category: string; reason: string }>;
  readonly masked?: ReadonlyArray<{ path: ReadonlyArray<string | number>; category: string }>;
}

/** `place`: the path in the answer at which the customer stands. */
function viewOf(
  customer: unknown,
  place: ReadonlyArray<string | number>,
  notes: Notes | undefined,
  asked: { readonly paths: readonly string[]; readonly aliases: Aliases },
): View | null {
  if (customer === null) return null;
  const noted = [
    ...(notes?.withheld ?? []).map(({ path, category, reason }) => ({ path, category, word: reason })),
    ...(notes?.masked ?? []).map(({ path, category }) => ({ path, category, word: 'MASK' })),
  ].flatMap(({ path, category, word }) => {
    const isHers = place.every((step, depth) => path[depth] === step);
    const keys = path.slice(place.length).map(String);
    return isHers ? [{ path: canonical(keys, asked.aliases), category, word }] : [];
  });
  return {
    paths: asked.paths,
    values: (path) => valuesAt(customer, path, asked.aliases),
    notes: (path, category) =>
      noted
        .filter((note) => note.category === category && (path === note.path || path.startsWith(`${note.path}.`)))
        .map(({ word }) => word),
  };
}

interface Answer {
  readonly data: Record<string, unknown>;
  readonly notes: Notes | undefined;
}

async function ask(
  door: FrontDoor,
  reader: Reader,
  query: string,
  variables: Record<string, unknown>,
): Promise<Answer> {
  const { body, text } = await door.graphql({ query, variables }, reader.bearer, reader.purpose ?? undefined);
  if (body.data === undefined || body.errors !== undefined) throw new Error(`Expected an answer, but came ${text}`);
  return { data: body.data as Answer['data'], notes: (body.extensions as { privacy?: Notes } | undefined)?.privacy };
}

function inSlices<Item, Result>(items: readonly Item[], take: (slice: Item[]) => Promise<Result[]>): Promise<Result[]> {
  const slices = Array.from({ length: Math.ceil(items.length / SLICE) }, (_, at) =>
    items.slice(at * SLICE, (at + 1) * SLICE),
  );
  return slices.reduce<Promise<Result[]>>(
    async (before, slice) => [...(await before), ...(await take(slice))],
    Promise.resolve([]),
  );
}

/** Several customers of one answer, the customers standing at `key`. */
function viewsOf(
  { data, notes }: Answer,
  key: string,
  asked: { paths: readonly string[]; aliases: Aliases },
): Array<View | null> {
  return (data[key] as unknown[]).map((customer, at) => viewOf(customer, [key, at], notes, asked));
}

export function routesOf(door: FrontDoor): Readonly<Record<'query' | 'batch' | 'alias' | 'fragment', Route>> {
  const everything = { paths: PATHS, aliases: NONE };
  return {
    query: async (reader, ids) => {
      const query = `query ($id: ID!) { customer(id: $id) { ${selectionOf(PATHS)} } }`;
      const views: Array<View | null> = [];
      for (const id of ids) {
        const { data, notes } = await ask(door, reader, query, { id });
        views.push(viewOf(data.customer, ['customer'], notes, everything));
      }
      return views;
    },
    batch: (reader, ids) =>
      inSlices(ids, async (slice) => {
        const query = `query ($ids: [ID!]!) { customers(ids: $ids) { ${selectionOf(PATHS)} } }`;
        return viewsOf(await ask(door, reader, query, { ids: slice }), 'customers', everything);
      }),
    alias: async (reader, ids) => {
      const parts = await Promise.all(
        ALIASED.map((asked) =>
          inSlices(ids, async (slice) => {
            const query = `query ($ids: [ID!]!) { customer: customers(ids: $ids) { ${selectionOf(asked.paths, asked.aliases)} } }`;
            return viewsOf(await ask(door, reader, query, { ids: slice }), 'customer', asked);
          }),
        ),
      );
      return ids.map((_, at) => joined(parts.map((views) => views[at] ?? null)));
    },
    fragment: (reader, ids) =>
      inSlices(ids, async (slice) => {
        const half = Math.ceil(PATHS.length / 2);
        // The same fields again in fragments within fragments: none of them may open what another shuts.
        const query = `query ($ids: [ID!]!, $yes: Boolean!, $no: Boolean!) {
          customers(ids: $ids) { ...First ... on Customer { ...Second } ... @skip(if: $no) { contact { ...Names } } lastOrder { ...Bought } } }
          fragment First on Customer { ${selectionOf(PATHS.slice(0, half))} ...Second @include(if: $yes) }
          fragment Second on Customer { ${selectionOf(PATHS.slice(half))} }
          fragment Names on Contact { firstName email }
          fragment Bought on Order { items { title } }`;
        return viewsOf(await ask(door, reader, query, { ids: slice, yes: true, no: false }), 'customers', everything);
      }),
  };
}

/** One person's views over several documents, as one. */
function joined(parts: ReadonlyArray<View | null>): View | null {
  const views = parts.flatMap((view) => (view === null ? [] : [view]));
  if (views.length === 0) return null;
  const holding = (path: string) => {
    const view = views.find(({ paths }) => paths.includes(path));
    if (view === undefined) throw new Error(`Expected ${path} to be asked for.`);
    return view;
  };
  return {
    paths: views.flatMap(({ paths }) => paths),
    values: (path) => holding(path).values(path),
    notes: (path, category) => holding(path).notes(path, category),
  };
}

/** The subgraphs on sockets of their own, asked for entities as the gateway asks, half of the customers under an alias. */
export async function serveEntities(door: FrontDoor): Promise<{ readonly route: Route; close(): Promise<void> }> {
  const key = 'the key of every subgraph of the matrix';
  const served = await Promise.all(
    door.subgraphs.contracts.map(async ({ name, sdl }) => {
      const endpoint = door.subgraphs.endpoints[name];
      if (endpoint === undefined) throw new Error(`Expected an endpoint of ${name}.`);
      const { url, close } = await serveSubgraph({
        name,
        key,
        host: '127.0.0.1',
        port: 0,
        now: () => door.clock.now,
        endpoint,
      });
      const owned = ownFields(sdl);
      return { name, url, close, paths: PATHS.filter((path) => owned.has(path.split('.', 1)[0] ?? '')) };
    }),
  );
  const askEntities = async (
    { name, url }: (typeof served)[number],
    { principal, purpose }: Reader,
    representations: readonly object[],
    selection: string,
  ) => {
    const half = Math.ceil(representations.length / 2);
    const body = JSON.stringify({
      query: `query ($one: [_Any!]!, $two: [_Any!]!) { _entities(representations: $one) { ... on Customer { ${selection} } }
        again: _entities(representations: $two) { ... on Customer { ${selection} } } }`,
      variables: { one: representations.slice(0, half), two: representations.slice(half) },
    });
    const { now } = door.clock;
    const policy = { principal, purpose, maxAgeSeconds: 300, deadlineAt: now + 30_000, requestId: 'matrix' };
    const header = signPolicy(policy, { subgraph: name, key, body, now });
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [POLICY_HEADER]: header },
      body,
    });
    const answer = (await response.json()) as {
      data: Record<string, unknown[]>;
      extensions?: { privacy: Notes };
      errors?: unknown;
    };
    if (answer.errors !== undefined)
      throw new Error(`Expected an answer of ${name}, but came ${JSON.stringify(answer.errors)}`);
    const places = ['_entities', 'again'].flatMap((root) =>
      (answer.data[root] ?? []).map((entity, at) => ({ entity, place: [root, at] })),
    );
    return places.map(({ entity, place }) => ({
      entity: entity as Record<string, unknown>,
      place,
      notes: answer.extensions?.privacy,
    }));
  };

  const route: Route = async (reader, ids) => {
    const [profiles, ...sources] = served;
    if (profiles === undefined) throw new Error('Expected profiles.');
    const asked = (paths: readonly string[]) => ({ paths, aliases: NONE });
    const first = await askEntities(
      profiles,
      reader,
      ids.map((id) => ({ __typename: 'Customer', id })),
      `id access sourceKeys { source key } ${selectionOf(profiles.paths)}`,
    );
    const representations = first.map(({ entity: { id, access, sourceKeys } }) => ({
      __typename: 'Customer',
      id,
      access,
      sourceKeys,
    }));
    const parts = [first.map(({ entity, place, notes }) => viewOf(entity, place, notes, asked(profiles.paths)))];
    for (const source of sources) {
      const answers = await askEntities(source, reader, representations, selectionOf(source.paths));
      parts.push(answers.map(({ entity, place, notes }) => viewOf(entity, place, notes, asked(source.paths))));
    }
    return ids.map((_, at) => joined(parts.map((views) => views[at] ?? null)));
  };
  return {
    route,
    close: async () => {
      await Promise.all(served.map(({ close }) => close()));
    },
  };
}

/** The fields of Customer that a subgraph answers itself: those that are not external. */
function ownFields(sdl: string): Set<string> {
  const types = parse(sdl).definitions.filter(
    (node) => node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === 'Customer',
  );
  const fields = types.flatMap((node) => (node.kind === Kind.OBJECT_TYPE_DEFINITION ? (node.fields ?? []) : []));
  return new Set(
    fields
      .filter(({ directives }) => !directives?.some(({ name }) => name.value === 'external'))
      .map(({ name }) => name.value),
  );
}

export interface Listener {
  /** Reads events until one of each id has come, and so many of somebody erased. */
  seen(
    ids: readonly string[],
    erased: number,
  ): Promise<{ readonly views: Map<string, View | null>; readonly erased: number }>;
  end(): Promise<void>;
}

/** A subscriber to all whom the reader may hear of: of each change, what is shown of whom it is about. */
export async function listenTo(door: FrontDoor, reader: Reader): Promise<Listener> {
  const query = `subscription { customerChanged { kind customer { id ${selectionOf(PATHS)} } } }`;
  const { bearer, purpose } = reader;
  const subscription = await subscribe(door.url, query, {
    bearer,
    ...(purpose === null ? {} : { purpose }),
  });
  return {
    end: () => subscription.end(),
    seen: async (awaited, erasedAwaited) => {
      const views = new Map<string, View | null>();
      let erased = 0;
      while (erased < erasedAwaited || awaited.some((id) => !views.has(id))) {
        const event = await subscription.next();
        if (event.errors !== undefined) throw new Error(`Expected a change, but came ${JSON.stringify(event.errors)}`);
        const { kind, customer } = event.data?.customerChanged as { kind: string; customer: { id: string } | null };
        erased += kind === 'ERASED' ? 1 : 0;
        if (customer !== null) {
          const notes = (event.extensions as { privacy?: Notes } | undefined)?.privacy;
          const asked = { paths: PATHS, aliases: NONE };
          views.set(customer.id, viewOf(customer, ['customerChanged', 'customer'], notes, asked));
        }
      }
      return { views, erased };
    },
  };
}

/** Every leaf below Customer in a schema, as paths. */
export function leavesOf(sdl: string): string[] {
  const schema = buildSchema(sdl);
  const walk = (typeName: string, above: string): string[] => {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) return [above];
    return Object.values(type.getFields()).flatMap((field) =>
      walk(String(field.type).replaceAll(/[![\]]/g, ''), above === '' ? field.name : `${above}.${field.name}`),
    );
  };
  return walk('Customer', '');
}
