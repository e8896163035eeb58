/**
 * Where the fetches of a plan meet: the places of the tree that more than one of them answers, or that one looks into for another.
 * Places are told apart by answer keys alone, so too many are found rather than too few. Must not execute.
 */
import { readAnswerShape, type AnswerShape } from './answer-shape';
import type { PlanNode, PlanPath, RequiredSelection } from './plan';

export type RequiredField = Extract<RequiredSelection, { kind: 'field' }>;

/** What else in the plan has to do with a value than the fetch that answers it. */
export interface Meeting {
  /** True: another fetch answers it, or answers or asks about what lies within. */
  readonly isShared: boolean;
  /** As what later fetches require it. */
  readonly requiredAs: readonly RequiredField[];
}

/** Of the value of this key below the objects a path leads to. */
export type MeetingAt = (path: PlanPath, key: string) => Meeting;

export function findMeetingPlaces(plan: PlanNode | undefined): MeetingAt {
  const uses = new Map<string, Use[]>();
  for (const use of plan === undefined ? [] : usesOf(plan)) {
    const known = uses.get(use.place);
    if (known === undefined) uses.set(use.place, [use]);
    else known.push(use);
  }
  return (path, key) => {
    const all = uses.get(placeOf(placeAlong(path), key)) ?? [];
    const requiredAs = all.flatMap(({ requiredAs: as }) => as ?? []);
    return { isShared: all.length - requiredAs.length > 1, requiredAs };
  };
}

/** A fetch answers the place, goes through it, or requires it. */
interface Use {
  readonly place: string;
  readonly requiredAs?: RequiredField;
}

function usesOf(node: PlanNode): Use[] {
  switch (node.kind) {
    case 'fetch':
      return answeredPlaces(readAnswerShape(node.operation), '').map((place) => ({ place }));
    case 'subscription':
      return answeredPlaces(readAnswerShape(node.primary.operation), '').map((place) => ({ place }));
    case 'entityFetch': {
      const root = readAnswerShape(node.operation);
      const answered = new Set<string>();
      const looked: Use[] = [];
      for (const { answerKey, paths, requires } of node.entities) {
        const shape = root.find(({ key }) => key === answerKey)?.shape ?? [];
        for (const path of paths) {
          for (const place of answeredPlaces(shape, placeAlong(path))) answered.add(place);
          looked.push(...requiredPlaces(requires, placeAlong(path)), ...placesTo(path).map((place) => ({ place })));
        }
      }
      return [...[...answered].map((place) => ({ place })), ...looked];
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

function requiredPlaces(selections: readonly RequiredSelection[], below: string): Use[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'fragment') return requiredPlaces(selection.selections, below);
    const place = placeOf(below, selection.from);
    return [{ place, requiredAs: selection }, ...requiredPlaces(selection.selections ?? [], place)];
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
