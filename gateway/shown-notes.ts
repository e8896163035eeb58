/**
 * The notes beside an answer as a reader sees them, whatever the route: why something is withheld only for those who may explain it, in the order of
 * their paths. Pure. Must not decide who may.
 */
import type { LocatedNote } from './execute/fetch';

/** Others than who may explain read NOT_PERMITTED, since a refusal is personal data too. */
export function shownReason(reason: string, mayExplain: boolean): string {
  return mayExplain ? reason : 'NOT_PERMITTED';
}

/** In order, since which subgraph answered first must not show: not in an answer's entity tag, for one. */
export function shownNotes(notes: readonly LocatedNote[] = [], mayExplain: boolean): LocatedNote[] {
  const keyed = notes.map((note) => {
    const { reason } = note;
    const shown = typeof reason === 'string' ? { ...note, reason: shownReason(reason, mayExplain) } : note;
    return { key: note.path.join('.'), shown };
  });
  return keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))).map(({ shown }) => shown);
}
