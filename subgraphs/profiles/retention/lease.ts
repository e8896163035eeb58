/**
 * Which of several instances sweeps: the one that holds the lease, renewed with every page, taken over when its holder is silent. It saves work
 * and is no lock: where two overlap, the store's versions let one of them through, and the other finds nothing left.
 */
import type { ProfileStore } from '../store/store';

const LEASE = 'retention:lease';
const LEASE_MS = 60_000;

/** Takes or renews it; false: another instance has it. Units: `now` Unix time in milliseconds. */
export async function holdLease(
  store: Pick<ProfileStore, 'findCheckpoint' | 'commit'>,
  instance: string,
  now: number,
): Promise<boolean> {
  const held = await store.findCheckpoint(LEASE);
  const isAnothers = held !== null && held.position !== instance;
  // A clock that was set back must not keep it for ever.
  if (isAnothers && Math.abs(now - held.startedAt) < LEASE_MS) return false;
  const mine = { name: LEASE, position: instance, complete: false, startedAt: now, changedSince: null, count: 0 };
  await store.commit({ checkpoints: [mine] });
  return (await store.findCheckpoint(LEASE))?.position === instance;
}
