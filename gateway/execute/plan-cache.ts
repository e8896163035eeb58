/**
 * What was prepared, kept: an operation is planned once per document and name, as long as there is room. Must not plan.
 */
import { print, type DocumentNode } from 'graphql';
import type { PreparedOperation } from './prepared-operation';

/** Since the executor was made. */
export interface PlanCacheFigures {
  readonly size: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
}

export interface PlanCache {
  get(document: DocumentNode, operationName: string | undefined, prepare: () => PreparedOperation): PreparedOperation;
  readonly figures: PlanCacheFigures;
}

/** Holds `most` operations; the least recently used goes first. Errors: what `prepare` throws is not kept. */
export function createPlanCache(most: number): PlanCache {
  const operations = new Map<string, PreparedOperation>();
  // Callers that keep a document, as for trusted ones, are spared the printing.
  const byDocument = new WeakMap<DocumentNode, Map<string | undefined, PreparedOperation>>();
  const counts = { hits: 0, misses: 0, evictions: 0 };

  const find = (key: string, prepare: () => PreparedOperation): PreparedOperation => {
    const known = operations.get(key);
    if (known === undefined) counts.misses++;
    else counts.hits++;
    const operation = known ?? prepare();
    operations.delete(key);
    operations.set(key, operation);
    if (operations.size > most) {
      operations.delete(operations.keys().next().value as string);
      counts.evictions++;
    }
    return operation;
  };
  return {
    get(document, operationName, prepare) {
      const known = byDocument.get(document)?.get(operationName);
      if (known !== undefined) {
        counts.hits++;
        return known;
      }
      const operation = find(JSON.stringify([operationName, print(document)]), prepare);
      const names = byDocument.get(document) ?? new Map<string | undefined, PreparedOperation>();
      byDocument.set(document, names.set(operationName, operation));
      return operation;
    },
    figures: {
      get size() {
        return operations.size;
      },
      get hits() {
        return counts.hits;
      },
      get misses() {
        return counts.misses;
      },
      get evictions() {
        return counts.evictions;
      },
    },
  };
}
