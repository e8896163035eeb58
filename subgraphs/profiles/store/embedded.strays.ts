/**
 * Rows of the embedded store that only serve look-ups, held against the entries they lead to: links by customer, the end of a ledger and where
 * each event lies in it, open tasks, waiting events. Reads only.
 */
import type { Database, Transaction } from 'lmdb';
import type { Databases } from './embedded.databases';
import {
  consentEventKey,
  consentRecordIdKey,
  identityOfKey,
  inboxKey,
  openErasureKey,
  type EmbeddedKey,
} from './embedded.keys';

const PAGE = 1_000;

/** What does not fit, by what it is about. */
export async function* findStrays(databases: Databases, transaction: Transaction | undefined): AsyncGenerator<string> {
  const { identities, identitiesOf, consentEvents, erasures, inbox } = databases;
  const reading = transaction === undefined ? {} : { transaction };
  let links = 0;
  for (const { key, value } of rowsOf(identities, reading)) {
    for (const id of value) {
      links++;
      if (identitiesOf.get(identityOfKey(id, key as string[]), reading) !== true) yield `identity of ${id}`;
    }
  }
  for (const _row of rowsOf(identitiesOf, reading)) links--;
  if (links !== 0) yield 'identities by customer';
  for (const { value } of rowsOf(consentEvents, reading)) {
    if (typeof value === 'number') continue;
    const { customerId, recordId, seq } = value;
    const end = consentEvents.get(consentEventKey(customerId, 0), reading) as number | undefined;
    const placed = consentEvents.get(consentRecordIdKey(customerId, recordId), reading);
    if (placed !== seq || end === undefined || end < seq) yield `ledger of ${customerId}`;
  }
  for (const { value } of rowsOf(erasures, { ...reading, start: ['of'], end: ['of\0'] })) {
    const { customerId, source, nextAttemptAt, receipt } = value;
    const open = erasures.get(openErasureKey(nextAttemptAt, customerId, source), reading);
    if ((open === undefined) !== (receipt !== null)) yield `erasure of ${customerId} ${source}`;
  }
  for (const { value } of rowsOf(inbox, { ...reading, start: ['pending'], end: ['pending\0'] })) {
    if (inbox.get(inboxKey(value.source, value.eventId), reading) === undefined) yield `inbox of ${value.source}`;
  }
}

/** Page by page: a cursor of the engine does not stay where it is while others read. */
function* rowsOf<Value>(
  database: Database<Value, EmbeddedKey>,
  range: { readonly transaction?: Transaction; readonly start?: EmbeddedKey; readonly end?: EmbeddedKey },
): Generator<{ readonly key: EmbeddedKey; readonly value: Value }> {
  for (let from = {}; ;) {
    const page = Array.from(database.getRange({ ...range, ...from, limit: PAGE }), ({ key, value }) => ({
      key,
      value,
    }));
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    from = { start: last.key, exclusiveStart: true };
  }
}
