/** Watches the deadlines of erasures and tells how they stand, for a metric and its alert. Must not erase. */
import type { ProfileStore } from '../store/store';

export interface ErasureFigures {
  /** Places where an erasure is still to be done. */
  readonly open: number;
  /** Of these, where it should have been done by now. */
  readonly overdue: number;
  /** Until the next one has to be; negative when it is overdue, null when none is open. */
  readonly dueInSeconds: number | null;
}

const LOOK_MS = 15_000;
/** More open ones than this are counted as so many. */
const MOST = 10_000;

export async function countErasures(
  store: Pick<ProfileStore, 'findOpenErasures'>,
  now: number,
): Promise<ErasureFigures> {
  const dues = (await store.findOpenErasures({ limit: MOST })).map(({ dueAt }) => dueAt);
  return {
    open: dues.length,
    overdue: dues.filter((dueAt) => dueAt <= now).length,
    dueInSeconds: dues.length === 0 ? null : Math.floor((dues.reduce((a, b) => Math.min(a, b)) - now) / 1_000),
  };
}

/** Tells at once and from then on; answers how to stop. A store that cannot be read is looked at again. */
export function watchErasures(options: {
  readonly store: Pick<ProfileStore, 'findOpenErasures'>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly tell: (figures: ErasureFigures) => void;
}): () => void {
  const look = () => void countErasures(options.store, options.now()).then(options.tell, () => undefined);
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
