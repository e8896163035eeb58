/**
 * What is known of the way to one subgraph over the network: whether it is worth asking, and how often it was asked a second time. Lives as
 * long as the connection, whatever graphs use it. Must not call.
 */
import { createCircuit, type Circuit } from '../../schema/circuit';

export interface Line {
  /** Half of twenty or more calls within ten seconds failed: for five nobody asks, then one does. */
  readonly circuit: Circuit;
  /** Queries that were asked a second time since the line was made. */
  hedges: number;
}

export function createLine(now: () => number): Line {
  return { circuit: createCircuit({ now }), hedges: 0 };
}
