/**
 * Scenarios from practice, as data: what happened to a person, and whether each mail may then be sent. Each cites the rule it rests on.
 * Written from the law and the guidance, not from the code. Today is day 0.
 */
import type { Outcome, Scenario } from './scenario';

/** All four mails with one outcome for marketing. */
const mails = (marketing: Outcome, orderFollowUp: Outcome = 'SEND') => ({
  promotions: marketing,
  winBack: marketing,
  greeting: marketing,
  orderFollowUp,
});

export const scenarios: readonly Scenario[] = [
  // Consent, given and not given.
  {
    title: 'Who was never asked gets no marketing; the order mail needs no consent',
    source: 'ePrivacy Directive Art. 13(1); GDPR Art. 6(1)(b)',
    steps: [],
    ...mails('CONSENT'),
    state: 'NOT_ASKED',
  },
  {
    title: 'Who consented is mailed',
    source: 'GDPR Art. 6(1)(a), Art. 4(11)',
    steps: [{ day: -30, does: 'GRANT' }],
    ...mails('SEND'),
    state: 'GRANTED',
  },
  {
    title: 'Who was asked and refused is not mailed',
    source: 'GDPR Recital 42: refusing is without detriment; CJEU C-673/17 Planet49: silence is no consent',
    steps: [{ day: -30, does: 'REFUSE' }],
    ...mails('CONSENT'),
    state: 'REFUSED',
  },
  {
    title: 'Consent to personalisation is none to e-mail',
    source: 'GDPR Recital 43, EDPB Guidelines 05/2020 § 3.1.3: consent is granular',
    steps: [{ day: -30, does: 'GRANT', purpose: 'PERSONALIZATION' }],
    ...mails('CONSENT'),
  },
  {
    title: 'Consent to one topic is none to the others',
    source: 'EDPB Guidelines 05/2020 § 3.2: consent is specific',
    steps: [{ day: -30, does: 'GRANT', topic: 'promotions' }],
    ...mails('CONSENT'),
    promotions: 'SEND',
  },
  {
    title: 'Consent to text messages is none to e-mail',
    source: 'PECR reg. 22 and ICO direct marketing guidance: consent is for the kind of communication',
    country: 'GB',
    steps: [{ day: -30, does: 'GRANT', channel: 'SMS' }],
    ...mails('CONSENT'),
  },
  {
    title: 'A withdrawal from text messages leaves the consent to e-mail',
    source: 'GDPR Art. 7(3): what is withdrawn is the consent that was given',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -10, does: 'WITHDRAW', channel: 'SMS' },
    ],
    ...mails('SEND'),
  },
  {
    title: 'Consent that the CRM already held counts',
    source: 'GDPR Art. 7(1): the controller can demonstrate it',
    steps: [{ day: -300, does: 'CRM GRANT' }],
    ...mails('SEND'),
  },
  // Double opt-in.
  {
    title: 'A double opt-in that was not confirmed is no consent',
    source: 'GDPR Art. 7(1); CJEU C-61/19 Orange Romania: the burden of proof is the controller’s',
    steps: [{ day: -2, does: 'REQUEST' }],
    ...mails('CONSENT'),
    state: 'PENDING',
  },
  {
    title: 'A double opt-in that was confirmed is consent',
    source: 'GDPR Art. 7(1); EDPB Guidelines 05/2020 § 5.1',
    steps: [
      { day: -2, does: 'REQUEST' },
      { day: -1, does: 'CONFIRM' },
    ],
    ...mails('SEND'),
    state: 'GRANTED',
  },
  {
    title: 'A scanner that opens the confirmation link confirms nothing',
    source: 'RFC 9110 § 9.2.1: GET is safe; GDPR Art. 4(11): a clear affirmative action',
    steps: [
      { day: -2, does: 'REQUEST' },
      { day: -1, does: 'OPEN CONFIRMATION' },
    ],
    ...mails('CONSENT'),
    state: 'PENDING',
  },
  {
    title: 'A confirmation after a refusal is worth nothing',
    source: 'GDPR Art. 7(3)',
    steps: [
      { day: -3, does: 'REQUEST' },
      { day: -2, does: 'REFUSE' },
      { day: -1, does: 'CONFIRM' },
    ],
    ...mails('CONSENT'),
    state: 'REFUSED',
  },
  {
    title: 'A confirmation that comes after weeks is worth nothing',
    source: 'EDPB Guidelines 05/2020 § 3.3: consent is for what the person has before the eyes',
    steps: [
      { day: -40, does: 'REQUEST' },
      { day: -1, does: 'CONFIRM' },
    ],
    ...mails('CONSENT'),
    state: 'PENDING',
  },
  {
    title: 'A double opt-in for one topic opens that topic',
    source: 'EDPB Guidelines 05/2020 § 3.2',
    steps: [
      { day: -2, does: 'REQUEST', topic: 'win-back' },
      { day: -1, does: 'CONFIRM' },
    ],
    ...mails('CONSENT'),
    winBack: 'SEND',
  },
  {
    title: 'A pending opt-in in the CRM is no consent',
    source: 'CJEU C-61/19 Orange Romania',
    steps: [{ day: -20, does: 'CRM PENDING' }],
    ...mails('CONSENT'),
    state: 'PENDING',
  },
  // Withdrawal, order of events.
  {
    title: 'Who withdrew is not mailed',
    source: 'GDPR Art. 7(3)',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'WITHDRAW' },
    ],
    ...mails('CONSENT'),
    state: 'WITHDRAWN',
  },
  {
    title: 'A withdrawal just now is effective at once',
    source: 'GDPR Art. 7(3): as easy to withdraw as to give',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: 0, does: 'WITHDRAW' },
    ],
    ...mails('CONSENT'),
  },
  {
    title: 'A withdrawal of one topic leaves the others',
    source: 'EDPB Guidelines 05/2020 § 3.1.3',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'WITHDRAW', topic: 'promotions' },
    ],
    ...mails('SEND'),
    promotions: 'CONSENT',
  },
  {
    title: 'Who withdrew and consents anew is mailed again',
    source: 'GDPR Art. 4(11)',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -20, does: 'WITHDRAW' },
      { day: -1, does: 'GRANT' },
    ],
    ...mails('SEND'),
  },
  {
    title: 'An older grant that a source brings later does not undo a withdrawal',
    source: 'GDPR Art. 7(3), Art. 5(1)(d)',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -10, does: 'WITHDRAW' },
      { day: -20, does: 'CRM GRANT' },
    ],
    ...mails('CONSENT'),
  },
  {
    title: 'An opt-out at the CRM counts like one made here',
    source: 'GDPR Art. 7(3), Art. 19',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -5, does: 'CRM WITHDRAW' },
    ],
    ...mails('CONSENT'),
  },
  // Expiry and notices.
  {
    title: 'Consent given for a time ends with it',
    source: 'EDPB Guidelines 05/2020 § 5.1: how long consent lasts depends on what was agreed',
    steps: [{ day: -400, does: 'GRANT', endsOnDay: -35 }],
    ...mails('CONSENT'),
    state: 'EXPIRED',
  },
  {
    title: 'Consent on a notice that is not valid any more has to be asked for anew',
    source: 'EDPB Guidelines 05/2020 § 5.1: processing that changed considerably needs new consent',
    steps: [{ day: -400, does: 'GRANT', notice: '2024-06' }],
    ...mails('CONSENT'),
    state: 'EXPIRED',
  },
  {
    title: 'Consent given anew on the notice that is valid counts',
    source: 'EDPB Guidelines 05/2020 § 5.1',
    steps: [
      { day: -400, does: 'GRANT', notice: '2024-06' },
      { day: -3, does: 'GRANT', notice: '2026-01' },
    ],
    ...mails('SEND'),
  },
  // Objection.
  {
    title: 'Who objects to direct marketing is not mailed, whatever was consented to',
    source: 'GDPR Art. 21(2) and (3)',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'OBJECT' },
    ],
    ...mails('OBJECTED'),
    state: 'OBJECTED',
  },
  {
    title: 'An objection ends soft opt-in',
    source: 'GDPR Art. 21(3); ePrivacy Directive Art. 13(2)',
    steps: [
      { day: -30, does: 'CRM SOFT OPT-IN' },
      { day: -1, does: 'OBJECT' },
    ],
    ...mails('OBJECTED'),
  },
  {
    title: 'A refusal after an objection does not weaken it',
    source: 'GDPR Art. 21(3)',
    steps: [
      { day: -3, does: 'OBJECT' },
      { day: -1, does: 'REFUSE' },
    ],
    ...mails('OBJECTED'),
  },
  {
    title: 'An objection stands until an explicit consent after it',
    source: 'ICO direct marketing guidance: somebody who opted out may opt back in',
    steps: [
      { day: -30, does: 'OBJECT' },
      { day: -1, does: 'GRANT' },
    ],
    ...mails('SEND'),
  },
  {
    title: 'An objection to one kind of mail stops that kind',
    source: 'GDPR Art. 21(2)',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'OBJECT', topic: 'win-back' },
    ],
    ...mails('SEND'),
    winBack: 'OBJECTED',
  },
  // Soft opt-in and jurisdiction.
  {
    title: 'A customer whose address comes from a sale is mailed about similar goods',
    source: 'ePrivacy Directive Art. 13(2); CJEU C-654/23 Inteligo Media',
    steps: [{ day: -30, does: 'CRM SOFT OPT-IN' }],
    ...mails('SEND'),
  },
  {
    title: 'Soft opt-in exists in the United Kingdom',
    source: 'PECR reg. 22(3); ICO direct marketing guidance',
    country: 'GB',
    steps: [{ day: -30, does: 'CRM SOFT OPT-IN' }],
    ...mails('SEND'),
  },
  {
    title: 'Soft opt-in ends when the customer says no',
    source: 'PECR reg. 22(3)(c): a simple means of refusing',
    country: 'GB',
    steps: [
      { day: -30, does: 'CRM SOFT OPT-IN' },
      { day: -1, does: 'WITHDRAW' },
    ],
    ...mails('CONSENT'),
  },
  {
    title: 'Where the law is unknown the strictest holds: no soft opt-in',
    source: 'GDPR Art. 5(2), Art. 25(2)',
    country: null,
    steps: [{ day: -30, does: 'CRM SOFT OPT-IN' }],
    ...mails('CONSENT'),
  },
  {
    title: 'Where the law is unknown, explicit consent still counts',
    source: 'GDPR Art. 6(1)(a)',
    country: null,
    steps: [{ day: -30, does: 'GRANT' }],
    ...mails('SEND'),
  },
  {
    title: 'In the United States who was never asked may be mailed until she opts out',
    source: 'CAN-SPAM, 15 U.S.C. § 7704(a)(3) and (4): opt-out',
    country: 'US',
    steps: [],
    ...mails('SEND'),
  },
  {
    title: 'In the United States an opt-out is honoured',
    source: 'CAN-SPAM, 15 U.S.C. § 7704(a)(4)(A)',
    country: 'US',
    steps: [{ day: -1, does: 'WITHDRAW' }],
    ...mails('CONSENT'),
  },
  {
    title: 'In the United States an opt-out from one kind of mail is honoured for it',
    source: 'CAN-SPAM, 15 U.S.C. § 7704(a)(3)(B): a menu of types',
    country: 'US',
    steps: [{ day: -1, does: 'WITHDRAW', topic: 'promotions' }],
    ...mails('SEND'),
    promotions: 'CONSENT',
  },
  {
    title: 'A refused double opt-in is an opt-out, in the United States too',
    source: 'CAN-SPAM, 15 U.S.C. § 7704(a)(4)(A)',
    country: 'US',
    steps: [
      { day: -3, does: 'REQUEST' },
      { day: -2, does: 'REFUSE' },
    ],
    ...mails('CONSENT'),
  },
  {
    title: 'Sources that disagree on the country leave the law unknown',
    source: 'GDPR Art. 5(1)(d), Art. 25(2)',
    country: 'US',
    otherCountry: 'DE',
    steps: [],
    ...mails('CONSENT'),
  },
  {
    title: 'A country whose law is not in the table needs consent',
    source: 'CASL (Canada) s. 6(1): express or implied consent first; GDPR Art. 25(2)',
    country: 'CA',
    steps: [{ day: -30, does: 'CRM SOFT OPT-IN' }],
    ...mails('CONSENT'),
  },
  // Age.
  {
    title: 'A minor gets no marketing, consent or not',
    source: 'GDPR Art. 8, Recital 38; DSA Art. 28(2)',
    birthDate: '2010-05-01',
    steps: [{ day: -30, does: 'GRANT' }],
    ...mails('CONSENT'),
  },
  {
    title: 'A minor in the United States gets no marketing',
    source: 'GDPR Recital 38 as the strictest; UN CRC Art. 1',
    country: 'US',
    birthDate: '2010-05-01',
    steps: [],
    ...mails('CONSENT'),
  },
  {
    title: 'From the eighteenth birthday on consent counts',
    source: 'UN CRC Art. 1: below the age of eighteen',
    birthDate: '2008-11-24',
    steps: [{ day: -30, does: 'GRANT' }],
    ...mails('SEND'),
  },
  // Suppression.
  {
    title: 'One click unsubscribes, and is no withdrawal',
    source: 'RFC 8058 § 3.2',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'UNSUBSCRIBE' },
    ],
    ...mails('SUPPRESSED'),
    state: 'GRANTED',
  },
  {
    title: 'Unsubscribing twice is unsubscribing once',
    source: 'RFC 8058 § 3.2; RFC 9110 § 9.2.2',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'UNSUBSCRIBE TWICE' },
    ],
    ...mails('SUPPRESSED'),
  },
  {
    title: 'A scanner that opens the unsubscribe link unsubscribes nobody',
    source: 'RFC 8058 § 1: anti-spam software fetches links',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'OPEN UNSUBSCRIBE' },
    ],
    ...mails('SEND'),
  },
  {
    title: 'Unsubscribing in the United States needs nothing but the link',
    source: '16 CFR § 316.5: no fee, no information but the address',
    country: 'US',
    steps: [{ day: -1, does: 'UNSUBSCRIBE' }],
    ...mails('SUPPRESSED'),
  },
  {
    title: 'Who unsubscribed is not mailed at a new address either',
    source: 'GDPR Art. 21(3): the person’s data are no longer processed for it',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -10, does: 'UNSUBSCRIBE' },
      { day: -1, does: 'NEW ADDRESS' },
    ],
    ...mails('SUPPRESSED'),
  },
  {
    title: 'A grant that the CRM brings later does not end an unsubscribe',
    source: 'ICO direct marketing guidance: check lists against the suppression list',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -10, does: 'UNSUBSCRIBE' },
      { day: -1, does: 'CRM GRANT' },
    ],
    ...mails('SUPPRESSED'),
  },
  {
    title: 'Who unsubscribed and subscribes again is mailed again',
    source: 'ICO direct marketing guidance: unless the person opts back in',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -10, does: 'UNSUBSCRIBE' },
      { day: -1, does: 'GRANT' },
    ],
    ...mails('SEND'),
  },
  {
    title: 'Somebody who complained gets no marketing, and still the order mail',
    source: 'RFC 6650 (feedback reports); M3AAWG Sender Best Common Practices',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'SUPPRESS', reason: 'COMPLAINT' },
    ],
    ...mails('SUPPRESSED'),
  },
  {
    title: 'A complaint outlasts a new consent',
    source: 'RFC 6650; M3AAWG Sender Best Common Practices: complaints are suppressed for good',
    steps: [
      { day: -10, does: 'SUPPRESS', reason: 'COMPLAINT' },
      { day: -1, does: 'GRANT' },
    ],
    ...mails('SUPPRESSED'),
  },
  {
    title: 'An address that bounces hard gets nothing at all',
    source: 'RFC 3463 class 5: permanent failure; M3AAWG Sender Best Common Practices',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'SUPPRESS', reason: 'HARD_BOUNCE' },
    ],
    ...mails('SUPPRESSED', 'SUPPRESSED'),
  },
  {
    title: 'An address that bounced stops no mail to a new address',
    source: 'GDPR Art. 16: rectified',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -10, does: 'SUPPRESS', reason: 'HARD_BOUNCE' },
      { day: -1, does: 'NEW ADDRESS' },
    ],
    ...mails('SEND'),
  },
  {
    title: 'An unsubscribed address is not mailed for somebody else who has it',
    source: 'ePrivacy Directive Art. 13(1): the subscriber of the address',
    steps: [
      { day: -30, does: 'GRANT' },
      {
        day: -1,
        does: 'SHARE ADDRESS',
        other: [
          { day: -30, does: 'GRANT' },
          { day: -1, does: 'UNSUBSCRIBE' },
        ],
      },
    ],
    ...mails('SUPPRESSED'),
  },
  // Rights.
  {
    title: 'Restricted processing: no mail of any kind',
    source: 'GDPR Art. 18(2)',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'RESTRICT' },
    ],
    ...mails('RESTRICTED', 'RESTRICTED'),
  },
  {
    title: 'Erased: no mail of any kind',
    source: 'GDPR Art. 17(1)',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'ERASE' },
    ],
    ...mails('ERASED', 'ERASED'),
  },
  {
    title: 'The address of somebody erased is not mailed for a record that comes later',
    source: 'GDPR Art. 17(1); ICO: keep just enough to respect it',
    steps: [
      { day: -30, does: 'GRANT' },
      { day: -1, does: 'SUPPRESS', reason: 'ERASED' },
    ],
    ...mails('SUPPRESSED', 'SUPPRESSED'),
  },
  // Two records of one person.
  {
    title: 'Two records are one person: a withdrawal under the one ends a later grant under the other',
    source: 'GDPR Art. 7(3), Art. 5(2): in doubt no consent can be demonstrated',
    steps: [
      { day: -5, does: 'GRANT' },
      {
        day: -1,
        does: 'MERGE',
        other: [
          { day: -30, does: 'GRANT' },
          { day: -20, does: 'WITHDRAW' },
        ],
      },
    ],
    ...mails('CONSENT'),
    state: 'WITHDRAWN',
  },
  {
    title: 'Two records are one person: an objection under the one holds for both',
    source: 'GDPR Art. 21(3)',
    steps: [
      { day: -5, does: 'GRANT' },
      { day: -1, does: 'MERGE', other: [{ day: -20, does: 'OBJECT' }] },
    ],
    ...mails('OBJECTED'),
    state: 'OBJECTED',
  },
  {
    title: 'Two records are one person: consent under the one holds where the other was never asked',
    source: 'GDPR Art. 4(11): it is the same person who consented',
    steps: [
      { day: -5, does: 'GRANT' },
      { day: -1, does: 'MERGE', other: [] },
    ],
    ...mails('SEND'),
  },
  {
    title: 'Two records are one person: consent given after that counts',
    source: 'GDPR Art. 4(11)',
    steps: [
      { day: -2, does: 'MERGE', other: [{ day: -20, does: 'WITHDRAW' }] },
      { day: -1, does: 'GRANT' },
    ],
    ...mails('SEND'),
  },
  {
    title: 'Two records are one person: who unsubscribed under the one has unsubscribed',
    source: 'RFC 8058 § 3.2; GDPR Art. 21(3)',
    steps: [
      { day: -30, does: 'GRANT' },
      {
        day: -1,
        does: 'MERGE',
        other: [
          { day: -30, does: 'GRANT' },
          { day: -10, does: 'UNSUBSCRIBE' },
        ],
      },
    ],
    ...mails('SUPPRESSED'),
  },
];
