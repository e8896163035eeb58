/**
 * Rotation: wraps every subject's data key again that is not wrapped by the current key-encryption key, a page at a time, while
 * everything else goes on. The data keys stay, so nothing that is stored is touched. Must not open a record.
 */
import type { Keyring } from './sealed-store';

const PAGE = 500;

/** Resolves with how many were wrapped anew; ends early when the signal aborts. Errors: STORE_UNAVAILABLE, STORE_CORRUPT. */
export async function rotateSubjectKeys({ keys, encryption }: Keyring, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (let after: string | undefined; !signal.aborted;) {
    const ids = await keys.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (ids.length === 0) return count;
    const wrapped = await keys.find(ids);
    const due = ids.flatMap((id, index) => {
      const bytes = wrapped[index];
      return bytes && !encryption.isCurrent(bytes) ? [{ id, bytes }] : [];
    });
    const anew = await Promise.all(
      due.map(async ({ id, bytes }) => {
        const dataKey = (await encryption.unwrap(id, bytes)).export();
        return [id, await encryption.wrap(id, dataKey)] as const;
      }),
    );
    if (anew.length > 0) await keys.replace(anew);
    count += anew.length;
    after = ids.at(-1);
  }
  return count;
}
