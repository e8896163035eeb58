/**
 * A batch in portions of some tens of records, a commit each, side by side: a large one keeps others waiting, and is computed anew when one
 * of its many customers was changed meanwhile. A record that cannot be stored is left out alone. Must not know what is stored.
 */
import { ERRORS, errorCodeOf } from '../../schema/errors';
import type { ErrorCode } from '../../schema/errors';
import type { Ingest, IngestBatch, IngestResult, MappedRecord } from '../source';

const RECORDS_PER_COMMIT = 25;

type Taken = { readonly result: IngestResult } | { readonly refusal: unknown };

/**
 * `takeIn` takes all that it is given in by one commit. What a batch settles beside its records (absences, its checkpoint, events) comes last, when
 * they are in: a batch that was cut off before is handed in again.
 *
 * Errors: those of the store; any other one only when no record could be stored.
 */
export function inPortions(takeIn: Ingest): Ingest {
  const take = (batch: IngestBatch): Promise<Taken> => takeIn(batch).then((result) => ({ result }), refusalOf);

  return async (batch) => {
    const { records, absent = [], checkpoint, applied, ...plain } = batch;
    const portions = portionsOf(records);
    if (portions.length <= 1) {
      const whole = await take(batch);
      if ('result' in whole) return whole.result;
      if (records.length <= 1) throw whole.refusal;
    }
    const takePortion = async (portion: readonly number[]): Promise<Array<[index: number, taken: Taken]>> => {
      const takeAt = (indexes: readonly number[]) =>
        take({ ...plain, records: indexes.map((index) => records[index] as MappedRecord) });
      const together = await takeAt(portion);
      if ('result' in together) return portion.map((index, at) => [index, { result: partOf(together.result, at) }]);
      const alone: Array<[number, Taken]> = [];
      for (const index of portion) alone.push([index, await takeAt([index])]);
      return alone;
    };
    const taken = (await allOf(portions.map(takePortion))).flat().toSorted(([one], [other]) => one - other);
    const refusals = taken.flatMap(([, each]) => ('refusal' in each ? [each.refusal] : []));
    if (refusals.length > 0 && refusals.length === records.length) throw refusals[0];
    const isSettling = absent.length > 0 || checkpoint !== undefined || applied !== undefined;
    const settled = isSettling ? [await takeIn({ ...batch, records: [] })] : [];
    const results = taken.map(([, each]) => ('result' in each ? each.result : refused(each.refusal)));
    return {
      customerIds: results.flatMap(({ customerIds }) => customerIds),
      bearsOnDecision: results.flatMap(({ bearsOnDecision }) => bearsOnDecision),
      conflicts: [...results, ...settled].reduce((sum, { conflicts }) => sum + conflicts, 0),
      failures: results.flatMap(({ failures }) => failures),
    };
  };
}

/** Places of the records of each portion. Those that share an identity go together: side by side one of them would be refused, and begin anew. */
function portionsOf(records: readonly MappedRecord[]): number[][] {
  const portions: number[][] = [];
  const portionAt = new Map<string, number[]>();
  let open: number[] | undefined;
  for (const [index, { identities }] of records.entries()) {
    const places = identities.map(({ namespace, value }) => `${namespace} ${value}`);
    const shared = places.map((place) => portionAt.get(place)).find((portion) => portion !== undefined);
    if (shared === undefined && (open === undefined || open.length >= RECORDS_PER_COMMIT)) portions.push((open = []));
    const portion = shared ?? (open as number[]);
    portion.push(index);
    for (const place of places) portionAt.set(place, portion);
  }
  return portions;
}

/** Errors: what is wrong with the store now, and says nothing of a record. */
function refusalOf(error: unknown): Taken {
  const code = errorCodeOf(error);
  if (code !== 'INTERNAL_SERVER_ERROR' && (ERRORS[code].retryable || OF_THE_STORE.has(code))) throw error;
  return { refusal: error };
}

/** No less than all of the store, though trying again does not help. */
const OF_THE_STORE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['STORE_READ_ONLY']);

/** Of one record of those that went in together. */
function partOf({ customerIds, bearsOnDecision, conflicts }: IngestResult, at: number): IngestResult {
  return {
    customerIds: customerIds.slice(at, at + 1),
    bearsOnDecision: bearsOnDecision.slice(at, at + 1),
    conflicts: at === 0 ? conflicts : 0,
    failures: [],
  };
}

function refused(refusal: unknown): IngestResult {
  return { customerIds: [''], bearsOnDecision: [false], conflicts: 0, failures: [errorCodeOf(refusal)] };
}

/** Resolves or rejects when none is under way any more. */
async function allOf<Value>(promises: ReadonlyArray<Promise<Value>>): Promise<Value[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
