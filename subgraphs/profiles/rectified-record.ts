/**
 * What a data subject corrected of a source's record (GDPR Art. 16): a record of its own beside the source's, whose values take
 * precedence whatever the source says later. Pure. Must not decide who may correct what.
 */
import type { Categories } from '../source';
import type { Profile, ProfileFacts } from './store/store';

/** The name under which what was rectified of a source's record is stored. No source can have it. */
export const rectifiedPlace = (source: string): string => `rectified/${source}`;

export const isRectified = ({ source }: { readonly source: string }): boolean => source.startsWith(rectifiedPlace(''));

/** The source's part of one category, with what was rectified in place of what the source says. */
export function withRectified(
  part: Record<string, unknown> | null,
  rectified: Categories[keyof Categories] | null,
): Record<string, unknown> | null {
  if (rectified === null || rectified === undefined) return part;
  return overlay(part ?? {}, rectified);
}

function overlay(below: Record<string, unknown>, above: Record<string, unknown>): Record<string, unknown> {
  const joined = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const under = joined[name];
    joined[name] = isGroup(value) ? overlay(isGroup(under) ? under : {}, value) : value;
  }
  return joined;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Under which name the profile's facts hold what the person said of themselves. No source can have it. */
export const RECTIFIED_FACTS = 'rectified/profiles';

/** Facts of which every source says the same where the person has said it: the person's word counts alone. */
export function decisiveFacts(facts: Profile['facts']): ProfileFacts[] {
  const own = facts[RECTIFIED_FACTS];
  if (own === undefined) return Object.values(facts);
  return Object.values(facts).map((told) => ({
    ...told,
    country: own.country ?? told.country,
    adultFrom: own.adultFrom ?? told.adultFrom,
  }));
}
