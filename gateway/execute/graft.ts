/**
 * The tree the answers grow into, and how an answer is grafted onto it: only what the plan asked for, copied, by known keys.
 * So no answer can bring a key nobody asked for, and nothing a transport keeps is changed. Must not judge values further
 * than whether they are there: see project.ts.
 */
import { isExpected, valueOf, type AnswerField, type AnswerShape } from './answer-shape';
import { isNestedWithin, MOST_NESTED_LISTS } from './nesting';

/** An object of the tree. It inherits nothing, so that no key, `__proto__` and `constructor` included, means anything but itself. */
export interface Tree {
  [key: string]: unknown;
}

/** A constructor keeps the engine's fast objects, which Object.create(null) does not. */
const TreeObject = function () {} as unknown as { new (): Tree; prototype: unknown };
TreeObject.prototype = Object.create(null);

export function createTree(): Tree {
  return new TreeObject();
}

/** A value of the tree that is passed on as it came, in JSON; see verbatim.ts. */
export class Verbatim {
  constructor(readonly text: string) {}

  /** For whoever writes it without knowing of it. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** How an answer met its shape, told as it is grafted. */
export interface Fit {
  /** True: something that was asked for is not there, or is no value that can be kept. `misfitsIn` finds what. */
  isMisfit: boolean;
}

/**
 * Copies what the shape names from an answer's object to the tree's. Where both have an object or list of one length, they are joined.
 * `asked`: the type name an entity was asked for by.
 */
export function graft(
  target: Tree,
  source: Record<string, unknown>,
  shape: AnswerShape,
  fit: Fit,
  asked?: unknown,
): void {
  for (let index = 0; index < shape.length; index++) {
    const field = shape[index] as AnswerField;
    const value = valueOf(source, field);
    if (value === undefined) {
      if (isExpected(field, source.__typename, asked)) fit.isMisfit = true;
      continue;
    }
    const present = target[field.key];
    target[field.key] =
      present === undefined || present === null
        ? copy(value, field.shape, fit)
        : join(present, value, field.shape, fit);
  }
}

function copy(value: unknown, shape: AnswerShape | undefined, fit: Fit, nestedLists = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Verbatim) return value;
  // Made of an answer's words by their shape: there is nothing else in it.
  if (value instanceof TreeObject) return value;
  if (shape === undefined) return leaf(value, fit);
  if (Array.isArray(value)) {
    if (nestedLists === MOST_NESTED_LISTS) return null;
    const elements = new Array<unknown>(value.length);
    for (let index = 0; index < value.length; index++)
      elements[index] = copy(value[index], shape, fit, nestedLists + 1);
    return elements;
  }
  const target = new TreeObject();
  fill(target, value as Record<string, unknown>, shape, fit);
  return target;
}

/** As `graft`, where nothing is there yet to be joined. */
function fill(target: Tree, source: Record<string, unknown>, shape: AnswerShape, fit: Fit): void {
  for (let index = 0; index < shape.length; index++) {
    const field = shape[index] as AnswerField;
    const value = valueOf(source, field);
    if (value !== undefined) target[field.key] = copy(value, field.shape, fit);
    else if (isExpected(field, source.__typename, undefined)) fit.isMisfit = true;
  }
}

/** A custom scalar's value is kept as it came, unless whoever writes it could run out of stack over it. */
function leaf(value: object, fit: Fit): unknown {
  if (isNestedWithin(value)) return value;
  fit.isMisfit = true;
  // As if it had not come: what requires it is not asked for.
  return undefined;
}

function join(present: unknown, value: unknown, shape: AnswerShape | undefined, fit: Fit): unknown {
  if (value === null) return present;
  if (shape === undefined || typeof present !== 'object' || typeof value !== 'object') return copy(value, shape, fit);
  if (Array.isArray(present)) {
    if (!Array.isArray(value) || value.length !== present.length) return present;
    return present.map((element, index) =>
      element === undefined || element === null
        ? copy(value[index], shape, fit)
        : join(element, value[index] ?? null, shape, fit),
    );
  }
  if (!Array.isArray(value)) graft(present as Tree, value as Record<string, unknown>, shape, fit);
  return present;
}
