/**
 * A cursor of the MongoDB store's feed: the id of an entry, and where a stream gave it, the server's token for the place behind it. It gives
 * nothing away and opens nothing: a token only leads into the log of `changes`.
 */
import { ObjectId } from 'mongodb';
import type { ResumeToken } from 'mongodb';
import { facetError } from '../../../schema/errors';
import type { Inserted } from './mongodb.stream';

export interface Place {
  readonly id: ObjectId;
  readonly token: ResumeToken | undefined;
}

const CURSOR = /^([0-9a-f]{24})(?:\.([\w+/=-]{1,4000}))?$/;

export function cursorOf({ _id: token, fullDocument }: Inserted): string {
  return `${fullDocument._id.toHexString()}.${(token as { _data: string })._data}`;
}

/** Errors: BAD_USER_INPUT for a cursor never given. */
export function parseCursor(cursor: string): Place {
  const [, id, data] = CURSOR.exec(cursor) ?? [];
  if (id === undefined) throw unknownCursor();
  return { id: new ObjectId(id), token: data === undefined ? undefined : { _data: data } };
}

export function unknownCursor(): Error {
  return facetError('BAD_USER_INPUT', 'Expected a cursor that the change feed gave.');
}
