/** The words in which a scenario of practice is told. Types only. */
import type { ConsentState, Purpose, Reason, Suppression } from '../../../schema/policy';

/** What happens to one person, in order. `day`: days before today are negative; today is 0. */
export type Step = { readonly day: number } & (
  | {
      /** Told to Facet by the company: recordConsent, withdrawConsent. */
      readonly does: 'GRANT' | 'REFUSE' | 'WITHDRAW' | 'OBJECT';
      readonly purpose?: Purpose;
      readonly topic?: string;
      readonly notice?: string;
      readonly endsOnDay?: number;
      readonly channel?: 'EMAIL' | 'SMS';
    }
  /** requestConsent: a double opt-in is asked for. */
  | { readonly does: 'REQUEST'; readonly topic?: string }
  /** The link in the confirmation mail: opened (GET, as a scanner does), or its button pressed (POST). */
  | { readonly does: 'OPEN CONFIRMATION' | 'CONFIRM' }
  /** The same consent, as the CRM has held it. */
  | { readonly does: 'CRM GRANT' | 'CRM PENDING' | 'CRM WITHDRAW' | 'CRM SOFT OPT-IN' }
  /** The unsubscribe link of the last mail: opened (GET), or one-click (POST). */
  | { readonly does: 'OPEN UNSUBSCRIBE' | 'UNSUBSCRIBE' | 'UNSUBSCRIBE TWICE' }
  /** importSuppressions, as a sender's feedback brings it. */
  | { readonly does: 'SUPPRESS'; readonly reason: Suppression }
  | { readonly does: 'RESTRICT' | 'ERASE' }
  /** Every source tells another address of the person. */
  | { readonly does: 'NEW ADDRESS' }
  /** A second customer record turns out to be the same person; its own history comes first. */
  | { readonly does: 'MERGE'; readonly other: readonly Step[] }
  /** Another person, with a history of her own, has the same address. */
  | { readonly does: 'SHARE ADDRESS'; readonly other: readonly Step[] }
);

/** `SEND`, or why not: the reason that a principal with policy:explain reads. */
export type Outcome = 'SEND' | Reason;

export interface Scenario {
  /** A sentence. */
  readonly title: string;
  /** The rule it rests on. */
  readonly source: string;
  /** ISO 3166-1; null: no source tells. Default DE. */
  readonly country?: string | null;
  /** A second country that another source tells. */
  readonly otherCountry?: string;
  readonly birthDate?: string;
  readonly steps: readonly Step[];
  /** Marketing mails about promotions, about winning back, and about no topic; and the mail after an order. */
  readonly promotions: Outcome;
  readonly winBack: Outcome;
  readonly greeting: Outcome;
  readonly orderFollowUp: Outcome;
  /** The state of consent to e-mail marketing, where the scenario is about it. */
  readonly state?: ConsentState;
}
