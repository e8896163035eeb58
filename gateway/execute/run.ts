/**
 * The state of one execution: the tree that grows, and what has been reported about it. Must not decide what happens next.
 */
import type { Failure } from './failure';
import type { LocatedNote, RequestContext } from './fetch';
import { createTree, type Tree } from './graft';
import type { Representations } from './representations';
import type { SelectionSet } from './selection';

export interface Run {
  readonly tree: Tree;
  readonly variables: Record<string, unknown>;
  readonly context: RequestContext;
  /** What the client selected under these variables. */
  readonly selectionSet: SelectionSet;
  readonly failures: Failure[];
  /** What fetches side by side require alike, found and written once. Forgotten as soon as an answer changes the tree. */
  readonly collected: Map<string, Representations>;
  /** Notes by the name of their list; undefined until there is one. */
  notes: Record<string, LocatedNote[]> | undefined;
  addNote(list: string, note: LocatedNote): void;
}

export function createRun(
  variables: Record<string, unknown>,
  context: RequestContext,
  selectionSet: SelectionSet,
): Run {
  const run: Run = {
    tree: createTree(),
    variables,
    context,
    selectionSet,
    failures: [],
    collected: new Map(),
    notes: undefined,
    addNote(list, note) {
      run.notes ??= Object.create(null) as Record<string, LocatedNote[]>;
      (run.notes[list] ??= []).push(note);
    },
  };
  return run;
}
