/**
 * What was answered only because missing consent is observed for the time being: counted and logged, so that who brings an old list
 * learns what would be withheld. Names and pseudonyms only. Must not decide.
 */
import type { RequestPolicy } from '../schema/request-policy';
import type { GatewayResult } from './execute/executor';
import type { Logger } from './log';
import type { Metrics } from './metrics';

/** Told of every result, whatever its route. */
export type NoteObserved = (policy: RequestPolicy, result: GatewayResult) => void;

export function createNoteObserved({
  log,
  metrics,
}: {
  readonly log: Logger;
  readonly metrics: Metrics;
}): NoteObserved {
  return ({ principal, purpose, template, requestId }, { privacy }) => {
    const notes = privacy?.observed ?? [];
    if (notes.length === 0) return;
    for (const { category, reason } of notes) {
      metrics.countObserved({ purpose: purpose ?? '', category: String(category), reason: String(reason) });
    }
    const categories = [...new Set(notes.map(({ category }) => String(category)))].toSorted();
    const who = { principal: principal.id, role: principal.role, ...(template === undefined ? {} : { template }) };
    log.info({ requestId, code: 'OBSERVED', ...who, purpose, categories, count: notes.length }, 'would be withheld');
  };
}
