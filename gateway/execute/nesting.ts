/**
 * How deep a value may be nested whose shape no schema bounds: what a custom scalar or an input object holds, on its way in or out. Whoever
 * writes or compares it does so level by level and must not run out of stack. Must not look at anything but depth.
 */

/** Far above any document people write, far below what JSON.stringify survives (some thousands). */
export const MAX_NESTING = 500;

/** Lists within lists directly, in an answer; no schema comes near, and an answer must not be able to use up the stack. */
export const MOST_NESTED_LISTS = 32;

export function isNestedWithin(value: unknown, levels = MAX_NESTING): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((element) => isNestedWithin(element, levels - 1));
  for (const key in value) {
    if (!isNestedWithin((value as Record<string, unknown>)[key], levels - 1)) return false;
  }
  return true;
}
