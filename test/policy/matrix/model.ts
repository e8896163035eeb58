/**
 * What a reader must see of each field of a Customer: the model's decision (../model.ts, written from the tables of the design's §4) for
 * the category that §4 gives the field, and the masks as §4 describes them. Imports no code of ours: no schema, no directive, no policy.
 */
import { modelDecision } from '../model';
import type { ModelQuestion } from '../model';

/** Path below Customer, positions in lists left out · category · what is left of it where the category is masked. */
const FIELDS = `
identities.namespace            IDENTIFIER        same
identities.value                IDENTIFIER        keyed hash
consents.purpose                CONSENT
consents.state                  CONSENT
consents.since                  CONSENT
consents.expiresAt              CONSENT
consents.notice.id              CONSENT
consents.notice.version         CONSENT
lifetimeValue.historic.amountMinor  DERIVED
lifetimeValue.historic.currency DERIVED
engagement.score                DERIVED
engagement.components.name      DERIVED
engagement.components.value     DERIVED
contact.firstName               NAME              initial
contact.lastName                NAME              initial
contact.email                   CONTACT           e-mail
contact.phone                   CONTACT           phone
contact.language                DEMOGRAPHIC       nothing
address.line                    LOCATION          nothing
address.city                    LOCATION          nothing
address.region                  LOCATION          same
address.postcode                LOCATION          two characters
address.country                 LOCATION          same
birthDate                       DEMOGRAPHIC       five years
company.name                    DEMOGRAPHIC       nothing
lifecycleStage                  DERIVED
orders.edges.cursor             PURCHASE_HISTORY
orders.edges.node.id            PURCHASE_HISTORY
orders.edges.node.placedAt      PURCHASE_HISTORY
orders.edges.node.total.amountMinor PURCHASE_HISTORY
orders.edges.node.total.currency    PURCHASE_HISTORY
orders.edges.node.items.title   PURCHASE_HISTORY, SENSITIVE
orders.edges.node.items.quantity    PURCHASE_HISTORY, SENSITIVE
orders.edges.node.items.price.amountMinor PURCHASE_HISTORY, SENSITIVE
orders.edges.node.items.price.currency    PURCHASE_HISTORY, SENSITIVE
orders.edges.node.items.imageUrl    PURCHASE_HISTORY, SENSITIVE
orders.pageInfo.startCursor     PURCHASE_HISTORY
orders.pageInfo.endCursor       PURCHASE_HISTORY
orders.pageInfo.hasNextPage     PURCHASE_HISTORY
orders.pageInfo.hasPreviousPage PURCHASE_HISTORY
lastOrder.id                    PURCHASE_HISTORY
lastOrder.placedAt              PURCHASE_HISTORY
lastOrder.total.amountMinor     PURCHASE_HISTORY
lastOrder.total.currency        PURCHASE_HISTORY
lastOrder.items.title           PURCHASE_HISTORY, SENSITIVE
lastOrder.items.quantity        PURCHASE_HISTORY, SENSITIVE
lastOrder.items.price.amountMinor   PURCHASE_HISTORY, SENSITIVE
lastOrder.items.price.currency  PURCHASE_HISTORY, SENSITIVE
lastOrder.items.imageUrl        PURCHASE_HISTORY, SENSITIVE
totalSpent.amountMinor          PURCHASE_HISTORY
totalSpent.currency             PURCHASE_HISTORY
orderCount                      PURCHASE_HISTORY
cart.items.title                BEHAVIOUR, SENSITIVE
cart.items.quantity             BEHAVIOUR, SENSITIVE
cart.items.price.amountMinor    BEHAVIOUR, SENSITIVE
cart.items.price.currency       BEHAVIOUR, SENSITIVE
cart.items.imageUrl             BEHAVIOUR, SENSITIVE
cart.checkoutUrl                BEHAVIOUR
cart.abandonedAt                BEHAVIOUR
lastSeenAt                      BEHAVIOUR
topCategories                   BEHAVIOUR, SENSITIVE
recentlyViewed.title            BEHAVIOUR, SENSITIVE
recentlyViewed.url              BEHAVIOUR, SENSITIVE
recentlyViewed.viewedAt         BEHAVIOUR, SENSITIVE
visitCount                      BEHAVIOUR
openTickets                     SUPPORT_HISTORY
satisfaction                    SUPPORT_HISTORY
tickets.edges.cursor            SUPPORT_HISTORY
tickets.edges.node.id           SUPPORT_HISTORY
tickets.edges.node.subject      SUPPORT_HISTORY
tickets.edges.node.status       SUPPORT_HISTORY
tickets.edges.node.createdAt    SUPPORT_HISTORY
tickets.edges.node.updatedAt    SUPPORT_HISTORY
tickets.pageInfo.startCursor    SUPPORT_HISTORY
tickets.pageInfo.endCursor      SUPPORT_HISTORY
tickets.pageInfo.hasNextPage    SUPPORT_HISTORY
tickets.pageInfo.hasPreviousPage    SUPPORT_HISTORY
`;

export interface ModelField {
  /** `lastOrder.items.title` */
  readonly path: string;
  readonly category: string;
  readonly mask: string | undefined;
  /** Items of a special category stand beside the others, and show only where SENSITIVE is clear; without a note where it is not. */
  readonly holdsSensitive: boolean;
}

export const modelFields: readonly ModelField[] = FIELDS.trim()
  .split('\n')
  .map((line) => {
    const [, path = '', category = '', sensitive, mask = ''] =
      /^(\S+) +([A-Z_]+)(, SENSITIVE)? *(.*)$/.exec(line) ?? [];
    return { path, category, mask: mask === '' ? undefined : mask, holdsSensitive: sensitive !== undefined };
  });

/** Fields that say nothing of a person, and are always answered. */
export const modelNotPersonal = ['id', 'freshness.source', 'freshness.fetchedAt', 'freshness.stale'];

/** A value that is answered somewhere in its list, whatever it is: the code makes it, as a cursor. */
export const SOME = Symbol('some value');

/** What a person's record holds at a field; each list flat. */
export interface PlantedValues {
  readonly ordinary: readonly unknown[] | typeof SOME;
  readonly sensitive?: readonly unknown[];
}

/** What must be seen of one field. */
export interface Sight {
  /** CLEAR, MASK, or the reason for withholding: what the note beside the answer says; CLEAR has none. Of identities also what the note
   * about the addresses among them says. */
  readonly verdict: string;
  /** null: the field, or what it lies in, is null. */
  readonly values: readonly unknown[] | typeof SOME | null;
}

export function modelSight(question: ModelQuestion, field: ModelField, planted: PlantedValues): Sight {
  const decided = modelDecision(question, field.category);
  if (decided !== 'CLEAR' && decided !== 'MASK') return { verdict: decided, values: null };
  // "E-mail and phone identities are listed under identities only where CONTACT is clear" (README, Decisions).
  const address = field.path.startsWith('identities.') ? modelDecision(question, 'CONTACT') : 'CLEAR';
  const verdict = address === 'CLEAR' ? decided : `${decided}, addresses ${address}`;
  const { ordinary, sensitive = [] } = planted;
  if (ordinary === SOME) return { verdict, values: SOME };
  const listed = address === 'CLEAR' ? ordinary : ordinary.filter((value) => !isAddress(value));
  if (decided === 'MASK') return { verdict, values: maskOf(field, listed) };
  const seesSensitive = field.holdsSensitive && modelDecision(question, 'SENSITIVE') === 'CLEAR';
  return { verdict, values: seesSensitive ? [...listed, ...sensitive] : listed };
}

function maskOf({ path, mask }: ModelField, values: readonly unknown[]): readonly unknown[] | null {
  const masked = values.map((value) => maskedText(path, mask, String(value)));
  return masked.every((value) => value === null) ? null : masked;
}

/** Stands before the text whose hash is expected: its letters only the holder of the key can tell. */
export const KEYED_HASH = 'a keyed hash of ';

function maskedText(path: string, mask: string | undefined, text: string): string | null {
  switch (mask) {
    case 'same':
      return text;
    case 'nothing':
      return null;
    case 'initial':
      return `${text.charAt(0)}.`;
    case 'two characters':
      return `${text.slice(0, 2)}***`;
    case 'five years': {
      const year = Number(text.slice(0, 4));
      return `${year - (year % 5)}-01-01`;
    }
    case 'e-mail': {
      const [local = '', domain = ''] = text.split('@');
      return `${local.charAt(0)}***@${domain.charAt(0)}***.${domain.split('.').at(-1)}`;
    }
    case 'phone':
      return `${text.slice(0, 3)} ******* ${text.slice(-2)}`;
    case 'keyed hash':
      return `${KEYED_HASH}${text}`;
    default:
      throw new Error(`The design has no mask for ${path}.`);
  }
}

function isAddress(value: unknown): boolean {
  return value === 'email' || value === 'phone' || /@|^\+/.test(String(value));
}
