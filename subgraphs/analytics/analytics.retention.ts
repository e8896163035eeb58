/** What web analytics says of a Customer without what is past its time: pages by when they were viewed, the rest with the last visit. Pure. */
import type { KeptFrom } from '../../schema/retention-table';
import type { Categories } from '../source';
import type { Behaviour, Interests, SensitiveInterests } from './analytics.record';

/** The record is of our own making (analytics.mapping.ts), so its shape is taken as it is. */
export function retainAnalytics(categories: Categories, keptFrom: KeptFrom): Categories {
  const { BEHAVIOUR, SENSITIVE, ...others } = categories;
  const behaviour = BEHAVIOUR as unknown as Behaviour | undefined;
  const sensitive = SENSITIVE as unknown as SensitiveInterests | undefined;
  const seenAt = behaviour?.lastSeenAt ?? null;
  const isSeenSince = (from: string) => seenAt === null || seenAt >= from;
  const special = sensitive && since(sensitive, keptFrom.SENSITIVE);
  return {
    ...others,
    ...(behaviour && isSeenSince(keptFrom.BEHAVIOUR) && { BEHAVIOUR: { ...since(behaviour, keptFrom.BEHAVIOUR) } }),
    // Names of categories have no date of their own: they are as old as what was viewed of them.
    ...(special &&
      special.recentlyViewed.length > 0 &&
      isSeenSince(keptFrom.SENSITIVE) && { SENSITIVE: { ...special } }),
  };
}

function since<Part extends Interests>(part: Part, from: string): Part {
  return { ...part, recentlyViewed: part.recentlyViewed.filter(({ viewedAt }) => viewedAt >= from) };
}
