/** The inbox in a commit and when it is read. What is applied stays known for a while, and is then removed by the server itself. */
import type { AnyBulkWriteOperation } from 'mongodb';
import type { Step } from './mongodb.step';
import type { Collections, InboxDocument } from './mongodb.collections';
import { inboxId } from './mongodb.keys';
import type { Commit, InboxEntry } from './store';

export async function applyInbox({ collections: { inbox }, session }: Step, commit: Commit): Promise<void> {
  const { received = [], applied = [], forgetInboxBefore } = commit;
  const operations: Array<AnyBulkWriteOperation<InboxDocument>> = [
    ...received.map((entry) => ({
      updateOne: {
        filter: { _id: inboxId(entry) },
        update: { $setOnInsert: { ...entry, isPending: true, receivedOn: new Date(entry.receivedAt) } },
        upsert: true,
      },
    })),
    // The event stays known, not whose it was.
    ...applied.map((entry) => ({
      updateOne: { filter: { _id: inboxId(entry) }, update: { $set: { isPending: false, key: '' } } },
    })),
  ];
  if (forgetInboxBefore !== undefined) {
    operations.push({ deleteMany: { filter: { isPending: false, receivedAt: { $lt: forgetInboxBefore } } } });
  }
  if (operations.length > 0) await inbox.bulkWrite(operations, { session });
}

export async function findPending({ inbox }: Collections, source: string, limit: number): Promise<InboxEntry[]> {
  // The server takes a limit of 0 for none.
  if (limit < 1) return [];
  const projection = { _id: 0, source: 1, eventId: 1, key: 1, receivedAt: 1 };
  return inbox
    .find({ source, isPending: true }, { projection, sort: { receivedAt: 1, _id: 1 }, limit })
    .toArray() as Promise<InboxEntry[]>;
}
