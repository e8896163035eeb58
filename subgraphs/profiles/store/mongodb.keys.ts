/** Keys of documents whose `_id` is made of what they are looked up by. Must not read or write. */
import { keyPart } from './plain-key';
import type { IdentityKey, InboxEntry } from './store';

/** Between two parts: no plain part holds it, nor does a hashed one. */
const SEPARATOR = '\t';

export const identityId = ({ namespace, key }: IdentityKey): string => keyPart(namespace) + SEPARATOR + keyPart(key);

export const inboxId = ({ source, eventId }: Pick<InboxEntry, 'source' | 'eventId'>): string =>
  keyPart(source) + SEPARATOR + keyPart(eventId);
