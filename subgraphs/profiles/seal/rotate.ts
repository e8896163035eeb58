/**
 * Rotation: wraps every subject's data key again that is not wrapped by the current key-encryption key, a page at a time, while
 * everything else goes on. The data keys stay, so nothing that is stored is touched. Must not open a record.
 */
import { facetError } from '../../../schema/errors';
import type { Keyring } from './sealed-store';
import { subjectsOf } from './subject-keys';

/** How a rotation stands. */
export interface RotationFigures {
  /** Keys looked at. */
  readonly looked: number;
  /** Of these, wrapped anew. */
  readonly rewrapped: number;
  /** Of these, those that do not open: what they seal is lost without the bytes they had. */
  readonly damaged: number;
  /** Every key was looked at: what is not damaged is wrapped by the current key. */
  readonly complete: boolean;
}

/**
 * Tells how it stands after each page and at the end. Resolves with how many were wrapped anew; ends early when the signal aborts. One that
 * does not open is passed over, or it would keep everybody's from being rotated. Errors: STORE_UNAVAILABLE; STORE_CORRUPT at the end, with
 * how many did not open.
 */
export async function rotateSubjectKeys(
  { keys, encryption }: Keyring,
  signal: AbortSignal,
  tell: (figures: RotationFigures) => void = () => {},
): Promise<number> {
  let looked = 0;
  let count = 0;
  let damaged = 0;
  const figures = (complete: boolean): RotationFigures => ({ looked, rewrapped: count, damaged, complete });
  for await (const ids of subjectsOf(keys, signal)) {
    const wrapped = await keys.find(ids);
    const due = ids.flatMap((id, index) => {
      const bytes = wrapped[index];
      return bytes && !encryption.isCurrent(bytes) ? [{ id, bytes }] : [];
    });
    const anew = await Promise.all(
      due.map(async ({ id, bytes }) => {
        const dataKey = await encryption.unwrap(id, bytes).catch(() => null);
        return dataKey === null ? [] : [[id, await encryption.wrap(id, dataKey.export())] as const];
      }),
    ).then((each) => each.flat());
    damaged += due.length - anew.length;
    if (anew.length > 0) await keys.replace(anew);
    looked += ids.length;
    count += anew.length;
    tell(figures(false));
  }
  if (!signal.aborted) tell(figures(true));
  if (damaged > 0) throw facetError('STORE_CORRUPT', `Expected every wrapped key to open, but ${damaged} do not.`);
  return count;
}
