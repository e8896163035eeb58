/**
 * A cursor of the MongoDB store's feed: an entry by its id and its customer, and the server's token to go on with. Either the token stands for
 * the place behind the entry, or, marked by `~`, the entries themselves are still to be read behind this one, and then the log from the token
 * on. Must not read or write.
 */
import { ObjectId } from 'mongodb';
import type { ResumeToken } from 'mongodb';
import { facetError } from '../../../schema/errors';
import type { ChangeDocument } from './mongodb.collections';

export interface Place {
  readonly id: ObjectId;
  /** By which the entry's shard is found. */
  readonly customerId: string;
  /** undefined: a standalone server, which has no log to go on with. */
  readonly token: ResumeToken | undefined;
  /** Entries are read in order of their ids; what is behind this one there is still to come. */
  readonly isScan: boolean;
}

const CURSOR = /^([0-9a-f]{24})([.~])([\w+/=-]{0,4000}) (.*)$/s;
/** Of a place that no entry stands before. */
export const NO_ENTRY = { id: new ObjectId('0'.repeat(24)), customerId: '' };

export function cursorOf({ id, customerId, token, isScan }: Place): string {
  const data = (token as { _data: string } | undefined)?._data ?? '';
  return `${id.toHexString()}${isScan ? '~' : '.'}${data} ${customerId}`;
}

/** Errors: BAD_USER_INPUT for a cursor never given. */
export function parseCursor(cursor: string): Place {
  const [, id, mark, data, customerId] = CURSOR.exec(cursor) ?? [];
  if (id === undefined || customerId === undefined) {
    throw facetError('BAD_USER_INPUT', 'Expected a cursor that the change feed gave.');
  }
  return { id: new ObjectId(id), customerId, token: data ? { _data: data } : undefined, isScan: mark === '~' };
}

/** The place behind an entry. */
export function placeBehind({ _id: id, customerId }: ChangeDocument, by: Pick<Place, 'token' | 'isScan'>): Place {
  return { id, customerId, token: by.token, isScan: by.isScan };
}
