/**
 * Deleting at Zendesk, in two steps each: a user or ticket first, then for good from where deleted ones are kept. Credentials and
 * limits are met before (zendesk.ts).
 * Source: Zendesk Ticketing API, users, "Delete user" and "Permanently delete user"; tickets, "Delete ticket" and "Delete ticket
 * permanently" (answers a job). Texts of errors from memory.
 */
import { randomUUID } from 'node:crypto';
import type { VendorReply, VendorRequest } from '../vendor';
import { originOf } from './paging';
import { noEndpoint, notFound, ok, refusal } from './replies';
import type { SupportStore } from './support-store';
import { userView } from './views';

export function deleteRecord(options: {
  request: VendorRequest;
  endpoint: string;
  store: SupportStore;
  erased: (id: string) => void;
  now: () => number;
}): VendorReply {
  const { request, endpoint, store, erased, now } = options;
  const [, section, id] = /^((?:deleted_)?(?:users|tickets))\/(\d+)$/.exec(endpoint) ?? [];
  if (section === undefined || id === undefined) return noEndpoint();
  if (section === 'users' && store.ticketsOf(id).some(({ status }) => status !== 'closed')) {
    return refusal(422, 'RecordInvalid', 'User is requester of tickets that are not closed');
  }
  const user = store.user(id);
  const place = section === 'users' ? id : `${section}/${id}`;
  if (store.remove({ id: place, atMs: now() }).kind !== 'removed') return notFound();
  erased(place);
  if (section === 'tickets') return { status: 204, headers: {}, body: undefined };
  if (section === 'deleted_tickets') {
    const jobId = randomUUID().replaceAll('-', '');
    const url = `${originOf(request)}/api/v2/job_statuses/${jobId}.json`;
    return ok({ job_status: { id: jobId, url, total: 1, progress: 1, status: 'completed', message: null } });
  }
  const shown = user && userView(user, originOf(request));
  return ok(section === 'users' ? { user: shown } : { deleted_user: shown });
}
