/**
 * Loading a source's records for one request: one read of the store for all customers, then one upstream call per batch for
 * those that are missing or too old; what comes is handed to profiles. Where the source cannot be asked in time, what is
 * stored is answered and called stale. Must not decide: a customer that is withheld never gets here.
 */
import DataLoader from 'dataloader';
import { errorCodeOf, facetError } from '../schema/errors';
import type { DataCategory } from '../schema/policy';
import type { RequestPolicy } from '../schema/request-policy';
import { openAll, openBlob } from './blob';
import { rectifiedPlace, withRectified } from './profiles/rectified-record';
import type { SourceRecords, StoredRecord } from './profiles/store/store';
import { keptFromAt } from './retention';
import type { WhenUnwanted } from './endpoint';
import type { Categories, Ingest, MappedRecord, Source, SourceClient } from './source';
import type { OpenRecord, SourceCustomer } from './source.customer';

export interface LoadDependencies {
  readonly source: Pick<Source, 'name' | 'merge' | 'retain'>;
  readonly client: SourceClient;
  readonly records: SourceRecords;
  readonly ingest: Ingest;
  /** The most an upstream may take of a request; less than the gateway gives the subgraph. */
  readonly upstreamBudgetMs: number;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Told of what went wrong while an answer could still be given. */
  readonly onTrouble: (event: { readonly what: string; readonly code: string; readonly requestId?: string }) => void;
}

/** A record as loaded. `redecide`: fetched for this request, and it told something the decision rests on. `staleSince`: Unix time in milliseconds of a stored record that is too old; null when it is fresh. */
export interface LoadedRecord extends OpenRecord {
  readonly staleSince: number | null;
  readonly redecide: boolean;
}

export type RecordLoader = DataLoader<SourceCustomer, LoadedRecord | null, string>;

/** Left for the way back: an answer that arrives when the client is gone is worth nothing. */
const RETURN_MARGIN_MS = 150;

/** A request as far as loading for it needs to know it. */
interface Reader {
  readonly policy: RequestPolicy | undefined;
  /** Aborted when nobody waits for the answer any more. Made when first asked for: most requests are answered from the store. */
  signal(): AbortSignal | undefined;
}

export function createRecordLoader(
  dependencies: LoadDependencies,
  policy: RequestPolicy | undefined,
  whenUnwanted?: WhenUnwanted,
): RecordLoader {
  let gone: AbortController | undefined;
  const signal = () => {
    if (whenUnwanted === undefined) return undefined;
    if (gone === undefined) {
      const made = (gone = new AbortController());
      whenUnwanted(() => made.abort());
    }
    return gone.signal;
  };
  return new DataLoader((customers) => loadRecords(dependencies, { policy, signal }, customers), {
    cacheKeyFn: ({ id }) => id,
  });
}

async function loadRecords(
  dependencies: LoadDependencies,
  reader: Reader,
  customers: readonly SourceCustomer[],
): Promise<Array<LoadedRecord | Error | null>> {
  const { source, records, now } = dependencies;
  const found = await records.findRecords(
    [source.name, rectifiedPlace(source.name)].flatMap((place) =>
      customers.map(({ id }) => ({ customerId: id, source: place })),
    ),
  );
  const [stored, rectified] = [found.slice(0, customers.length), found.slice(customers.length)];
  const oldestGood = now() - (reader.policy?.maxAgeSeconds ?? 0) * 1000;
  const due = customers.flatMap((customer, index) => {
    const record = stored[index] ?? null;
    return record === null || record.fetchedAt < oldestGood ? [{ customer, record }] : [];
  });
  const refreshed = await refresh(dependencies, reader, due);
  return customers.map((customer, index) => {
    // A record that is gone at its source answers null, not what was stored of it.
    const loaded = refreshed.has(customer) ? (refreshed.get(customer) ?? null) : asLoaded(stored[index] ?? null, null);
    const correction = rectified[index] ?? null;
    return loaded === null || loaded instanceof Error || correction === null ? loaded : corrected(loaded, correction);
  });
}

/** What the person said of themselves comes before what the source says, however fresh. */
function corrected(loaded: LoadedRecord, { blobs }: StoredRecord): LoadedRecord {
  return {
    ...loaded,
    open: (category) => {
      const blob = blobs[category];
      return blob === undefined ? loaded.open(category) : withRectified(loaded.open(category), openBlob(blob));
    },
  };
}

interface Due {
  readonly customer: SourceCustomer;
  readonly record: StoredRecord | null;
}

async function refresh(
  dependencies: LoadDependencies,
  reader: Reader,
  due: readonly Due[],
): Promise<Map<SourceCustomer, LoadedRecord | Error | null>> {
  const { client } = dependencies;
  const batches: Due[][] = [];
  for (let start = 0; start < due.length; start += client.batchLimit) {
    batches.push(due.slice(start, start + client.batchLimit));
  }
  const results = await Promise.all(batches.map((batch) => refreshBatch(dependencies, reader, batch)));
  return new Map(results.flat());
}

async function refreshBatch(
  dependencies: LoadDependencies,
  { policy, signal: signalOf }: Reader,
  batch: readonly Due[],
): Promise<Array<[SourceCustomer, LoadedRecord | Error | null]>> {
  const { source, client, ingest, now, onTrouble, upstreamBudgetMs } = dependencies;
  const fetchedAt = now();
  const requestId = policy?.requestId;
  const report = (what: string, code: string) =>
    onTrouble({ what, code, ...(requestId === undefined ? {} : { requestId }) });

  let fetched: Map<string, MappedRecord>;
  const signal = signalOf();
  try {
    const deadlineAt = Math.min(fetchedAt + upstreamBudgetMs, (policy?.deadlineAt ?? Infinity) - RETURN_MARGIN_MS);
    if (deadlineAt <= fetchedAt) throw facetError('UPSTREAM_TIMEOUT', `No time was left to ask ${source.name}.`);
    const ages = batch.map(({ record }) => record?.fetchedAt);
    const changedSince = ages.some((age) => age === undefined) ? null : Math.min(...(ages as number[]));
    const keys = [...new Set(batch.flatMap(({ customer }) => customer.keys.slice(0, 1)))];
    fetched = await client.fetchMany(keys, { deadlineAt, changedSince, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    // That the reader went away says nothing about the source.
    if (signal?.aborted !== true) report('upstream', errorCodeOf(error));
    const coded =
      errorCodeOf(error) === 'INTERNAL_SERVER_ERROR'
        ? facetError('UPSTREAM_UNAVAILABLE', `${source.name} could not be asked.`)
        : (error as Error);
    return batch.map(({ customer, record }) => [
      customer,
      record === null ? coded : asLoaded(record, record.fetchedAt),
    ]);
  }

  const keptFrom = keptFromAt(fetchedAt);
  const answers = batch.map(({ customer, record }) => {
    const fresh = fetched.get(customer.keys[0] ?? '');
    if (fresh === undefined) return { customer, mapped: null, whole: null };
    const joined = record?.found && source.merge ? source.merge(openAll(record), fresh.categories) : fresh.categories;
    return { customer, mapped: fresh, whole: source.retain?.(joined, keptFrom) ?? joined };
  });
  const records = answers.flatMap(({ mapped }) => mapped ?? []);
  const redecided = new Set<MappedRecord>();
  try {
    const { bearsOnDecision, failures } = await ingest({
      source: source.name,
      records,
      partial: true,
      absent: answers.flatMap(({ customer, mapped }) => (mapped === null ? customer.keys.slice(0, 1) : [])),
      fetchedAt,
    });
    records.forEach((record, index) => bearsOnDecision[index] && redecided.add(record));
    for (const code of failures) report('ingest', code);
  } catch (error) {
    // The answer is right without being stored; the next read asks again.
    report('ingest', errorCodeOf(error));
  }
  return answers.map(({ customer, mapped, whole }) => [
    customer,
    mapped === null ? null : ofCategories(whole, redecided.has(mapped)),
  ]);
}

function asLoaded(record: StoredRecord | null, staleSince: number | null): LoadedRecord | null {
  if (record === null || !record.found) return null;
  const opened: Categories = {};
  return {
    staleSince,
    redecide: false,
    open: (category: DataCategory) => {
      const blob = record.blobs[category];
      return blob === undefined ? null : (opened[category] ??= openBlob(blob));
    },
  };
}

function ofCategories(categories: Categories, redecide: boolean): LoadedRecord {
  return { staleSince: null, redecide, open: (category) => categories[category] ?? null };
}
