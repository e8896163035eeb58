/**
 * From a PostHog person and what the person did to what web analytics says of a Customer. Pure; every rename between PostHog's
 * words and ours is here. Must not fetch. An anonymous person is nobody's: it becomes no record, so it can link to nothing.
 */
import { z } from 'zod';
import { emailOf, httpsUrlOf, instantOf, textOf } from '../normalise';
import type { Activity, ActivityType, MappedIdentity, MappedRecord } from '../source';
import { specialCategoryOf } from '../special-categories';
import type { RawDay, RawViews } from './analytics.queries';
import type { Behaviour, Interests, SensitiveInterests, View } from './analytics.record';

/** One person as it comes. Properties are whatever the site has set. */
export const personSchema = z.object({
  distinct_ids: z.array(z.string()).min(1),
  properties: z.record(z.string(), z.unknown()),
  last_seen_at: z.string().nullish(),
});
export type RawPerson = z.infer<typeof personSchema>;

/** A person with what is known of all its distinct ids. */
export interface RawVisitor {
  readonly person: RawPerson;
  readonly days: readonly RawDay[];
  readonly views: readonly RawViews[];
}

const MOST_VIEWS = 10;
const MOST_CATEGORIES = 3;
/** PostHog's own bound; longer ones are not ids but accidents. */
const MOST_CHARACTERS = 400;

/** Did the person ever say who they are? And is there an id to know them by? */
export function isIdentified(person: RawPerson): boolean {
  return (emailIn(person) !== null || contactIdIn(person) !== null) && idsIn(person).length > 0;
}

/**
 * Units: `askedAt` Unix time in milliseconds. PostHog does not say when a person last changed, and counts change by the day; so
 * the moment of asking orders what it answers.
 */
export function mapVisitor({ person, days, views }: RawVisitor, askedAt: number): MappedRecord {
  const { ordinary, special } = interestsOf(views);
  const behaviour: Behaviour = { lastSeenAt: lastSeenIn(person, days, views), visitCount: visitsIn(days), ...ordinary };
  const sensitive: SensitiveInterests = special;
  const some = special.topCategories.length + special.recentlyViewed.length > 0;
  const identities = mapIdentities(person);
  return {
    sourceId: identities[0]?.value ?? '',
    sourceVersion: askedAt,
    categories: { BEHAVIOUR: { ...behaviour }, ...(some && { SENSITIVE: { ...sensitive } }) },
    identities,
    consents: [],
    facts: {
      name: stringIn(person, 'name'),
      // Where an IP address seems to be says little of where a person lives, and the law that holds depends on it.
      country: null,
      birthDate: null,
      suppressions: [],
      historicValue: null,
      activities: activitiesIn(days),
    },
  };
}

/** Who identified themselves at the site is the one the site knows: contact id and address are vouched for. */
function mapIdentities(person: RawPerson): MappedIdentity[] {
  const [email, contactId] = [emailIn(person), contactIdIn(person)];
  return [
    ...idsIn(person).map((value) => ({ namespace: 'posthog.distinct_id', value, verified: true })),
    ...(contactId === null ? [] : [{ namespace: 'hubspot.contact', value: contactId, verified: true }]),
    ...(email === null ? [] : [{ namespace: 'email', value: email, verified: true }]),
  ];
}

const idsIn = ({ distinct_ids }: RawPerson): string[] =>
  distinct_ids.filter((id) => textOf(id) !== null && id.length <= MOST_CHARACTERS);
const stringIn = ({ properties }: RawPerson, name: string): string | null => {
  const value = properties[name];
  return typeof value === 'string' ? textOf(value) : null;
};
const emailIn = (person: RawPerson): string | null => emailOf(stringIn(person, 'email'));
/** The site's own property, which it sets as text or as a number. */
const contactIdIn = ({ properties }: RawPerson): string | null => {
  const id = String(properties.hubspot_contact_id ?? '').trim();
  return /^\d{1,20}$/.test(id) ? id : null;
};

function lastSeenIn(person: RawPerson, days: readonly RawDay[], views: readonly RawViews[]): string | null {
  const instants = [
    person.last_seen_at,
    ...days.map(({ last_seen }) => last_seen),
    ...views.flatMap(({ product_views }) => product_views.map(([, , , viewedAt]) => viewedAt)),
  ].flatMap((text) => instantOf(text) ?? []);
  return instants.length === 0 ? null : new Date(Math.max(...instants)).toISOString();
}

const visitsIn = (days: readonly RawDay[]): number => days.reduce((sum, { sessions }) => sum + sessions, 0);

/** Orders are not among them, though the site tells of them too: they are the shop's to tell, and would count twice. */
const ACTIVITIES = {
  pageviews: 'pageview',
  sessions: 'session',
  product_views: 'product_view',
  add_to_carts: 'add_to_cart',
  email_clicks: 'email_click',
  form_submits: 'form_submit',
} as const satisfies Partial<Record<keyof RawDay, ActivityType>>;

function activitiesIn(days: readonly RawDay[]): Activity[] {
  const counts = new Map<string, Activity>();
  for (const row of days) {
    for (const [column, type] of Object.entries(ACTIVITIES)) {
      const count = row[column as keyof typeof ACTIVITIES];
      const place = `${row.day} ${type}`;
      if (count > 0) counts.set(place, { type, day: row.day, count: count + (counts.get(place)?.count ?? 0) });
    }
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, activity]) => activity);
}

/** Looking at a pharmacy article tells what a pharmacy order tells: it lies apart, and so does the category's name. */
function interestsOf(views: readonly RawViews[]): { readonly ordinary: Interests; readonly special: Interests } {
  const pages = views
    .flatMap(({ product_views }) => product_views)
    .flatMap(([title, url, category, viewedAt]) => {
      const at = instantOf(viewedAt);
      const view = at === null ? null : viewOf(title, url, at);
      return view === null ? [] : [{ view, special: specialCategoryOf(category) !== null }];
    });
  const categories = rankCategories(views.map(({ top_categories }) => top_categories));
  const part = (special: boolean): Interests => ({
    topCategories: categories
      .filter((category) => (specialCategoryOf(category) !== null) === special)
      .slice(0, MOST_CATEGORIES),
    recentlyViewed: latestOnce(pages.filter((page) => page.special === special).map(({ view }) => view)),
  });
  return { ordinary: part(false), special: part(true) };
}

function viewOf(title: string | null, url: string | null, at: number): View | null {
  const view = { title: textOf(title), url: pageOf(url), viewedAt: new Date(at).toISOString() };
  return view.title === null && view.url === null ? null : view;
}

/** Without what follows the path: that says how the visitor came (campaigns, tokens of mails), not what was looked at. */
function pageOf(url: string | null): string | null {
  const address = httpsUrlOf(url);
  if (address === null) return null;
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

function latestOnce(views: readonly View[]): View[] {
  const byPage = new Map<string, View>();
  for (const view of [...views].sort((a, b) => (a.viewedAt < b.viewedAt ? 1 : -1))) {
    const page = view.url ?? view.title ?? '';
    if (!byPage.has(page)) byPage.set(page, view);
  }
  return [...byPage.values()].slice(0, MOST_VIEWS);
}

/** Each distinct id has a ranking of its own, without counts: places are added up, the first being worth most. */
function rankCategories(rankings: ReadonlyArray<ReadonlyArray<string | null>>): string[] {
  const worth = new Map<string, number>();
  for (const ranking of rankings) {
    ranking.forEach((raw, place) => {
      const category = textOf(raw);
      if (category !== null) worth.set(category, (worth.get(category) ?? 0) + MOST_CATEGORIES - place);
    });
  }
  return [...worth].sort(([, a], [, b]) => b - a).map(([category]) => category);
}
