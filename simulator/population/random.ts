/**
 * Seeded randomness: the same seed and the same names give the same people on every machine and run.
 * It must not touch Math.random or the clock. Not for secrets (those are in credentials.ts).
 */

/** A seeded source of choices. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** One element. Errors: throws RangeError on an empty list. */
  pick<T>(list: readonly T[]): T;
  /** The elements in another order; the list itself is untouched. */
  shuffle<T>(list: readonly T[]): T[];
}

/** A UUID of version 4 that is the same run after run. */
export function seededUuid(random: Random): string {
  const hex = (digits: number): string =>
    random
      .between(0, 16 ** digits - 1)
      .toString(16)
      .padStart(digits, '0');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(6)}${hex(6)}`;
}

/** FNV-1a, 32 bit: turns a stream's name into a number to seed with. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/**
 * Creates one stream of choices. Streams of different names are independent, so adding a choice to one person or one
 * purpose does not move everybody else's.
 * Source: mulberry32 (public domain) over an FNV-1a hash.
 */
export function createRandom(options: { seed: number; stream: string }): Random {
  let state = hash(`${options.seed}/${options.stream}`);
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    chance: (p) => next() < p,
    pick: (list) => {
      if (list.length === 0) throw new RangeError('expected a list with at least one element, but got an empty one');
      return list[between(0, list.length - 1)]!;
    },
    shuffle: (list) => {
      const copy = [...list];
      for (let i = copy.length - 1; i > 0; i -= 1) {
        const j = between(0, i);
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
  };
}
