/** Who last did what: read off the audit trail's own entries, the newest of each principal and kind. */
import { describeAccess } from '../../deploy/access-review';
import { findLastActs } from '../../deploy/last-acts';
import type { LastActs } from '../../deploy/last-acts';
import { auditOf } from '../../subgraphs/profiles/audit/entry';
import type { AuditEntry } from '../../subgraphs/profiles/audit/entry';
import { chainAfter } from '../../subgraphs/profiles/store/audit';
import type { AuditRecord } from '../../subgraphs/profiles/store/audit';

const NOON = Date.UTC(2026, 10, 24, 12);

const entry = (minute: number, given: Partial<AuditEntry> = {}): AuditEntry => ({
  kind: 'READ',
  at: NOON + minute * 60_000,
  actor: 'key:braze-eu',
  role: 'RENDERER',
  purpose: 'EMAIL_MARKETING',
  action: 'read',
  subjects: ['c1'],
  categories: { clear: ['NAME', 'CONTACT'], masked: ['LOCATION'], withheld: ['BEHAVIOUR'] },
  ...given,
});

/** A store that holds this trail and answers as the port says: downwards from a place, at most so many. */
function trailOf(...entries: AuditEntry[]) {
  const records: AuditRecord[] = [];
  for (const each of auditOf(...entries)) records.push(chainAfter(records.at(-1) ?? null, each));
  const pages: number[] = [];
  return {
    pages,
    findAuditHeads: () => Promise.resolve(records.slice(-1)),
    findAudit: ({ before = 0, limit }: { before?: number; limit: number }) => {
      const page = records
        .filter(({ seq }) => seq < before)
        .toReversed()
        .slice(0, limit);
      pages.push(page.length);
      return Promise.resolve(page);
    },
  };
}
const told = ({ acts, since }: LastActs) => ({
  acts: acts.map(({ actor, kind, at }) => [actor, kind, (at - NOON) / 60_000]),
  since,
});

describe('Who last did what', () => {
  it('is the newest entry of each principal and kind, the newest first', async () => {
    const officer = { actor: 'officer-7', role: 'PRIVACY_OFFICER' } as const;
    const trail = trailOf(
      entry(1),
      entry(2, officer),
      entry(3, { ...officer, kind: 'RIGHTS', action: 'exportCustomer' }),
      entry(4),
      entry(5, { ...officer, kind: 'RIGHTS', action: 'eraseCustomer' }),
    );
    expect(told(await findLastActs(trail))).toEqual({
      acts: [
        ['officer-7', 'RIGHTS', 5],
        ['key:braze-eu', 'READ', 4],
        ['officer-7', 'READ', 2],
      ],
      since: null,
    });
  });

  it('reads a long trail in pages, to its beginning', async () => {
    const trail = trailOf(
      entry(0, { actor: 'first' }),
      ...Array.from({ length: 12_000 }, (_, minute) => entry(minute + 1)),
    );
    expect(told(await findLastActs(trail)).acts).toEqual([
      ['key:braze-eu', 'READ', 12_000],
      ['first', 'READ', 0],
    ]);
    expect(trail.pages).toEqual([5_000, 5_000, 2_001]);
  });

  it('stops where it may read no more, and says since when it looked', async () => {
    const trail = trailOf(entry(0, { actor: 'first' }), entry(1), entry(2), entry(3));
    expect(told(await findLastActs(trail, 2))).toEqual({ acts: [['key:braze-eu', 'READ', 3]], since: NOON + 120_000 });
    expect((await findLastActs(trail, 4)).since).toBeNull();
  });

  it('is nobody on an empty trail', async () => {
    expect(await findLastActs(trailOf())).toEqual({ acts: [], since: null });
  });

  it('is told with what could be seen, never whose it was', async () => {
    const text = describeAccess({
      keys: {},
      uses: {},
      templates: [],
      approvals: {},
      profile: 'production',
      policy: { here: 'ab12', noted: null },
      issuer: 'x',
      now: NOON,
      lastActs: await findLastActs(trailOf(entry(0, { subjects: ['01SUBJECT'] }))),
    });
    expect(text).toContain(
      '  key:braze-eu  RENDERER  READ  read  EMAIL_MARKETING  2026-11-24T12:00:00.000Z  NAME CONTACT LOCATION (masked)\n',
    );
    expect(text).not.toContain('01SUBJECT');
  });
});
