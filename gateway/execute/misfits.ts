/**
 * What is wrong with an answer that does not meet its shape, found by walking it once more. Must only be needed when grafting has told of
 * it: most answers are well.
 */
import { isExpected, valueOf, type AnswerShape } from './answer-shape';
import { isNestedWithin, MAX_NESTING, MOST_NESTED_LISTS } from './nesting';

export interface Misfit {
  /** From the object given down to the field. */
  readonly steps: readonly (string | number)[];
  readonly what: string;
}

/** `asked`: the type name an entity was asked for by. At most `most` of them, in the answer's order. */
export function misfitsIn(object: unknown, shape: AnswerShape, asked: unknown, most: number): readonly Misfit[] {
  const found: Misfit[] = [];
  const walk = (
    value: unknown,
    below: AnswerShape,
    steps: readonly (string | number)[],
    askedFor: unknown,
    nestedLists: number,
  ): void => {
    if (typeof value !== 'object' || value === null || found.length >= most) return;
    if (Array.isArray(value)) {
      if (nestedLists === MOST_NESTED_LISTS) return;
      return value.forEach((element, index) => walk(element, below, [...steps, index], askedFor, nestedLists + 1));
    }
    const source = value as Record<string, unknown>;
    for (const field of below) {
      const { key, shape: inner } = field;
      const at = [...steps, key];
      const answer = valueOf(source, field);
      if (found.length >= most) return;
      if (answer === undefined) {
        const isMissing = isExpected(field, source.__typename, askedFor);
        if (isMissing) found.push({ steps: at, what: 'expected each field that was asked for, got some of them' });
      } else if (inner !== undefined) {
        walk(answer, inner, at, undefined, 0);
      } else if (!isNestedWithin(answer)) {
        found.push({ steps: at, what: `expected values nested at most ${MAX_NESTING} levels deep, got a deeper one` });
      }
    }
  };
  walk(object, shape, [], asked, 0);
  return found;
}
