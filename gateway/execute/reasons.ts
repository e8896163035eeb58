/**
 * Looks up whether a failure is the reason of a null: in time that grows with how deep the null lies, not with how many failures there
 * are. Must not add failures.
 */
import type { Failure, ResponsePath } from './failure';

export interface Reasons {
  add(failure: Failure): void;
  /** A failure at or below a null is its reason; one above is, when what it left missing leads to the null. */
  explain(path: ResponsePath, answerPath: ResponsePath): boolean;
}

/** What the failures at one place left missing: everything below, or these answer keys. */
interface Missing {
  all: boolean;
  readonly keys: Set<string>;
}

/** No response key holds one, and none is a number. */
const SEPARATOR = '\u0000';

export function createReasons(failures: readonly Failure[]): Reasons {
  /** Every place at or above a failure. */
  const reached = new Set<string>();
  const missingAt = new Map<string, Missing>();

  const add = ({ path, covers }: Failure): void => {
    let place = '';
    reached.add(place);
    for (const key of path) {
      place = `${place}${SEPARATOR}${key}`;
      reached.add(place);
    }
    const missing = missingAt.get(place) ?? { all: false, keys: new Set<string>() };
    missingAt.set(place, missing);
    if (covers === undefined) missing.all = true;
    else for (const key of covers) missing.keys.add(key);
  };
  failures.forEach(add);

  return {
    add,
    explain(path, answerPath) {
      let place = '';
      for (let depth = 0; depth < path.length; depth++) {
        const missing = missingAt.get(place);
        if (missing !== undefined && (missing.all || missing.keys.has(answerPath[depth] as string))) return true;
        place = `${place}${SEPARATOR}${path[depth]}`;
      }
      return reached.has(place);
    },
  };
}
