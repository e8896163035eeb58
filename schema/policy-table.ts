/**
 * The policy table, as data: reviewed as a contract. Holds no logic.
 *
 * Cells: `•` on the purpose's own basis · `P` needs consent for PERSONALIZATION as well · `m` masked at best · `–` never.
 * Source: GDPR Art. 5(1)(b) purpose limitation, 6(1) lawful basis, 9 special categories, 21 objection; ePrivacy Directive Art. 13.
 */
import type { DataCategory, Jurisdiction, Purpose, Role, Suppression } from './policy';

export type Cell = '•' | 'P' | 'm' | '–';
type Cells = Readonly<Record<DataCategory, Cell>>;

interface PurposeRow {
  /** `consent or soft opt-in`: what the law of the place permits without consent counts too (jurisdictions, below). */
  readonly basis: 'contract' | 'consent' | 'consent or soft opt-in' | 'legal duty';
  /** Does the purpose send e-mail, and of which kind? */
  readonly mails: 'transactional' | 'marketing' | 'never';
  /** Minors get no marketing and no profiling. */
  readonly notForMinors: boolean;
  readonly cells: Cells;
}

interface RoleRow {
  /** The purposes a principal of this role may name. */
  readonly purposes: readonly Purpose[];
  readonly cells: Cells;
}

/** Columns in the order of the printed table. */
function row(...cells: [Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell]): Cells {
  const [IDENTIFIER, CONTACT, NAME, LOCATION, DEMOGRAPHIC, PURCHASE_HISTORY, BEHAVIOUR, SUPPORT_HISTORY] = cells;
  const [, , , , , , , , DERIVED, CONSENT, SENSITIVE] = cells;
  return Object.freeze({
    IDENTIFIER,
    CONTACT,
    NAME,
    LOCATION,
    DEMOGRAPHIC,
    PURCHASE_HISTORY,
    BEHAVIOUR,
    SUPPORT_HISTORY,
    DERIVED,
    CONSENT,
    SENSITIVE,
  });
}

// prettier-ignore
export const purposeTable: Readonly<Record<Purpose, PurposeRow>> = Object.freeze({
  //                                                                                                              ID   CONT NAME LOC  DEMO PURC BEHA SUPP DERI CONS SENS
  ESSENTIAL_SERVICE:   { basis: 'contract',               mails: 'transactional', notForMinors: false, cells: row('•', '•', '•', '•', '–', '•', '–', '–', '–', '•', '–') },
  EMAIL_MARKETING:     { basis: 'consent or soft opt-in', mails: 'marketing',     notForMinors: true,  cells: row('•', '•', '•', '•', 'P', 'P', 'P', '–', 'P', '•', '–') },
  PERSONALIZATION:     { basis: 'consent',                mails: 'never',         notForMinors: false, cells: row('•', '–', '•', '•', '•', '•', '•', '–', '•', '•', '–') },
  ANALYTICS:           { basis: 'consent',                mails: 'never',         notForMinors: false, cells: row('m', '–', '–', 'm', 'm', '•', '•', '–', '•', '–', '–') },
  PROFILING:           { basis: 'consent',                mails: 'never',         notForMinors: true,  cells: row('m', '–', '–', '•', '•', '•', '•', '–', '•', '–', '–') },
  SUPPORT_SERVICE:     { basis: 'contract',               mails: 'never',         notForMinors: false, cells: row('•', '•', '•', '•', '–', '•', '–', '•', '–', '•', '–') },
  DATA_SUBJECT_RIGHTS: { basis: 'legal duty',             mails: 'never',         notForMinors: false, cells: row('•', '•', '•', '•', '•', '•', '•', '•', '•', '•', '•') },
});

// prettier-ignore
export const rightsTable: Readonly<Record<Role, RoleRow>> = Object.freeze({
  //                                                                                                  ID   CONT NAME LOC  DEMO PURC BEHA SUPP DERI CONS SENS
  RENDERER:        { purposes: ['ESSENTIAL_SERVICE', 'EMAIL_MARKETING', 'PERSONALIZATION'], cells: row('•', '•', '•', '•', '•', '•', '•', '–', '•', '•', '–') },
  ANALYST:         { purposes: ['ANALYTICS', 'PROFILING'],                                  cells: row('m', '–', '–', 'm', 'm', '•', '•', '–', '•', '–', '–') },
  SUPPORT_AGENT:   { purposes: ['SUPPORT_SERVICE'],                                         cells: row('•', 'm', '•', 'm', '–', '•', '–', '•', '–', '•', '–') },
  PRIVACY_OFFICER: { purposes: ['DATA_SUBJECT_RIGHTS'],                                     cells: row('•', '•', '•', '•', '•', '•', '•', '•', '•', '•', '•') },
  DATA_SUBJECT:    { purposes: ['DATA_SUBJECT_RIGHTS'],                                     cells: row('•', '•', '•', '•', '•', '•', '•', '•', '•', '•', '•') },
  ADMIN:           { purposes: [],                                                          cells: row('–', '–', '–', '–', '–', '–', '–', '–', '–', '–', '–') },
});

interface JurisdictionRow {
  /** What the law says of marketing to a person who was never asked: OPT_IN forbids it, OPT_OUT permits it until the person says no. */
  readonly regime: 'OPT_IN' | 'OPT_OUT';
  /** Does the law know marketing to existing customers without prior consent (ePrivacy Art. 13(2), § 7(3) UWG, PECR reg. 22(3))? */
  readonly softOptIn: boolean;
  /** Age from which a person counts as an adult for marketing and profiling. */
  readonly adultAgeYears: number;
}

/**
 * An unknown jurisdiction is treated as the strictest. Source of OPT_OUT: CAN-SPAM, 15 U.S.C. § 7704(a); of the age: UN CRC Art. 1, DSA
 * Art. 28(2), and the ICO's Age appropriate design code. GDPR Art. 8 asks for less where it is consent to a service that is given.
 */
export const jurisdictions: Readonly<Record<Jurisdiction, JurisdictionRow>> = Object.freeze({
  EU: { regime: 'OPT_IN', softOptIn: true, adultAgeYears: 18 },
  UK: { regime: 'OPT_IN', softOptIn: true, adultAgeYears: 18 },
  US: { regime: 'OPT_OUT', softOptIn: true, adultAgeYears: 18 },
  OTHER: { regime: 'OPT_IN', softOptIn: false, adultAgeYears: 18 },
  UNKNOWN: { regime: 'OPT_IN', softOptIn: false, adultAgeYears: 18 },
});

/** What stops a mail of each kind, whatever was consented to. Source: RFC 3463 class 5, RFC 6650, RFC 8058, GDPR Art. 17. */
export const stoppedBy: Readonly<Record<'transactional' | 'marketing', readonly Suppression[]>> = Object.freeze({
  transactional: ['HARD_BOUNCE', 'ERASED'],
  marketing: ['HARD_BOUNCE', 'ERASED', 'COMPLAINT', 'UNSUBSCRIBED'],
});

export interface PolicyTables {
  readonly purposes: Readonly<Record<Purpose, PurposeRow>>;
  readonly rights: Readonly<Record<Role, RoleRow>>;
  readonly jurisdictions: Readonly<Record<Jurisdiction, JurisdictionRow>>;
  readonly stoppedBy: Readonly<Record<'transactional' | 'marketing', readonly Suppression[]>>;
}

/** The tables in force. */
export const policyTables: PolicyTables = Object.freeze({
  purposes: purposeTable,
  rights: rightsTable,
  jurisdictions,
  stoppedBy,
});
