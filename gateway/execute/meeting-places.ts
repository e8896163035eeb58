/**
 * Where the fetches of a plan meet: the places of the tree that more than one of them answers, or that one looks into for another.
 * Places are told apart by answer keys alone, so too many are found rather than too few. Must not execute.
 */
import { readAnswerShape, type AnswerShape } from './answer-shape';
import type { PlanNode, PlanPath, RequiredSelection } from './plan';

/** Whether anything but one fetch's answer has to do with the value of this key below these objects, or with what lies within. */
export type IsMeetingPlace = (path: PlanPath, key: string) => boolean;

export function findMeetingPlaces(plan: PlanNode | undefined): IsMeetingPlace {
  const uses = new Map<string, number>();
  for (const place of plan === undefined ? [] : usesOf(plan)) uses.set(place, (uses.get(place) ?? 0) + 1);
  return (path, key) => (uses.get(placeOf(placeAlong(path), key)) ?? 0) > 1;
}

/** Each place that a fetch answers, once for the fetch, and once for each time that something is looked for there. */
function usesOf(node: PlanNode): string[] {
  switch (node.kind) {
    case 'fetch':
      return answeredPlaces(readAnswerShape(node.operation), '');
    case 'subscription':
      return answeredPlaces(readAnswerShape(node.primary.operation), '');
    case 'entityFetch': {
      const root = readAnswerShape(node.operation);
      const answered = new Set<string>();
      const looked: string[] = [];
      for (const { answerKey, paths, requires } of node.entities) {
        const shape = root.find(({ key }) => key === answerKey)?.shape ?? [];
        for (const path of paths) {
          for (const place of answeredPlaces(shape, placeAlong(path))) answered.add(place);
          looked.push(...requiredPlaces(requires, placeAlong(path)), ...placesTo(path));
        }
      }
      return [...answered, ...looked];
    }
    default:
      return node.nodes.flatMap(usesOf);
  }
}

function answeredPlaces(shape: AnswerShape, below: string): string[] {
  return shape.flatMap((field) => {
    const place = placeOf(below, field.key);
    return [place, ...answeredPlaces(field.shape ?? [], place)];
  });
}

function requiredPlaces(selections: readonly RequiredSelection[], below: string): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'fragment') return requiredPlaces(selection.selections, below);
    const place = placeOf(below, selection.from);
    return [place, ...requiredPlaces(selection.selections ?? [], place)];
  });
}

function placesTo(path: PlanPath): string[] {
  return path.map((_, index) => placeAlong(path.slice(0, index + 1)));
}

function placeAlong(path: PlanPath): string {
  return path.reduce((place, step) => (step.kind === 'field' ? placeOf(place, step.key) : place), '');
}

function placeOf(below: string, key: string): string {
  return `${below}.${key}`;
}
