/** The state of consent from its ledger: the event with the latest `occurredAt` counts, in whatever order events arrive. */
import fc from 'fast-check';
import type { ConsentState, Purpose } from '../../schema/policy';
import { consentStateAt, findConsent, foldConsents } from '../../subgraphs/profiles/consent';
import { CONSENT_ACTIONS } from '../../subgraphs/profiles/store/store';
import type { ConsentAction, NewConsentEvent as LedgerEvent } from '../../subgraphs/profiles/store/store';

const NOW = Date.UTC(2026, 0, 1);
let recordNumber = 0;

/** An event at a moment, in seconds before (negative) or after now. */
function event(action: ConsentAction, atSeconds: number, changed: Partial<LedgerEvent> = {}): LedgerEvent {
  recordNumber += 1;
  return {
    recordId: `record-${recordNumber}`,
    customerId: '01J00000000000000000000001',
    purpose: 'EMAIL_MARKETING',
    channel: null,
    topic: null,
    action,
    basis: 'CONSENT',
    pending: false,
    notice: { id: 'newsletter', version: '1', sha256: null },
    method: 'web_form',
    jurisdiction: null,
    language: null,
    proof: null,
    occurredAt: NOW + atSeconds * 1_000,
    recordedAt: NOW,
    expiresAt: null,
    actor: 'test',
    ...changed,
  };
}

const pendingGrant = (atSeconds: number, changed: Partial<LedgerEvent> = {}) =>
  event('GRANT', atSeconds, { pending: true, ...changed });
const sale = (atSeconds: number, changed: Partial<LedgerEvent> = {}) =>
  event('GRANT', atSeconds, { basis: 'SOFT_OPT_IN', ...changed });

function stateAfter(
  events: readonly LedgerEvent[],
  topic: string | null = null,
  atSeconds = 0,
  purpose: Purpose = 'EMAIL_MARKETING',
): ConsentState {
  return consentStateAt(foldConsents(events).consents, purpose, topic, NOW + atSeconds * 1_000);
}

/** Few moments and topics, so that ties and overlaps are common. */
const anyEvent = fc
  .record({
    action: fc.constantFrom(...CONSENT_ACTIONS),
    at: fc.integer({ min: -4, max: 0 }),
    topic: fc.constantFrom(null, 'promotions', 'product-news'),
    purpose: fc.constantFrom<Purpose>('EMAIL_MARKETING', 'PERSONALIZATION'),
    pending: fc.boolean(),
    basis: fc.constantFrom<'CONSENT' | 'SOFT_OPT_IN'>('CONSENT', 'CONSENT', 'CONSENT', 'SOFT_OPT_IN'),
    expiresAt: fc.constantFrom(null, NOW - 1_000, NOW + 1_000),
  })
  .map(({ action, at, pending, basis, ...rest }) =>
    event(action, at, {
      ...rest,
      basis: action === 'GRANT' ? basis : 'CONSENT',
      pending: action === 'GRANT' && basis === 'CONSENT' && pending,
    }),
  );
const anyLedger = fc.array(anyEvent, { maxLength: 8 });

describe('Whatever arrives in whatever order', () => {
  it('leads to the same states', () => {
    fc.assert(
      fc.property(
        anyLedger.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
        ),
        ([events, shuffled]) => {
          expect(foldConsents(shuffled)).toEqual(foldConsents(events));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('leads to the same states when an event arrives twice', () => {
    fc.assert(
      fc.property(anyLedger, (events) => {
        expect(foldConsents([...events, ...events])).toEqual(foldConsents(events));
      }),
    );
  });

  it('ends in the state of a last denial', () => {
    const denials = { REFUSE: 'REFUSED', WITHDRAW: 'WITHDRAWN', OBJECT: 'OBJECTED' } as const;
    fc.assert(
      fc.property(anyLedger, fc.constantFrom('REFUSE', 'WITHDRAW', 'OBJECT'), (events, action) => {
        const state = stateAfter([event(action, 1), ...events], null, 1);
        expect([denials[action], 'OBJECTED']).toContain(state);
      }),
    );
  });

  it('ends in GRANTED after a last explicit grant, whatever was before', () => {
    fc.assert(
      fc.property(anyLedger, (events) => {
        expect(stateAfter([...events, event('GRANT', 1)], null, 1)).toBe('GRANTED');
      }),
    );
  });

  it('is never GRANTED when a denial is among the latest events: ties deny', () => {
    fc.assert(
      fc.property(
        anyLedger,
        fc.constantFrom<ConsentAction>('REFUSE', 'WITHDRAW', 'OBJECT', 'EXPIRE'),
        (events, action) => {
          expect(stateAfter([...events, event(action, 0)])).not.toBe('GRANTED');
        },
      ),
    );
  });
});

describe('The latest event counts', () => {
  it.each<[string, LedgerEvent[], ConsentState]>([
    ['nothing recorded', [], 'NOT_ASKED'],
    ['granted', [event('GRANT', -1)], 'GRANTED'],
    ['refused', [event('REFUSE', -1)], 'REFUSED'],
    ['granted, then withdrawn', [event('GRANT', -2), event('WITHDRAW', -1)], 'WITHDRAWN'],
    ['withdrawn, then granted again', [event('WITHDRAW', -2), event('GRANT', -1)], 'GRANTED'],
    ['an old grant that arrives late', [event('WITHDRAW', -1), event('GRANT', -2)], 'WITHDRAWN'],
    ['ended by the source', [event('GRANT', -2), event('EXPIRE', -1)], 'EXPIRED'],
  ])('%s', (_name, events, expected) => {
    expect(stateAfter(events)).toBe(expected);
  });

  it('and says since when, by which notice, until when', () => {
    const { consents } = foldConsents([
      event('WITHDRAW', -3),
      event('GRANT', -2, { notice: { id: 'newsletter', version: '7', sha256: null }, expiresAt: NOW + 1_000 }),
    ]);
    expect(consents).toEqual([
      {
        purpose: 'EMAIL_MARKETING',
        topic: null,
        state: 'GRANTED',
        notice: { id: 'newsletter', version: '7' },
        since: NOW - 2_000,
        expiresAt: NOW + 1_000,
      },
    ]);
  });

  it('of each purpose by itself', () => {
    const events = [event('GRANT', -2), event('WITHDRAW', -1, { purpose: 'PERSONALIZATION' })];
    expect([stateAfter(events), stateAfter(events, null, 0, 'PERSONALIZATION')]).toEqual(['GRANTED', 'WITHDRAWN']);
  });
});

describe('Ties deny', () => {
  it.each<[string, LedgerEvent[], ConsentState]>([
    ['granted and refused', [event('GRANT', -1), event('REFUSE', -1)], 'REFUSED'],
    ['granted and withdrawn', [event('WITHDRAW', -1), event('GRANT', -1)], 'WITHDRAWN'],
    ['granted and expired', [event('EXPIRE', -1), event('GRANT', -1)], 'EXPIRED'],
    ['granted and objected', [event('OBJECT', -1), event('GRANT', -1)], 'OBJECTED'],
    ['withdrawn and objected', [event('OBJECT', -1), event('WITHDRAW', -1)], 'OBJECTED'],
    ['granted at once and to be confirmed', [pendingGrant(-1), event('GRANT', -1)], 'PENDING'],
    ['to be confirmed and confirmed', [event('CONFIRM', -1), pendingGrant(-1)], 'PENDING'],
  ])('%s', (_name, events, expected) => {
    expect([stateAfter(events), stateAfter(events.toReversed())]).toEqual([expected, expected]);
  });

  it('two grants of one moment: the shorter one counts', () => {
    const short = event('GRANT', -2, { expiresAt: NOW - 1_000, recordId: 'a' });
    const long = event('GRANT', -2, { expiresAt: NOW + 9_000, recordId: 'b' });
    const endless = event('GRANT', -2, { expiresAt: null, recordId: 'c' });
    expect([
      stateAfter([short, long, endless]),
      stateAfter([{ ...short, recordId: 'z' }, long, endless]),
      stateAfter([endless, long], null, 10),
    ]).toEqual(['EXPIRED', 'EXPIRED', 'EXPIRED']);
  });
});

describe('Double opt-in', () => {
  it('is PENDING until it is confirmed, and GRANTED from then on', () => {
    expect([
      stateAfter([pendingGrant(-2)]),
      stateAfter([pendingGrant(-2), event('CONFIRM', -1)]),
      stateAfter([event('CONFIRM', -1), pendingGrant(-2)]),
    ]).toEqual(['PENDING', 'GRANTED', 'GRANTED']);
  });

  it('keeps the notice and the end of the grant that was confirmed', () => {
    const { consents } = foldConsents([
      pendingGrant(-2, { notice: { id: 'newsletter', version: '4', sha256: null }, expiresAt: NOW + 5_000 }),
      event('CONFIRM', -1, { notice: null }),
    ]);
    expect(consents).toEqual([
      {
        purpose: 'EMAIL_MARKETING',
        topic: null,
        state: 'GRANTED',
        notice: { id: 'newsletter', version: '4' },
        since: NOW - 1_000,
        expiresAt: NOW + 5_000,
      },
    ]);
  });

  it.each<[string, LedgerEvent[], ConsentState]>([
    ['a confirmation of nothing', [event('CONFIRM', -1)], 'NOT_ASKED'],
    ['a confirmation before the grant', [event('CONFIRM', -2), pendingGrant(-1)], 'PENDING'],
    ['a confirmation after a refusal', [pendingGrant(-3), event('REFUSE', -2), event('CONFIRM', -1)], 'REFUSED'],
    [
      'a confirmation after a withdrawal',
      [event('GRANT', -3), event('WITHDRAW', -2), event('CONFIRM', -1)],
      'WITHDRAWN',
    ],
    [
      'a second confirmation',
      [pendingGrant(-4), event('CONFIRM', -3), event('WITHDRAW', -2), event('CONFIRM', -1)],
      'WITHDRAWN',
    ],
  ])('%s is worth nothing', (_name, events, expected) => {
    expect(stateAfter(events)).toBe(expected);
  });
});

describe('An objection', () => {
  it.each<[string, LedgerEvent[], ConsentState]>([
    ['a refusal', [event('OBJECT', -2), event('REFUSE', -1)], 'OBJECTED'],
    ['a withdrawal', [event('OBJECT', -2), event('WITHDRAW', -1)], 'OBJECTED'],
    ['an expiry', [event('OBJECT', -2), event('EXPIRE', -1)], 'OBJECTED'],
    ['a grant that is not confirmed', [event('OBJECT', -2), pendingGrant(-1)], 'OBJECTED'],
    ['an earlier grant', [event('GRANT', -3), event('OBJECT', -2)], 'OBJECTED'],
    ['the sale of something', [event('OBJECT', -2), sale(-1)], 'OBJECTED'],
    [
      'a confirmation of what was asked before',
      [pendingGrant(-3), event('OBJECT', -2), event('CONFIRM', -1)],
      'OBJECTED',
    ],
  ])('outlasts %s', (_name, events, expected) => {
    expect(stateAfter(events)).toBe(expected);
  });

  it('ends with a later explicit grant, at once or confirmed', () => {
    expect([
      stateAfter([event('OBJECT', -2), event('GRANT', -1)]),
      stateAfter([event('OBJECT', -3), pendingGrant(-2), event('CONFIRM', -1)]),
    ]).toEqual(['GRANTED', 'GRANTED']);
  });

  it('is no longer remembered once a grant ended it', () => {
    expect(stateAfter([event('OBJECT', -3), event('GRANT', -2), event('WITHDRAW', -1)])).toBe('WITHDRAWN');
  });
});

describe('Topics', () => {
  it('a word without a topic is for every topic', () => {
    const events = [event('GRANT', -3, { topic: 'promotions' }), event('WITHDRAW', -2)];
    expect([stateAfter(events, 'promotions'), stateAfter(events, 'product-news'), stateAfter(events)]).toEqual([
      'WITHDRAWN',
      'WITHDRAWN',
      'WITHDRAWN',
    ]);
  });

  it('a word on one topic leaves the others', () => {
    const events = [event('GRANT', -3), event('WITHDRAW', -2, { topic: 'promotions' })];
    expect([stateAfter(events, 'promotions'), stateAfter(events, 'product-news'), stateAfter(events)]).toEqual([
      'WITHDRAWN',
      'GRANTED',
      'GRANTED',
    ]);
  });

  it('a later word on every topic overrides an earlier one on one', () => {
    const events = [event('WITHDRAW', -3, { topic: 'promotions' }), event('GRANT', -2)];
    expect(stateAfter(events, 'promotions')).toBe('GRANTED');
  });

  it('a grant for one topic is none for the purpose', () => {
    const events = [event('GRANT', -3, { topic: 'promotions' })];
    expect([stateAfter(events, 'promotions'), stateAfter(events, 'product-news'), stateAfter(events)]).toEqual([
      'GRANTED',
      'NOT_ASKED',
      'NOT_ASKED',
    ]);
  });

  it('a confirmation of every topic confirms the one that waits', () => {
    expect(stateAfter([pendingGrant(-3, { topic: 'promotions' }), event('CONFIRM', -2)], 'promotions')).toBe('GRANTED');
  });

  it('the record of a topic is found before that of every topic', () => {
    const { consents } = foldConsents([event('GRANT', -3), event('REFUSE', -2, { topic: 'promotions' })]);
    expect(
      ['promotions', 'product-news', null].map((topic) => findConsent(consents, 'EMAIL_MARKETING', topic)?.topic),
    ).toEqual(['promotions', null, null]);
  });
});

describe('The clock', () => {
  it('ends a grant at the moment it was given until, not before', () => {
    const events = [event('GRANT', -10, { expiresAt: NOW })];
    expect([-1, 0, 1].map((at) => stateAfter(events, null, at))).toEqual(['GRANTED', 'EXPIRED', 'EXPIRED']);
  });

  it('does not turn a refusal into an expiry', () => {
    expect(stateAfter([event('WITHDRAW', -10, { expiresAt: NOW - 5_000 })])).toBe('WITHDRAWN');
  });

  it('believes a grant up to five seconds ahead and none beyond', () => {
    expect([stateAfter([event('GRANT', 5)]), stateAfter([event('GRANT', 6)])]).toEqual(['GRANTED', 'NOT_ASKED']);
  });

  it('believes a denial from the future at once', () => {
    expect(stateAfter([event('GRANT', -1), event('WITHDRAW', 3_600)])).toBe('WITHDRAWN');
  });
});

describe('Soft opt-in', () => {
  const softOptInAfter = (...events: LedgerEvent[]) => foldConsents(events).softOptIn;

  it('comes with a sale, and is no consent', () => {
    const events = [sale(-2)];
    expect([softOptInAfter(...events), stateAfter(events)]).toEqual([true, 'NOT_ASKED']);
  });

  it('is ended by REFUSE, WITHDRAW and OBJECT, before or after the sale, and by nothing else', () => {
    const others: ConsentAction[] = ['GRANT', 'CONFIRM', 'REFUSE', 'WITHDRAW', 'EXPIRE', 'OBJECT'];
    expect(
      others.map((action) => [
        action,
        softOptInAfter(sale(-2), event(action, -1)),
        softOptInAfter(event(action, -3), sale(-2)),
      ]),
    ).toEqual([
      ['GRANT', true, true],
      ['CONFIRM', true, true],
      ['REFUSE', false, false],
      ['WITHDRAW', false, false],
      ['EXPIRE', true, true],
      ['OBJECT', false, false],
    ]);
  });

  it('is not ended by a denial of another purpose', () => {
    expect(softOptInAfter(sale(-2), event('WITHDRAW', -1, { purpose: 'PERSONALIZATION' }))).toBe(true);
  });

  it('does not speak for a topic that was denied', () => {
    const events = [sale(-2), event('WITHDRAW', -1, { topic: 'promotions' })];
    expect([stateAfter(events, 'promotions'), stateAfter(events, 'product-news')]).toEqual(['WITHDRAWN', 'NOT_ASKED']);
  });

  it('is absent without a sale', () => {
    expect(softOptInAfter(event('GRANT', -1))).toBe(false);
  });
});

describe('Channels', () => {
  it.each([
    [null, 'WITHDRAWN'],
    ['EMAIL', 'WITHDRAWN'],
    ['SMS', 'GRANTED'],
    ['PHONE', 'GRANTED'],
    ['POST', 'GRANTED'],
    ['PUSH', 'GRANTED'],
  ] as const)('a withdrawal from %s leaves e-mail %s', (channel, expected) => {
    expect(stateAfter([event('GRANT', -2), event('WITHDRAW', -1, { channel })])).toBe(expected);
  });

  it('an event of a ledger that knew no channels counts', () => {
    const { channel: _none, ...older } = event('WITHDRAW', -1);
    expect(stateAfter([event('GRANT', -2), older as LedgerEvent])).toBe('WITHDRAWN');
  });

  it('a soft opt-in for another channel is none for e-mail', () => {
    expect(foldConsents([sale(-1, { channel: 'SMS' })]).softOptIn).toBe(false);
  });
});
