/** What a scenario is: a supergraph that has one feature of federation, and what it must answer. */
export interface Supergraph {
  /** As in "a supergraph with …". */
  readonly name: string;
  /** SDL by name of the subgraph. */
  readonly subgraphs: Readonly<Record<string, string>>;
  /** Written by hand: what both executors share, the planner, may be wrong too. */
  readonly cases: readonly SupergraphCase[];
  /** What of it is refused by name, beside operations the planner finds no plan for. */
  readonly refused?: RegExp;
}

export interface SupergraphCase {
  readonly operation: string;
  readonly variables?: Record<string, unknown>;
  /** Answers of single fields that are not the plain ones: see `WorldOptions.given`. */
  readonly given?: Readonly<Record<string, unknown>>;
  /** Names of the subgraphs in the order they are asked, where that matters. */
  readonly asked?: readonly string[];
  /** The complete response. */
  readonly response: unknown;
}
