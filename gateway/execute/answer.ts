/**
 * Takes one subgraph's outcome into the run: data onto the tree, errors and notes to the client's places.
 * Must not trust the answer's shape: what is not as asked becomes a coded failure, and never another entity's data.
 */
import type { AnswerShape } from './answer-shape';
import type { Outcome } from './call';
import { troubleOf, unavailable, type Answerer, type Failure, type Trouble } from './failure';
import type { LocatedNote, SubgraphError, SubgraphResponse } from './fetch';
import { graft, type Fit, type Tree } from './graft';
import { isIndex, placeAt, placeBelow, rootPlace, type Place } from './locate';
import { misfitsIn } from './misfits';
import { createReasons } from './reasons';
import type { Run } from './run';

/** The part of an answer that stands under one root field of the request, or all of it for a fetch of root fields. */
export interface EntityAnswer {
  readonly answerKey: string;
  readonly shape: AnswerShape;
  readonly covers: ReadonlySet<string>;
  /** Those this request sent. */
  readonly representations: readonly Readonly<Record<string, unknown>>[];
  /** The objects of the tree that the representation at this index came from. */
  objectsOf(index: number): readonly Tree[];
  /** Where those objects lie in the client's response. */
  placesOf(index: number): readonly Place[];
}

/** Errors of one answer that are read; no honest one has more. */
const MAX_ERRORS = 10_000;
/** Different errors of one answer that are about all its entities. */
const MAX_TOLD_OF_ALL = 10;

/** Root fields: keys of the answer are keys of the tree's root. */
export function takeRootAnswer(run: Run, subgraph: Answerer, outcome: Outcome, shape: AnswerShape): void {
  run.collected.clear();
  const root = (): Place => rootPlace(run.selectionSet, run.tree);
  const failEach = (trouble: Trouble): void => {
    for (const { key } of shape) {
      const place = placeBelow(root(), key);
      // A root field the client did not select has no place to report at.
      if (place.path.length > 0) run.failures.push({ ...trouble, path: place.path });
    }
  };
  const answer = readAnswer(outcome, subgraph, failEach);
  if (answer === undefined) return;
  for (const error of answer.errors) {
    const steps = stepsOf(error);
    if (steps.length === 0) failEach(troubleOf(error, subgraph));
    else run.failures.push(locatedFailure(troubleOf(error, subgraph), placeAt(root(), steps), undefined));
  }
  takeNotes(run, answer.privacy, (steps) => [placeAt(root(), steps)]);
  if (answer.data === undefined) return;
  const fit: Fit = { isMisfit: false };
  graft(run.tree, answer.data, shape, fit);
  if (!fit.isMisfit) return;
  const reasons = createReasons(run.failures);
  for (const { steps, what } of misfitsIn(answer.data, shape, undefined, MAX_ERRORS)) {
    const { path } = placeAt(root(), steps);
    if (path.length > 0 && !reasons.explain(path, path)) {
      run.failures.push({ ...unavailable(subgraph.name, what), path });
    }
  }
}

/** Entities: each `_entities` field of the request answers for the representations sent to it. */
export function takeEntityAnswer(
  run: Run,
  subgraph: Answerer,
  outcome: Outcome,
  entities: readonly EntityAnswer[],
): void {
  run.collected.clear();
  const failAll = (part: EntityAnswer, trouble: Trouble): void => {
    for (let index = 0; index < part.representations.length; index++) failEntity(run, part, index, trouble);
  };
  const answer = readAnswer(outcome, subgraph, (trouble) => entities.forEach((part) => failAll(part, trouble)));
  if (answer === undefined) return;
  const failed = new Set<EntityAnswer>();
  const told = new Set<string>();
  for (const error of answer.errors) {
    const [key, index, ...rest] = stepsOf(error);
    const trouble = troubleOf(error, subgraph);
    const part = entities.find((candidate) => candidate.answerKey === key);
    const isOfOne = part !== undefined && isIndex(index) && index < part.representations.length;
    if (isOfOne) failEntity(run, part, index, trouble, rest);
    for (const whole of isOfOne ? [] : part === undefined ? entities : [part]) {
      failed.add(whole);
      // Told once of each representation: errors and representations would multiply.
      const what = `${whole.answerKey} ${trouble.code} ${trouble.message}`;
      if (told.has(what) || told.size >= MAX_TOLD_OF_ALL) continue;
      told.add(what);
      failAll(whole, trouble);
    }
  }
  takeNotes(run, answer.privacy, ([key, index, ...rest]) => {
    const part = entities.find((candidate) => candidate.answerKey === key);
    const places = part !== undefined && isIndex(index) ? part.placesOf(index) : [];
    return places.map((place) => placeAt(place, rest));
  });
  if (answer.data === undefined) return;
  for (const part of entities) takeEntities(run, subgraph.name, part, answer.data[part.answerKey], failed, failAll);
}

function takeEntities(
  run: Run,
  serviceName: string,
  part: EntityAnswer,
  list: unknown,
  failed: ReadonlySet<EntityAnswer>,
  failAll: (part: EntityAnswer, trouble: Trouble) => void,
): void {
  const fit: Fit = { isMisfit: false };
  if (!Array.isArray(list) || list.length !== part.representations.length) {
    if (part.representations.length === 0 || ((list === undefined || list === null) && failed.has(part))) return;
    const got = Array.isArray(list) ? String(list.length) : 'no list';
    failAll(part, unavailable(serviceName, `expected ${part.representations.length} entities, got ${got}`));
    return;
  }
  for (let index = 0; index < list.length; index++) {
    const entity: unknown = list[index];
    if (entity === undefined || entity === null) continue;
    if (typeof entity !== 'object' || Array.isArray(entity)) {
      const got = Array.isArray(entity) ? 'a list' : `a ${typeof entity}`;
      failEntity(run, part, index, unavailable(serviceName, `expected an entity, got ${got}`));
      continue;
    }
    const asked = part.representations[index]?.__typename;
    for (const object of part.objectsOf(index)) {
      graft(object, entity as Record<string, unknown>, part.shape, fit, asked);
    }
  }
  if (fit.isMisfit) failMisfits(run, serviceName, part, list);
}

/** What an entity lacks, unless the subgraph said why. */
function failMisfits(run: Run, serviceName: string, part: EntityAnswer, list: readonly unknown[]): void {
  const reasons = createReasons(run.failures);
  let left = MAX_ERRORS;
  for (let index = 0; index < list.length && left > 0; index++) {
    const misfits = misfitsIn(list[index], part.shape, part.representations[index]?.__typename, left);
    left -= misfits.length;
    for (const { steps, what } of misfits) {
      for (const place of part.placesOf(index)) {
        const located = placeAt(place, steps);
        if (reasons.explain(located.path, located.path)) continue;
        const covers = located.path.length === place.path.length && place.below !== undefined ? part.covers : undefined;
        run.failures.push(locatedFailure(unavailable(serviceName, what), located, covers));
      }
    }
  }
}

/** One failure at each place the representation came from, or at the field of it that the steps lead to. */
function failEntity(
  run: Run,
  part: EntityAnswer,
  index: number,
  trouble: Trouble,
  steps: readonly unknown[] = [],
): void {
  for (const place of part.placesOf(index)) {
    const located = placeAt(place, steps);
    const isAtEntity = located.path.length === place.path.length;
    run.failures.push(
      locatedFailure(trouble, located, isAtEntity && place.below !== undefined ? part.covers : undefined),
    );
  }
}

function locatedFailure(trouble: Trouble, place: Place, covers: ReadonlySet<string> | undefined): Failure {
  return covers === undefined ? { ...trouble, path: place.path } : { ...trouble, path: place.path, covers };
}

interface ReadAnswer {
  readonly data: Record<string, unknown> | undefined;
  readonly errors: readonly SubgraphError[];
  readonly privacy: Readonly<Record<string, unknown>> | undefined;
}

/** The parts of the answer, as far as it is one; undefined when all of it failed, which `fail` was told then. */
function readAnswer(
  outcome: Outcome,
  { name: serviceName, isOurs }: Answerer,
  fail: (trouble: Trouble) => void,
): ReadAnswer | undefined {
  if (outcome.trouble !== undefined) return void fail(outcome.trouble);
  const answer: SubgraphResponse | null | undefined = outcome.answer;
  if (!isRecord(answer)) return void fail(unavailable(serviceName, 'expected a GraphQL answer, got something else'));
  const errors = Array.isArray(answer.errors) ? (answer.errors as SubgraphError[]).slice(0, MAX_ERRORS) : [];
  if (!isRecord(answer.data) && errors.length === 0) {
    return void fail(unavailable(serviceName, 'expected data or errors, got neither'));
  }
  const privacy = isRecord(answer.extensions) ? answer.extensions.privacy : undefined;
  return {
    data: isRecord(answer.data) ? answer.data : undefined,
    errors,
    // What is withheld, only those say who were told what may be seen.
    privacy: isOurs && isRecord(privacy) ? privacy : undefined,
  };
}

function takeNotes(
  run: Run,
  privacy: Readonly<Record<string, unknown>> | undefined,
  placesOf: (steps: readonly unknown[]) => readonly Place[],
): void {
  if (privacy === undefined) return;
  for (const name of Object.keys(privacy)) {
    const notes = privacy[name];
    if (!Array.isArray(notes)) continue;
    for (const note of notes as LocatedNote[]) {
      if (!isRecord(note) || !Array.isArray(note.path)) continue;
      for (const place of placesOf(note.path)) run.addNote(name, { ...note, path: place.path });
    }
  }
}

function stepsOf(error: SubgraphError): readonly unknown[] {
  return Array.isArray(error?.path) ? error.path : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
