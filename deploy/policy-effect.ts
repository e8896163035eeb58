/**
 * What a changed policy table, or the end of an observation, does: to the templates, by what they select, and to the stored subjects, by what would be decided for
 * them. Reads only. Must not change anything, and answers counts, never ids.
 */
import { TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { CATEGORIES, decide, decideContact } from '../schema/policy';
import type { DataCategory, DecisionRules, Purpose, SubjectState } from '../schema/policy';
import type { Principal } from '../schema/request-policy';
import type { Notices } from '../subgraphs/profiles/notices';
import { withListed } from '../subgraphs/profiles/request';
import { subjectStateOf } from '../subgraphs/profiles/subject';
import type { Profile, ProfileStore } from '../subgraphs/profiles/store/store';

/** A template as far as the policy matters to it. */
export interface TemplateUse {
  readonly name: string;
  readonly purpose: Purpose;
  readonly topic: string | null;
  /** Of the fields it selects. */
  readonly categories: readonly DataCategory[];
}

export interface TemplateEffect {
  readonly template: string;
  /** Categories it selects that become visible or masked, or cease to be, for some subject. */
  readonly categories: readonly DataCategory[];
  /** Stored subjects who may be mailed now and may no more, and the other way round. */
  readonly noLongerMailed: number;
  readonly newlyMailed: number;
  /** Stored subjects of whom the template sees more or less, the above left out. */
  readonly seenDifferently: number;
}

export function categoriesIn(
  document: DocumentNode,
  schema: GraphQLSchema,
  categoriesOf: ReadonlyMap<string, readonly DataCategory[]>,
): DataCategory[] {
  const found = new Set<DataCategory>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: ({ name }) => {
        if (types.getParentType()?.name !== 'Customer') return;
        for (const category of categoriesOf.get(name.value) ?? []) found.add(category);
      },
    }),
  );
  return CATEGORIES.filter((category) => found.has(category));
}

const RENDERER: Principal = { id: 'renderer', role: 'RENDERER', scopes: [] };
const PAGE = 1_000;

/** Looks at every stored subject once. Errors: STORE_UNAVAILABLE. */
export async function effectOnTemplates(options: {
  readonly templates: readonly TemplateUse[];
  readonly before: DecisionRules;
  readonly after: DecisionRules;
  readonly store: Pick<ProfileStore, 'listProfiles' | 'findSuppressions'> | null;
  /** Unix time in milliseconds of the decisions. */
  readonly now: number;
  readonly notices?: Notices | undefined;
}): Promise<{ readonly subjects: number; readonly effects: readonly TemplateEffect[] }> {
  const { templates, before, after, store, now, notices } = options;
  const counts = templates.map(() => ({ noLonger: 0, newly: 0, differently: 0, categories: new Set<DataCategory>() }));
  let subjects = 0;
  for (let page: Profile[] = [], last: string | undefined; store !== null; last = page.at(-1)?.id) {
    page = await store.listProfiles({ limit: PAGE, ...(last === undefined ? {} : { after: last }) });
    if (page.length === 0) break;
    subjects += page.length;
    for (const known of await withListed(store, page)) {
      if (known === null) continue;
      const { profile, listed } = known;
      const states = [before, after].map((rules) => subjectStateOf(profile, now, listed, notices, rules.tables));
      for (const [index, template] of templates.entries()) {
        const count = counts[index];
        if (count === undefined) continue;
        const [was, is] = [before, after].map((rules, at) => seenBy(template, profile.id, states[at] ?? null, rules));
        if (was === undefined || is === undefined) continue;
        if (was.mailed && !is.mailed) count.noLonger += 1;
        if (!was.mailed && is.mailed) count.newly += 1;
        const changed = template.categories.filter((_, at) => was.verdicts[at] !== is.verdicts[at]);
        for (const category of changed) count.categories.add(category);
        if (was.mailed && is.mailed && changed.length > 0) count.differently += 1;
      }
    }
  }
  const effects = templates.flatMap((template, index) => {
    const count = counts[index];
    if (count === undefined || count.noLonger + count.newly + count.differently === 0) return [];
    return [
      {
        template: template.name,
        categories: CATEGORIES.filter((category) => count.categories.has(category)),
        noLongerMailed: count.noLonger,
        newlyMailed: count.newly,
        seenDifferently: count.differently,
      },
    ];
  });
  return { subjects, effects };
}

function seenBy(
  { purpose, topic, categories }: TemplateUse,
  id: string,
  state: SubjectState | null,
  rules: DecisionRules,
) {
  const mailed = decideContact(RENDERER, purpose, id, state, topic, rules).permitted;
  const verdicts = categories.map((category) =>
    mailed ? decide(RENDERER, purpose, id, state, category, topic, rules).verdict : 'WITHHOLD',
  );
  return { mailed, verdicts };
}
