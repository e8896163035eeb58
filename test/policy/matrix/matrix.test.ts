/**
 * Every classified field × who asks for what × every state a person can be in, over every way to the data, through the front door: equal
 * to a model written from the design alone (model.ts). Each cell is told apart by what is answered and by the note beside it.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Purpose, Role } from '../../../schema/policy';
import type { Principal } from '../../../schema/request-policy';
import { openFrontDoor } from '../front-door';
import type { FrontDoor } from '../front-door';
import { modelEntitled, modelPurposes, modelRoles } from '../model';
import { KEYED_HASH, modelFields, modelNotPersonal, modelSight, SOME } from './model';
import type { ModelField, Sight } from './model';
import { erase, live, makePeople, PERSON_NAMESPACE, plantedAt, subjectOf, tell, TODAY } from './people';
import type { Person } from './people';
import { leavesOf, listenTo, routesOf, serveEntities } from './routes';
import type { Reader, Route, View } from './routes';

const SCOPES = ['operations:adhoc', 'policy:explain'];

/** `ANALYST`, `DATA_SUBJECT 01J…`. */
function principalOf(bearer: string): Principal | undefined {
  const [role = '', customerId] = bearer.split(' ');
  if (!modelRoles.includes(role)) return undefined;
  return { id: bearer, role: role as Role, scopes: SCOPES, ...(customerId === undefined ? {} : { customerId }) };
}

function readerOf(role: string, purpose: string | null, ownId?: string): Reader {
  const bearer = ownId === undefined ? role : `${role} ${ownId}`;
  const principal = principalOf(bearer);
  if (principal === undefined) throw new Error(`Expected a role, but came ${role}.`);
  return { bearer, principal, purpose: purpose as Purpose | null };
}

const ASKED = [...modelPurposes, null];
const pairs = modelRoles.flatMap((role) => ASKED.map((purpose) => ({ role, purpose })));
/** What the gateway lets through: entitled, or no purpose at all. */
const admitted = pairs.filter(({ role, purpose }) => purpose === null || modelEntitled(role, purpose));

let door: FrontDoor;
let entities: Awaited<ReturnType<typeof serveEntities>>;
const people = makePeople();
const planted = new Map(people.map((person) => [person, plantedAt(person)]));
const erased = people.filter(({ status }) => status === 'ERASED');
/** Who changes while there are subscribers. */
const changed = people.filter((person, at) => at % 3 === 0 && !erased.includes(person));
/** What every subscriber was shown of the last change of each person. */
const told = new Map<(typeof admitted)[number], Map<Person, View | null>>();

beforeAll(async () => {
  door = await openFrontDoor(TODAY, { principalOf, senderNamespaces: [PERSON_NAMESPACE] });
  entities = await serveEntities(door);
  await Promise.all(people.map((person) => tell(door, person, 1)));
  await Promise.all(people.map((person) => live(door, person)));
  // What was granted for an hour is over.
  door.clock.now = TODAY + 2 * 3_600_000;

  // Subscribers hear of everybody once more, and of those who are erased now.
  const listening = await Promise.all(
    admitted.map(async (pair) => {
      const isOwn = pair.role === 'DATA_SUBJECT';
      const heard = isOwn ? changed.slice(0, 1) : [...changed, ...erased];
      const reader = readerOf(pair.role, pair.purpose, isOwn ? heard[0]?.id : undefined);
      return {
        pair,
        heard,
        listener: await listenTo(door, reader),
      };
    }),
  );
  for (const person of erased) await erase(door, person);
  for (const person of people) if (!erased.includes(person)) await tell(door, person, changed.includes(person) ? 2 : 1);
  for (const { pair, heard, listener } of listening) {
    const awaited = heard.filter((person) => changed.includes(person));
    const { views } = await listener.seen(
      awaited.map(({ id }) => id),
      heard.length - awaited.length,
    );
    told.set(pair, new Map(heard.map((person) => [person, views.get(person.id) ?? null])));
    await listener.end();
  }
}, 120_000);
afterAll(async () => {
  await entities.close();
  await door.close();
});

interface Cell {
  readonly route: string;
  readonly pair: (typeof admitted)[number];
  readonly person: Person;
  /** A DATA_SUBJECT's look at the own record? */
  readonly ownId: boolean;
}

let cells = 0;

/** The cells of one view that are not as the model says, in words. */
function differencesOf(cell: Cell, view: View | null): string[] {
  const { person, pair, ownId } = cell;
  const question = { ...pair, ownId, subject: subjectOf(person) };
  return modelFields.flatMap((field) => {
    cells += 1;
    const expected = modelSight(question, field, planted.get(person)?.get(field.path) ?? { ordinary: [] });
    const seen = sightOf(view, field);
    // Nobody who was erased is found any more; what is asked by id alone tells why.
    const isRight = view === null ? person.status === 'ERASED' : isSame(seen, expected);
    return isRight ? [] : [`${wordsOf(cell)}: ${field.path} is ${show(seen)}, expected ${show(expected)}`];
  });
}

function sightOf(view: View | null, field: ModelField): Sight {
  if (view === null) return { verdict: 'ERASED', values: null };
  const note = (category: string) => [...new Set(view.notes(field.path, category))].join(' and ');
  const own = note(field.category) || 'CLEAR';
  // A note about lines of a special category would tell that there are some.
  const sensitive = note('SENSITIVE') && ', and SENSITIVE is noted';
  const addresses = field.path.startsWith('identities.') && note('CONTACT');
  const verdict = `${own}${sensitive}${addresses ? `, addresses ${addresses}` : ''}`;
  const values = view.values(field.path);
  return { verdict, values: values?.length === 0 && own === 'MASK' ? null : values };
}

function isSame(seen: Sight, expected: Sight): boolean {
  if (seen.verdict !== expected.verdict) return false;
  if (seen.values === null || expected.values === null) return seen.values === expected.values;
  if (expected.values === SOME || seen.values === SOME) return true;
  const rest = [...seen.values];
  return (
    rest.length === expected.values.length &&
    expected.values.every((value) => {
      const at = rest.findIndex((each) => isValue(each, value));
      return at >= 0 && rest.splice(at, 1).length === 1;
    })
  );
}

function isValue(seen: unknown, expected: unknown): boolean {
  const [, hashed] = typeof expected === 'string' ? (expected.split(KEYED_HASH) as [string, string?]) : [];
  return hashed === undefined
    ? seen === expected
    : typeof seen === 'string' && seen !== hashed && /^[\w-]{16,}$/.test(seen);
}

function wordsOf({ route, pair, person, ownId }: Cell): string {
  const who = pair.role === 'DATA_SUBJECT' ? `DATA_SUBJECT on ${ownId ? 'the own' : 'another'} id` : pair.role;
  return `${route}: ${who} for ${pair.purpose ?? 'no purpose'}, of a person with ${person.name}`;
}

function show({ verdict, values }: Sight): string {
  return `${verdict} ${values === SOME ? 'with some value' : JSON.stringify(values)}`;
}

/**
 * Asks one way for one in so many people, others for each reader, so that all are asked for. A data subject asks for the own record, and
 * beside it for those of others.
 */
async function differencesOn(name: string, route: Route, pair: Cell['pair'], oneIn: number): Promise<string[]> {
  const asked = people.filter((_, at) => (at + pairs.indexOf(pair)) % oneIn === 0);
  const isSubject = pair.role === 'DATA_SUBJECT';
  // One subject after another, each beside the next: every place of an answer is somebody else's but one.
  const groups = isSubject ? asked.map((own, at) => [own, ...asked.slice(at + 1, at + 2)]) : [asked];
  const differences: string[] = [];
  for (const group of groups) {
    const own = isSubject ? group[0] : undefined;
    const reader = readerOf(pair.role, pair.purpose, own?.id);
    const views = await route(
      reader,
      group.map(({ id }) => id),
    );
    for (const [place, person] of group.entries()) {
      differences.push(...differencesOf({ route: name, pair, person, ownId: person === own }, views[place] ?? null));
    }
  }
  return differences;
}

it('The model names every field below Customer that the schema has, and no other', () => {
  const sdl = readFileSync(path.join(__dirname, '..', '..', '..', 'schema', 'generated', 'api.graphql'), 'utf8');
  expect(leavesOf(sdl).toSorted()).toEqual([...modelFields.map((field) => field.path), ...modelNotPersonal].toSorted());
  expect(modelFields.filter((field) => !planted.get(people[0] as Person)?.has(field.path))).toEqual([]);
});

describe('Each field shows what the design says', () => {
  const named = admitted.map((pair) => [pair.role, pair.purpose ?? 'no purpose', pair] as const);

  describe.each([
    ['query', 4],
    ['batch', 1],
    ['alias', 4],
    ['fragment', 3],
  ] as const)('by %s', (route, oneIn) => {
    it.each(named)('to %s for %s', async (_role, _purpose, pair) => {
      const several = pair.role === 'DATA_SUBJECT' ? 4 * oneIn : oneIn;
      expect((await differencesOn(route, routesOf(door)[route], pair, several)).slice(0, 20)).toEqual([]);
    });
  });

  // A subgraph decides for itself: also for purposes that the gateway would not have let through.
  it.each(pairs.map((pair) => [pair.role, pair.purpose ?? 'no purpose', pair] as const))(
    'by _entities to %s for %s',
    async (_role, _purpose, pair) => {
      const oneIn = admitted.includes(pair) ? 3 : 10;
      expect((await differencesOn('_entities', entities.route, pair, oneIn)).slice(0, 20)).toEqual([]);
    },
  );

  it.each(named)('by subscription to %s for %s', (_role, _purpose, pair) => {
    const views = told.get(pair) ?? new Map<Person, View | null>();
    const ownId = pair.role === 'DATA_SUBJECT';
    const differences = [...views].flatMap(([person, view]) =>
      differencesOf({ route: 'subscription', pair, person, ownId }, view),
    );
    expect(views.size).toBe(ownId ? 1 : changed.length + erased.length);
    expect(differences.slice(0, 20)).toEqual([]);
  });

  it.each(pairs.filter((pair) => !admitted.includes(pair)))(
    'and nothing to $role for $purpose, which is refused',
    async ({ role, purpose }) => {
      const query = `query ($ids: [ID!]!) { customers(ids: $ids) { contact { email } } }`;
      const ids = people.slice(0, 20).map(({ id }) => id);
      const { status, body } = await door.graphql(
        { query, variables: { ids } },
        readerOf(role, purpose, ids[0]).bearer,
        purpose ?? '',
      );
      expect({ status, body }).toEqual({
        status: 403,
        body: { errors: [{ message: expect.any(String) as string, extensions: { code: 'PURPOSE_NOT_ENTITLED' } }] },
      });
    },
  );
});

it('More than 50,000 cells were looked at', () => {
  expect(cells).toBeGreaterThan(50_000);
});
