export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A place in the change feed. Opaque; what comes later has another one. */
  Cursor: { input: any; output: any; }
  /** Any scalar literal that fits the field. */
  FallbackValue: { input: string | number | boolean; output: string | number | boolean; }
  /** Whose ids an identity is one of: `email`, `phone`, `hubspot.contact`, `shopify.customer`, `posthog.distinct_id`, `zendesk.user`, a sender’s `braze.external_id`. Checked against the registry. */
  IdentityNamespace: { input: string; output: string; }
  /** The `SafeInt` scalar type represents non-fractional signed whole numeric values that are considered safe as defined by the ECMAScript specification. */
  SafeInt: { input: number; output: number; }
};

/** Why a role sees, for a purpose, what it sees of a person. */
export type AccessExplanation = {
  /** On what the purpose rests: contract, consent, consent or soft opt-in, legal duty. */
  readonly basis: Scalars['String']['output'];
  /** One entry per category. */
  readonly categories: ReadonlyArray<CategoryExplanation>;
  /** Where the person’s consent to the purpose, and topic, stands. */
  readonly consent: ConsentState;
  /** The person; of a merged one, the survivor. */
  readonly customerId: Scalars['ID']['output'];
  /** May the role act for this purpose at all? */
  readonly entitled: Scalars['Boolean']['output'];
  /** May the person be mailed for this purpose? */
  readonly mailed: Scalars['Boolean']['output'];
  /** May be mailed, and why not once that is over. */
  readonly mailedObserved: Maybe<WithholdReason>;
  /** Why not. */
  readonly mailedReason: Maybe<WithholdReason>;
  /** The purpose asked about. */
  readonly purpose: Purpose;
  /** The role asked about. */
  readonly role: Role;
  /** The template’s topic; null: every topic. */
  readonly topic: Maybe<Scalars['String']['output']>;
};

/** Postal address. */
export type Address = {
  /** City or town. */
  readonly city: Maybe<Scalars['String']['output']>;
  /** ISO 3166-1 alpha-2 code. */
  readonly country: Maybe<Scalars['String']['output']>;
  /** Street and house number. */
  readonly line: Maybe<Scalars['String']['output']>;
  /** Postal code. */
  readonly postcode: Maybe<Scalars['String']['output']>;
  /** State, county or region. */
  readonly region: Maybe<Scalars['String']['output']>;
};

/** All conditions given must hold. */
export type AuditFilter = {
  /** By this principal or source. */
  readonly actor?: InputMaybe<Scalars['String']['input']>;
  /** About this data subject. */
  readonly customerId?: InputMaybe<Scalars['ID']['input']>;
  /** Of this kind. */
  readonly kind?: InputMaybe<AuditKind>;
};

/** What an entry of the audit trail is about. */
export type AuditKind =
  /** Facet itself was changed. */
  | 'ADMINISTRATION'
  /** A data subject’s consent was recorded. */
  | 'CONSENT'
  /** Personal data was asked for. */
  | 'READ'
  /** A data subject’s right was exercised. */
  | 'RIGHTS';

/** One entry of the audit trail. Ids and names only, never a value. */
export type AuditTrailEntry = {
  /** What was done: read, eraseCustomer … */
  readonly action: Scalars['String']['output'];
  /** The principal’s id, a source’s name, or facet. */
  readonly actor: Scalars['String']['output'];
  /** UTC, ISO 8601. Reads are noted within a second. */
  readonly at: Scalars['String']['output'];
  /** READ: categories that could be seen. */
  readonly clear: ReadonlyArray<Scalars['String']['output']>;
  /** JSON of further names and codes. */
  readonly details: Maybe<Scalars['String']['output']>;
  /** SHA-256 over the entry and the hash of the one before, hexadecimal. */
  readonly hash: Scalars['String']['output'];
  /** What it is about. */
  readonly kind: AuditKind;
  /** READ: categories that were masked. */
  readonly masked: ReadonlyArray<Scalars['String']['output']>;
  /** READ: categories that would have been withheld, were missing consent not only observed. */
  readonly observed: ReadonlyArray<Scalars['String']['output']>;
  /** For which purpose. */
  readonly purpose: Maybe<Scalars['String']['output']>;
  /** The principal’s role. */
  readonly role: Maybe<Scalars['String']['output']>;
  /** Place in the chain, from 1 without gaps. */
  readonly seq: Scalars['Int']['output'];
  /** The data subjects. */
  readonly subjects: ReadonlyArray<Scalars['ID']['output']>;
  /** READ: categories that were withheld. */
  readonly withheld: ReadonlyArray<Scalars['String']['output']>;
};

/** A page of the audit trail. */
export type AuditTrailPage = {
  /** The newest first. */
  readonly entries: ReadonlyArray<AuditTrailEntry>;
  /** Pass it as `after` to go on; null: that was all. */
  readonly next: Maybe<Scalars['String']['output']>;
};

/** The cart the person left behind. */
export type Cart = {
  /** UTC, ISO 8601: the last time the cart was touched. */
  readonly abandonedAt: Maybe<Scalars['String']['output']>;
  /** HTTPS address at which the person can go on. */
  readonly checkoutUrl: Maybe<Scalars['String']['output']>;
  /** What lies in it. Lines of a special category are seen with SENSITIVE only. */
  readonly items: Maybe<ReadonlyArray<Item>>;
};

/** The decision on one category. */
export type CategoryExplanation = {
  /** The purpose’s cell of the policy table: • its own basis, P with PERSONALIZATION, m masked, – never. */
  readonly byPurpose: Scalars['String']['output'];
  /** The role’s cell of the policy table. */
  readonly byRole: Scalars['String']['output'];
  /** Of the categories of @personalData. */
  readonly category: Scalars['String']['output'];
  /** Answered, and why it would be withheld, were missing consent not only observed for the time being. */
  readonly observed: Maybe<WithholdReason>;
  /** Why it is withheld. */
  readonly reason: Maybe<WithholdReason>;
  /** What is answered. */
  readonly verdict: Verdict;
};

/** What happened to a customer. */
export type ChangeKind =
  /** Erased on the data subject’s request. */
  | 'ERASED'
  /** Turned out to be another customer; the id answers the survivor from now on. */
  | 'MERGED'
  /** Changes were lost, of any customers: read anew what matters. What comes now is complete again. */
  | 'RESYNC'
  /** Fields changed. */
  | 'UPDATED';

/** The company the person works for. */
export type Company = {
  /** Name of the company. */
  readonly name: Maybe<Scalars['String']['output']>;
};

/** Where consent to one purpose stands. */
export type Consent = {
  /** UTC, ISO 8601: when a grant ends. */
  readonly expiresAt: Maybe<Scalars['String']['output']>;
  /** The notice it was given on. */
  readonly notice: Maybe<ConsentNotice>;
  /** The purpose asked about. */
  readonly purpose: Purpose;
  /** UTC, ISO 8601: when the state came about. */
  readonly since: Maybe<Scalars['String']['output']>;
  /** Derived from the ledger, at this moment. */
  readonly state: ConsentState;
};

/** What the data subject expressed. Taking consent back is `withdrawConsent`. */
export type ConsentAction =
  /** Confirms a consent that is PENDING. */
  | 'CONFIRM'
  /** Gives consent; GRANTED at once. */
  | 'GRANT'
  /** Objects to the purpose, whatever its basis (GDPR Art. 21). */
  | 'OBJECT'
  /** Was asked and said no. */
  | 'REFUSE';

/** What a recorded or withdrawn consent led to. */
export type ConsentChange = {
  /** The new state. */
  readonly consent: Consent;
  /** The customer, by the id that is valid now. */
  readonly customerId: Scalars['ID']['output'];
  /** The event in the consent ledger. */
  readonly recordId: Scalars['ID']['output'];
  /** The customer’s consent version after the event; it only rises. */
  readonly version: Scalars['Int']['output'];
};

/** What a consent is about. Only EMAIL, or none, moves what Facet mails; the others are kept as proof. */
export type ConsentChannel =
  /** E-mail. */
  | 'EMAIL'
  /** Calls. */
  | 'PHONE'
  /** Letters. */
  | 'POST'
  /** Notifications of an app. */
  | 'PUSH'
  /** Text messages. */
  | 'SMS';

/** A state of consent to look for. */
export type ConsentFilter = {
  /** The purpose asked about. */
  readonly purpose: Purpose;
  /** Where consent to it stands. */
  readonly state: ConsentState;
};

/** The text a person agreed to. */
export type ConsentNotice = {
  /** Which notice. */
  readonly id: Scalars['ID']['output'];
  /** Which version of it. */
  readonly version: Scalars['String']['output'];
};

/** The text a person agreed to. */
export type ConsentNoticeInput = {
  /** Which notice. */
  readonly id: Scalars['ID']['input'];
  /** SHA-256 of its text, hexadecimal; must fit a registered one. */
  readonly sha256?: InputMaybe<Scalars['String']['input']>;
  /** Which version of it. */
  readonly version: Scalars['String']['input'];
};

/** A double opt-in that was asked for. */
export type ConsentRequest = {
  /** The new state: PENDING. */
  readonly consent: Consent;
  /** The customer, by the id that is valid now. */
  readonly customerId: Scalars['ID']['output'];
  /** The event in the consent ledger. */
  readonly recordId: Scalars['ID']['output'];
  /** To be mailed to the address it is about, and shown nowhere else: as the link `/c/{token}` at the gateway, or for recordConsent with CONFIRM. Good for 30 days. */
  readonly token: Scalars['String']['output'];
  /** The customer’s consent version after the event; it only rises. */
  readonly version: Scalars['Int']['output'];
};

/** One consent that was collected elsewhere. Columns of a file: text, empty ones absent. */
export type ConsentRowInput = {
  /** GRANT, CONFIRM, REFUSE, WITHDRAW, EXPIRE or OBJECT. */
  readonly action?: InputMaybe<Scalars['String']['input']>;
  /** CONSENT, or SOFT_OPT_IN for an address from a sale. */
  readonly basis?: InputMaybe<Scalars['String']['input']>;
  /** A ConsentChannel; none: every channel. */
  readonly channel?: InputMaybe<Scalars['String']['input']>;
  /** The person, by id; else by `namespace` and `value`. */
  readonly customerId?: InputMaybe<Scalars['String']['input']>;
  /** ISO 8601: when a grant ends. */
  readonly expiresAt?: InputMaybe<Scalars['String']['input']>;
  /** A Jurisdiction. */
  readonly jurisdiction?: InputMaybe<Scalars['String']['input']>;
  /** BCP 47. */
  readonly language?: InputMaybe<Scalars['String']['input']>;
  /** How it was expressed. */
  readonly method?: InputMaybe<Scalars['String']['input']>;
  /** Whose id `value` is: email, hubspot.contact … */
  readonly namespace?: InputMaybe<Scalars['String']['input']>;
  /** The notice that was shown. */
  readonly noticeId?: InputMaybe<Scalars['String']['input']>;
  /** SHA-256 of its text, hexadecimal. */
  readonly noticeSha256?: InputMaybe<Scalars['String']['input']>;
  /** Which version of it. */
  readonly noticeVersion?: InputMaybe<Scalars['String']['input']>;
  /** ISO 8601 with its zone. */
  readonly occurredAt?: InputMaybe<Scalars['String']['input']>;
  /** `true` for a grant that waits for its CONFIRM. */
  readonly pending?: InputMaybe<Scalars['String']['input']>;
  /** Where it can be shown. No address. */
  readonly proof?: InputMaybe<Scalars['String']['input']>;
  /** A Purpose. */
  readonly purpose?: InputMaybe<Scalars['String']['input']>;
  /** One topic; none: every topic. */
  readonly topic?: InputMaybe<Scalars['String']['input']>;
  /** The id or address. */
  readonly value?: InputMaybe<Scalars['String']['input']>;
};

/** Where consent to a purpose stands, derived from the ledger of consent events. */
export type ConsentState =
  /** Given for a time that is over. */
  | 'EXPIRED'
  /** Given, confirmed where that was asked for, and not expired. */
  | 'GRANTED'
  /** Nothing is recorded. */
  | 'NOT_ASKED'
  /** Objection (GDPR Art. 21): overrides every basis until a later grant. */
  | 'OBJECTED'
  /** Given, but not confirmed yet (double opt-in). Not consent. */
  | 'PENDING'
  /** Asked and denied. */
  | 'REFUSED'
  /** Given once and taken back (GDPR Art. 7(3)). */
  | 'WITHDRAWN';

/** How the person is addressed and reached. */
export type Contact = {
  /** E-mail address, trimmed and lower-case. */
  readonly email: Maybe<Scalars['String']['output']>;
  /** Given name, as the person writes it. */
  readonly firstName: Maybe<Scalars['String']['output']>;
  /** Preferred language, BCP 47. */
  readonly language: Maybe<Scalars['String']['output']>;
  /** Family name, as the person writes it. */
  readonly lastName: Maybe<Scalars['String']['output']>;
  /** Phone number in E.164 where it can be read as one. */
  readonly phone: Maybe<Scalars['String']['output']>;
};

/** One field in the data subject’s own words. */
export type CorrectionInput = {
  /** Path below Customer of a text: contact.firstName, address.city, birthDate … */
  readonly path: Scalars['String']['input'];
  /** The value; null takes an earlier correction back. */
  readonly value?: InputMaybe<Scalars['String']['input']>;
};

/** A data subject, joined over all sources. */
export type Customer = {
  /** Postal address. */
  readonly address: Maybe<Address>;
  /** ISO 8601 date without zone. */
  readonly birthDate: Maybe<Scalars['String']['output']>;
  /** The newest open cart; null when there is none. */
  readonly cart: Maybe<Cart>;
  /** The company the person works for. */
  readonly company: Maybe<Company>;
  /** One entry per purpose. */
  readonly consents: Maybe<ReadonlyArray<Consent>>;
  /** How the person is addressed and reached. */
  readonly contact: Maybe<Contact>;
  /** How much the person has had to do with the shop of late. */
  readonly engagement: Maybe<Engagement>;
  /** How fresh what is known is, source by source. */
  readonly freshness: ReadonlyArray<Freshness>;
  /** ULID. A pseudonym: never an e-mail address, never a source’s own id. */
  readonly id: Scalars['ID']['output'];
  /** Ids by which systems know the person. Addresses are among them only where CONTACT is clear. */
  readonly identities: Maybe<ReadonlyArray<Identity>>;
  /** The newest order; null when there is none. */
  readonly lastOrder: Maybe<Order>;
  /** UTC, ISO 8601: the last time the person was seen on the site. */
  readonly lastSeenAt: Maybe<Scalars['String']['output']>;
  /** Stage in the CRM’s pipeline: subscriber, lead, opportunity, customer, evangelist, other. */
  readonly lifecycleStage: Maybe<Scalars['String']['output']>;
  /** What the customer has been worth. */
  readonly lifetimeValue: Maybe<LifetimeValue>;
  /** Number of tickets that are new, open, pending or on hold. */
  readonly openTickets: Maybe<Scalars['Int']['output']>;
  /** Number of orders, as the shop counts them. */
  readonly orderCount: Maybe<Scalars['SafeInt']['output']>;
  /** Orders, newest first. */
  readonly orders: Maybe<OrderConnection>;
  /** Up to ten products looked at in 90 days, the latest first. Those of a special category (a pharmacy article) are seen with SENSITIVE only. */
  readonly recentlyViewed: Maybe<ReadonlyArray<ViewedPage>>;
  /** good or bad: what the person said of the newest ticket they rated; null when they rated none. */
  readonly satisfaction: Maybe<Scalars['String']['output']>;
  /** Tickets, newest first, as of the last sync or webhook. */
  readonly tickets: Maybe<TicketConnection>;
  /** Up to three product categories looked at most in 90 days, the first the most; special ones are seen with SENSITIVE only. */
  readonly topCategories: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** What the person has spent, as the shop counts it. */
  readonly totalSpent: Maybe<Money>;
  /** Number of visits (sessions) in the last 30 days. */
  readonly visitCount: Maybe<Scalars['Int']['output']>;
};


/** A data subject, joined over all sources. */
export type CustomerOrdersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


/** A data subject, joined over all sources. */
export type CustomerTicketsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

/** A change of one customer, read for the one who is told of it. */
export type CustomerChange = {
  /** Names of the fields of Customer that changed, as far as the subscriber may see them. */
  readonly changedFields: ReadonlyArray<Scalars['String']['output']>;
  /** Where in the feed the change stands. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The customer as it is now; null for RESYNC. */
  readonly customer: Maybe<Customer>;
  /** What happened. */
  readonly kind: ChangeKind;
};

/** Customers in order of id (Relay connection). There is no total count: it would answer what is withheld. */
export type CustomerConnection = {
  /** This page. */
  readonly edges: ReadonlyArray<CustomerEdge>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
};

/** A customer in its connection. */
export type CustomerEdge = {
  /** Pass it as `after` to go on from here. */
  readonly cursor: Scalars['String']['output'];
  /** The customer. */
  readonly node: Customer;
};

/** An erasure, place by place (GDPR Art. 17). */
export type CustomerErasure = {
  /** UTC, ISO 8601: when the last receipt came; null: under way. */
  readonly completedAt: Maybe<Scalars['String']['output']>;
  /** The data subject. */
  readonly customerId: Scalars['ID']['output'];
  /** UTC, ISO 8601: when the law wants it answered (GDPR Art. 12(3)). */
  readonly dueAt: Scalars['String']['output'];
  /** The places that are not. */
  readonly pending: ReadonlyArray<PendingErasure>;
  /** PEM of the Ed25519 key that the receipts are signed with. */
  readonly publicKey: Scalars['String']['output'];
  /** One for each place that is done. */
  readonly receipts: ReadonlyArray<ErasureReceipt>;
  /** UTC, ISO 8601. */
  readonly requestedAt: Scalars['String']['output'];
  /** The state now. */
  readonly status: CustomerStatus;
  /** The customer’s version after the change. */
  readonly version: Scalars['Int']['output'];
};

/** Everything stored of a data subject (GDPR Art. 15 and 20). */
export type CustomerExport = {
  /** The data subject. */
  readonly customerId: Scalars['ID']['output'];
  /** JSON: each source’s record with its id, age and schema version; what was rectified; identities, derived traits, the ledger of consent, and why mails are stopped: suppressions by keyed hash of the address, with reason and time. */
  readonly document: Scalars['String']['output'];
  /** UTC, ISO 8601. */
  readonly exportedAt: Scalars['String']['output'];
  /** Version of the document’s shape. */
  readonly schemaVersion: Scalars['Int']['output'];
  /** The state now. */
  readonly status: CustomerStatus;
  /** The customer’s version after the change. */
  readonly version: Scalars['Int']['output'];
};

/** All conditions given must hold. A condition on what is withheld never does. */
export type CustomerFilter = {
  /** With consent in this state. */
  readonly consent?: InputMaybe<ConsentFilter>;
  /** Known by this id. */
  readonly identity?: InputMaybe<IdentityInput>;
  /** Under this law. */
  readonly jurisdiction?: InputMaybe<Jurisdiction>;
};

/** A customer after a right was exercised. */
export type CustomerState = {
  /** The data subject. */
  readonly customerId: Scalars['ID']['output'];
  /** The state now. */
  readonly status: CustomerStatus;
  /** The customer’s version after the change. */
  readonly version: Scalars['Int']['output'];
};

/** Whether a customer’s data may be processed at all. */
export type CustomerStatus =
  /** As purposes and consents say. */
  | 'ACTIVE'
  /** Erased, or being erased: nothing is answered (GDPR Art. 17). */
  | 'ERASED'
  /** Stored, and used for nothing but the data subject’s rights (GDPR Art. 18). */
  | 'RESTRICTED';

/** Kind of personal data (W3C DPV and fideslang names in brackets). */
export type DataCategory =
  /** What the person does on site: carts, visits, views (dpv-pd:Behavioral, user.behavior). */
  | 'BEHAVIOUR'
  /** What the person has agreed to and refused (dpv:ConsentRecord, user.privacy_preferences). */
  | 'CONSENT'
  /** Where the person can be reached: e-mail address, phone number (dpv-pd:Contact, user.contact). */
  | 'CONTACT'
  /** Age, language, employer (dpv-pd:Demographic, user.demographic). */
  | 'DEMOGRAPHIC'
  /** What was computed about the person: lifetime value, lifecycle stage, segments (dpv:InferredPersonalData, user.derived). */
  | 'DERIVED'
  /** Ids of the person in other systems (dpv-pd:Identifying, user.unique_id). */
  | 'IDENTIFIER'
  /** Where the person lives or is (dpv-pd:Location, user.location). */
  | 'LOCATION'
  /** The person's names (dpv-pd:Name, user.name). */
  | 'NAME'
  /** Orders and amounts spent (dpv-pd:PurchasesAndSpendingHabit, user.financial). */
  | 'PURCHASE_HISTORY'
  /** Special categories, GDPR Art. 9: what a pharmacy order tells (dpv:SpecialCategoryPersonalData, user.health_and_medical). */
  | 'SENSITIVE'
  /** Tickets and what was said in them (dpv-pd:ServiceConsumptionBehavior, user.content). */
  | 'SUPPORT_HISTORY';

/** How much the person has had to do with the shop in the last 30 days. */
export type Engagement = {
  /** The points it is made of. */
  readonly components: Maybe<ReadonlyArray<EngagementComponent>>;
  /** 0 to 100, of this moment: 100 · (1 − e^(−points ÷ 50)). */
  readonly score: Maybe<Scalars['Int']['output']>;
};

/** One part of the engagement score. */
export type EngagementComponent = {
  /** What the person did: pageview, order, ticket_opened … */
  readonly name: Maybe<Scalars['String']['output']>;
  /** Points it has left today; they halve every 14 days. */
  readonly value: Maybe<Scalars['Float']['output']>;
};

/** What came of an erasure at one place. */
export type ErasureOutcome =
  /** Gone. */
  | 'ERASED'
  /** Kept on a ground of law or of the vendor’s, which the receipt names (GDPR Art. 17(3)). */
  | 'RETAINED';

/** What came of an erasure at one place, signed. */
export type ErasureReceipt = {
  /** UTC, ISO 8601. */
  readonly at: Scalars['String']['output'];
  /** RETAINED: on what ground. */
  readonly basis: Maybe<Scalars['String']['output']>;
  /** What came of it. */
  readonly outcome: ErasureOutcome;
  /** Ed25519 over the statement’s UTF-8, base64url. */
  readonly signature: Scalars['String']['output'];
  /** The source, or `profiles` for what Facet itself kept. */
  readonly source: Scalars['String']['output'];
  /** What is signed: the receipt as JSON. */
  readonly statement: Scalars['String']['output'];
  /** RETAINED: UTC, ISO 8601, until when; null when nobody says. */
  readonly until: Maybe<Scalars['String']['output']>;
};

/** How fresh what is known from one source is. */
export type Freshness = {
  /** UTC, ISO 8601: when the source last answered; null: never. */
  readonly fetchedAt: Maybe<Scalars['String']['output']>;
  /** Name of the source. */
  readonly source: Scalars['String']['output'];
  /** Older than this request tolerates. */
  readonly stale: Scalars['Boolean']['output'];
};

/** An id by which a system knows the person. */
export type Identity = {
  /** Whose id it is. */
  readonly namespace: Maybe<Scalars['IdentityNamespace']['output']>;
  /** The id itself. */
  readonly value: Maybe<Scalars['String']['output']>;
};

/** An id by which a system knows the person. */
export type IdentityInput = {
  /** Whose id it is. */
  readonly namespace: Scalars['IdentityNamespace']['input'];
  /** The id itself. */
  readonly value: Scalars['String']['input'];
};

/** What became of the rows of one import. */
export type ImportReport = {
  /** Rows that were there already. */
  readonly known: Scalars['Int']['output'];
  /** Rows that were new. */
  readonly recorded: Scalars['Int']['output'];
  /** Rows that were not taken. */
  readonly refused: ReadonlyArray<RefusedRow>;
};

/** One line of an order or a cart. */
export type Item = {
  /** HTTPS address of a picture. */
  readonly imageUrl: Maybe<Scalars['String']['output']>;
  /** Price of one piece, discounts of the line included. */
  readonly price: Maybe<Money>;
  /** Number of pieces. */
  readonly quantity: Maybe<Scalars['Int']['output']>;
  /** What was bought, as the shop names it. */
  readonly title: Maybe<Scalars['String']['output']>;
};

/** Whose law on consent applies to the person. */
export type Jurisdiction =
  /** European Union and European Economic Area. */
  | 'EU'
  /** Any other known country. */
  | 'OTHER'
  /** United Kingdom. */
  | 'UK'
  /** Not known, or sources disagree; treated as the strictest. */
  | 'UNKNOWN'
  /** United States. */
  | 'US';

/** What the customer has been and is expected to be worth. */
export type LifetimeValue = {
  /** Sum of orders, neither cancelled nor test, less refunds, in the shop’s currency. */
  readonly historic: Maybe<Money>;
};

/** Why something that forbids mails or keeps somebody out is no longer so. */
export type LiftGround =
  /** The address takes mail again. Of a suppression only. */
  | 'ADDRESS_WORKS'
  /** It should not have been recorded. */
  | 'RECORDED_BY_MISTAKE'
  /** The person asked for it, and it was made sure who asked. */
  | 'SUBJECT_ASKED';

/** A suppression that is to end. */
export type LiftSuppressionInput = {
  /** In its stead the key an export gave. */
  readonly addressKey?: InputMaybe<Scalars['String']['input']>;
  /** The address. */
  readonly email?: InputMaybe<Scalars['String']['input']>;
  /** Why. */
  readonly ground: LiftGround;
  /** COMPLAINT or HARD_BOUNCE. UNSUBSCRIBED ends with the person’s own consent to every topic, ERASED with readmitErased. */
  readonly reason: Suppression;
  /** A ticket’s number, for the audit trail. Nobody’s name. */
  readonly reference?: InputMaybe<Scalars['String']['input']>;
};

/** How a value is masked. Every mask is deterministic and hides the length of what it masks. */
export type Mask =
  /** First day of the five-year band the date lies in: 1985-01-01 */
  | 'BIRTH_DATE'
  /** Coarse enough to be shown as it is below a masked field: a country, a region, a currency. */
  | 'COARSE'
  /** j***@e***.com */
  | 'EMAIL'
  /** A keyed hash: the same value gives the same hash, which cannot be turned back. */
  | 'HASH'
  /** Lower bound of the band the amount lies in: 1, 2 or 5 times a power of ten. */
  | 'MONEY'
  /** J. */
  | 'NAME'
  /** +49 ******* 78 */
  | 'PHONE'
  /** First two characters: 10*** */
  | 'POSTCODE';

/** An amount in one currency. */
export type Money = {
  /** Amount in the currency’s minor unit: 1999 with EUR is 19.99 €, 1999 with JPY is 1,999 ¥. */
  readonly amountMinor: Scalars['SafeInt']['output'];
  /** ISO 4217 code, upper case. */
  readonly currency: Scalars['String']['output'];
};

export type Mutation = {
  /** Erases a data subject here and at every source (GDPR Art. 17): nothing is answered from now on, and each place hands in a signed receipt. For the data subject on the own id, and privacy officers. */
  readonly eraseCustomer: CustomerErasure;
  /** Hands out everything stored of a data subject, over all sources (GDPR Art. 15, 20). For the data subject on the own id, and privacy officers. */
  readonly exportCustomer: CustomerExport;
  /** Consent that was collected elsewhere, up to 100 rows; the same row is recorded once. For privacy officers. */
  readonly importConsents: ImportReport;
  /** Addresses that must not be mailed, up to 100 rows, as senders report them. For privacy officers. */
  readonly importSuppressions: ImportReport;
  /** Ends a COMPLAINT or HARD_BOUNCE that is not, or no longer, so. For privacy officers. */
  readonly liftSuppression: SuppressionLift;
  /** Lets somebody erased in again, who then is a new customer, asked for consent anew: nothing of before comes back. For privacy officers. */
  readonly readmitErased: Readmission;
  /** Records what a data subject expressed. For the data subject, privacy officers and support agents. */
  readonly recordConsent: ConsentChange;
  /** Corrects what sources say of a data subject; the correction stands whatever they say later (GDPR Art. 16). For the data subject on the own id, and privacy officers. */
  readonly rectifyCustomer: CustomerState;
  /** Asks for a double opt-in: PENDING, which is no consent, until the token comes back from the mailbox. For the data subject, privacy officers and support agents. */
  readonly requestConsent: ConsentRequest;
  /** Restricts processing to the data subject’s rights, or lifts the restriction (GDPR Art. 18). For the data subject on the own id, and privacy officers. */
  readonly restrictCustomer: CustomerState;
  /** Takes a consent back, effective on the next read. For the data subject, privacy officers and support agents. */
  readonly withdrawConsent: ConsentChange;
};


export type MutationEraseCustomerArgs = {
  id: Scalars['ID']['input'];
};


export type MutationExportCustomerArgs = {
  id: Scalars['ID']['input'];
};


export type MutationImportConsentsArgs = {
  rows: ReadonlyArray<ConsentRowInput>;
};


export type MutationImportSuppressionsArgs = {
  rows: ReadonlyArray<SuppressionRowInput>;
};


export type MutationLiftSuppressionArgs = {
  input: LiftSuppressionInput;
};


export type MutationReadmitErasedArgs = {
  input: ReadmitErasedInput;
};


export type MutationRecordConsentArgs = {
  input: RecordConsentInput;
};


export type MutationRectifyCustomerArgs = {
  input: RectifyCustomerInput;
};


export type MutationRequestConsentArgs = {
  input: RequestConsentInput;
};


export type MutationRestrictCustomerArgs = {
  id: Scalars['ID']['input'];
  restricted?: Scalars['Boolean']['input'];
};


export type MutationWithdrawConsentArgs = {
  input: WithdrawConsentInput;
};

export type OnMissing =
  /** The field stays null. */
  | 'DEFAULT'
  /** The request fails with 503 REQUIRED_MISSING, so that the sender tries again. */
  | 'FAIL'
  /** The mail is not sent: `send: false`, reason REQUIRED_MISSING. */
  | 'SKIP';

/** A placed order; cancelled and test orders are left out. */
export type Order = {
  /** The shop’s id of the order. */
  readonly id: Scalars['ID']['output'];
  /** Lines of the order. Lines of a special category (a pharmacy article) are seen with SENSITIVE only. */
  readonly items: Maybe<ReadonlyArray<Item>>;
  /** UTC, ISO 8601. */
  readonly placedAt: Scalars['String']['output'];
  /** Current total in the shop’s currency, after returns. */
  readonly total: Maybe<Money>;
};

/** Orders, newest first (Relay connection). */
export type OrderConnection = {
  /** This page. */
  readonly edges: ReadonlyArray<OrderEdge>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
};

/** An order in its connection. */
export type OrderEdge = {
  /** Pass it as `after` to go on from here. */
  readonly cursor: Scalars['String']['output'];
  /** The order. */
  readonly node: Order;
};

/** Where a page lies in its list (Relay Cursor Connections). */
export type PageInfo = {
  /** Cursor of the page’s last edge: pass it as `after`. */
  readonly endCursor: Maybe<Scalars['String']['output']>;
  /** Is there more after this page? */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Is there more before this page? */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the page’s first edge. */
  readonly startCursor: Maybe<Scalars['String']['output']>;
};

/** A place where the erasure is still to be done. */
export type PendingErasure = {
  /** Times it was tried and failed. */
  readonly failures: Scalars['Int']['output'];
  /** Code of the last failure. */
  readonly lastFailure: Maybe<Scalars['String']['output']>;
  /** UTC, ISO 8601: not tried before. */
  readonly nextAttemptAt: Scalars['String']['output'];
  /** The source. */
  readonly source: Scalars['String']['output'];
};

/** Why personal data is read (GDPR Art. 5(1)(b)); decides, with consent, what may be seen. */
export type Purpose =
  /** Statistics about use, on consent, with masked identifiers. */
  | 'ANALYTICS'
  /** Access, rectification, erasure, portability (GDPR Art. 15–20). */
  | 'DATA_SUBJECT_RIGHTS'
  /** Advertising by e-mail, on consent or soft opt-in. */
  | 'EMAIL_MARKETING'
  /** What the contract needs: order confirmation, delivery, safety notices. */
  | 'ESSENTIAL_SERVICE'
  /** Content chosen for the person, on consent. */
  | 'PERSONALIZATION'
  /** Traits and segments computed per person, on consent. */
  | 'PROFILING'
  /** Answering the person’s own questions. */
  | 'SUPPORT_SERVICE';

export type Query = {
  /** Who read which categories of whom for what, and what was changed by whom. For privacy officers. */
  readonly auditTrail: AuditTrailPage;
  /** One customer; null when the id is unknown. */
  readonly customer: Maybe<Customer>;
  /** The customer known by an id elsewhere; null when there is none, or the namespace is out of the principal’s reach. */
  readonly customerByIdentity: Maybe<Customer>;
  /** Several customers, in the order asked, null where unknown. */
  readonly customers: ReadonlyArray<Maybe<Customer>>;
  /** How a data subject’s erasure stands; null when none was asked for. For the data subject on the own id, and privacy officers. */
  readonly erasure: Maybe<CustomerErasure>;
  /** Explains, category by category, what a role sees of a person for a purpose. For privacy officers and administrators. */
  readonly explainAccess: AccessExplanation;
  /** Customers that meet a filter, in order of id. Not for renderers. */
  readonly searchCustomers: CustomerConnection;
  /** The suppression list, by keyed hash of the address, for an export. For privacy officers. */
  readonly suppressions: SuppressionPage;
};


export type QueryAuditTrailArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditFilter>;
  first?: Scalars['Int']['input'];
};


export type QueryCustomerArgs = {
  id: Scalars['ID']['input'];
};


export type QueryCustomerByIdentityArgs = {
  namespace: Scalars['IdentityNamespace']['input'];
  value: Scalars['String']['input'];
};


export type QueryCustomersArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


export type QueryErasureArgs = {
  id: Scalars['ID']['input'];
};


export type QueryExplainAccessArgs = {
  customerId: Scalars['ID']['input'];
  purpose: Purpose;
  role: Role;
  template?: InputMaybe<Scalars['String']['input']>;
};


export type QuerySearchCustomersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<CustomerFilter>;
  first?: Scalars['Int']['input'];
};


export type QuerySuppressionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

/** What no longer keeps somebody out. */
export type Readmission = {
  /** Addresses that are no longer suppressed as ERASED; other reasons stay. */
  readonly suppressions: Scalars['Int']['output'];
  /** Ids and addresses under which a record is taken in again. */
  readonly tombstones: Scalars['Int']['output'];
};

/** Somebody erased who is to be let in again. */
export type ReadmitErasedInput = {
  /** SUBJECT_ASKED or RECORDED_BY_MISTAKE. */
  readonly ground: LiftGround;
  /** 1 to 20 ids and addresses under which the person comes back. Any other stays shut. */
  readonly identities: ReadonlyArray<IdentityInput>;
  /** A ticket’s number, for the audit trail. Nobody’s name. */
  readonly reference?: InputMaybe<Scalars['String']['input']>;
};

/** What a data subject expressed. */
export type RecordConsentInput = {
  /** What was expressed. */
  readonly action: ConsentAction;
  /** One channel; none: every channel. */
  readonly channel?: InputMaybe<ConsentChannel>;
  /** The data subject. */
  readonly customerId: Scalars['ID']['input'];
  /** ISO 8601: when a grant ends. */
  readonly expiresAt?: InputMaybe<Scalars['String']['input']>;
  /** The same key records the same event once. */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** BCP 47: the language in which the person was asked. */
  readonly language?: InputMaybe<Scalars['String']['input']>;
  /** How it was expressed: web_form, phone, paper … */
  readonly method: Scalars['String']['input'];
  /** The notice the person was shown. */
  readonly notice: ConsentNoticeInput;
  /** ISO 8601: when it was expressed; now when absent. */
  readonly occurredAt?: InputMaybe<Scalars['String']['input']>;
  /** Where it can be shown: a form’s id, a recording. No address. */
  readonly proof?: InputMaybe<Scalars['String']['input']>;
  /** The purpose it is about. */
  readonly purpose: Purpose;
  /** CONFIRM of a requestConsent: the token it answered. */
  readonly token?: InputMaybe<Scalars['String']['input']>;
  /** One topic within the purpose; none: every topic. */
  readonly topic?: InputMaybe<Scalars['String']['input']>;
};

/** What is wrong about a data subject, and how it is right (GDPR Art. 16). */
export type RectifyCustomerInput = {
  /** The data subject. */
  readonly customerId: Scalars['ID']['input'];
  /** The corrections; they take precedence over every source. */
  readonly fields: ReadonlyArray<CorrectionInput>;
};

/** A row that was not taken. */
export type RefusedRow = {
  /** Code of the error catalogue. */
  readonly code: Scalars['String']['output'];
  /** What was expected. Repeats no value. */
  readonly message: Scalars['String']['output'];
  /** Its place in this call, from 0. */
  readonly row: Scalars['Int']['output'];
};

/** A double opt-in that is asked for. */
export type RequestConsentInput = {
  /** One channel; none: every channel. */
  readonly channel?: InputMaybe<ConsentChannel>;
  /** The data subject. */
  readonly customerId: Scalars['ID']['input'];
  /** ISO 8601: when a grant ends. */
  readonly expiresAt?: InputMaybe<Scalars['String']['input']>;
  /** The same key records the same event once. */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** BCP 47: the language in which the person was asked. */
  readonly language?: InputMaybe<Scalars['String']['input']>;
  /** How it was expressed: web_form, phone, paper … */
  readonly method: Scalars['String']['input'];
  /** The notice the person was shown. */
  readonly notice: ConsentNoticeInput;
  /** ISO 8601: when it was expressed; now when absent. */
  readonly occurredAt?: InputMaybe<Scalars['String']['input']>;
  /** The purpose it is about. */
  readonly purpose: Purpose;
  /** One topic within the purpose; none: every topic. */
  readonly topic?: InputMaybe<Scalars['String']['input']>;
};

/** What a principal is. */
export type Role =
  /** Runs the system, and reads no person’s data. */
  | 'ADMIN'
  /** Looks at behaviour, not at persons. */
  | 'ANALYST'
  /** The person itself. */
  | 'DATA_SUBJECT'
  /** Carries out the rights of data subjects. */
  | 'PRIVACY_OFFICER'
  /** Renders e-mails. */
  | 'RENDERER'
  /** Answers a person’s questions. */
  | 'SUPPORT_AGENT';

export type Subscription = {
  /** Tells of every change, from now on or after a cursor. Over graphql-transport-ws. A change may be told twice: what has been seen has a cursor seen before. */
  readonly customerChanged: CustomerChange;
};


export type SubscriptionCustomerChangedArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  fields?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  ids?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};

/** One reason why nobody mails an address. */
export type SuppressedAddress = {
  /** Who recorded it. */
  readonly actor: Scalars['String']['output'];
  /** Keyed hash of the address. */
  readonly addressKey: Scalars['String']['output'];
  /** UTC, ISO 8601: when it came about. */
  readonly occurredAt: Scalars['String']['output'];
  /** Why. */
  readonly reason: Suppression;
  /** UTC, ISO 8601: when it was recorded. */
  readonly recordedAt: Scalars['String']['output'];
};

/** Why an address must not be mailed, whatever was consented to. */
export type Suppression =
  /** A mail was reported as spam: no marketing. */
  | 'COMPLAINT'
  /** The person was erased (GDPR Art. 17): no mail at all. */
  | 'ERASED'
  /** The address does not exist: no mail at all. */
  | 'HARD_BOUNCE'
  /** The link in a mail was used (RFC 8058): no marketing. */
  | 'UNSUBSCRIBED';

/** What became of a suppression that was to end. */
export type SuppressionLift = {
  /** Keyed hash of the address. */
  readonly addressKey: Scalars['String']['output'];
  /** False: the address was not on the list for it. */
  readonly lifted: Scalars['Boolean']['output'];
  /** What was to end. */
  readonly reason: Suppression;
};

/** A page of the suppression list. */
export type SuppressionPage = {
  /** In order of address and reason. */
  readonly entries: ReadonlyArray<SuppressedAddress>;
  /** Pass it as `after`; null: this was the last page. */
  readonly next: Maybe<Scalars['String']['output']>;
};

/** One address that must not be mailed. Columns of a file: text, empty ones absent. */
export type SuppressionRowInput = {
  /** Of an export; given anew. */
  readonly actor?: InputMaybe<Scalars['String']['input']>;
  /** In its stead the key an export gave. */
  readonly addressKey?: InputMaybe<Scalars['String']['input']>;
  /** The address; kept as a keyed hash only. */
  readonly email?: InputMaybe<Scalars['String']['input']>;
  /** ISO 8601 with its zone; now when absent. */
  readonly occurredAt?: InputMaybe<Scalars['String']['input']>;
  /** UNSUBSCRIBED, COMPLAINT, HARD_BOUNCE or ERASED. */
  readonly reason?: InputMaybe<Scalars['String']['input']>;
  /** Of an export; given anew. */
  readonly recordedAt?: InputMaybe<Scalars['String']['input']>;
};

/** A question the person put to support. */
export type Ticket = {
  /** UTC, ISO 8601. */
  readonly createdAt: Scalars['String']['output'];
  /** The help desk’s id of the ticket. */
  readonly id: Scalars['ID']['output'];
  /** new, open, pending, hold, solved or closed. */
  readonly status: Scalars['String']['output'];
  /** What it is about, in the person’s words. */
  readonly subject: Maybe<Scalars['String']['output']>;
  /** UTC, ISO 8601. */
  readonly updatedAt: Scalars['String']['output'];
};

/** Tickets, newest first (Relay connection). */
export type TicketConnection = {
  /** This page. */
  readonly edges: ReadonlyArray<TicketEdge>;
  /** Where the page lies. */
  readonly pageInfo: PageInfo;
};

/** A ticket in its connection. */
export type TicketEdge = {
  /** Pass it as `after` to go on from here. */
  readonly cursor: Scalars['String']['output'];
  /** The ticket. */
  readonly node: Ticket;
};

/** What is answered of a category. */
export type Verdict =
  /** The value. */
  | 'CLEAR'
  /** Its mask. */
  | 'MASK'
  /** null; nothing is loaded. */
  | 'WITHHOLD';

/** A product page the person looked at. */
export type ViewedPage = {
  /** The product, as the page names it. */
  readonly title: Maybe<Scalars['String']['output']>;
  /** HTTPS address of the page. */
  readonly url: Maybe<Scalars['String']['output']>;
  /** UTC, ISO 8601: the last time it was looked at. */
  readonly viewedAt: Maybe<Scalars['String']['output']>;
};

/** A consent taken back (GDPR Art. 7(3)). */
export type WithdrawConsentInput = {
  /** One channel; none: every channel. */
  readonly channel?: InputMaybe<ConsentChannel>;
  /** The data subject. */
  readonly customerId: Scalars['ID']['input'];
  /** The same key records the same event once. */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** BCP 47: the language in which the person was asked. */
  readonly language?: InputMaybe<Scalars['String']['input']>;
  /** How it was expressed. */
  readonly method?: InputMaybe<Scalars['String']['input']>;
  /** ISO 8601: when it was expressed; now when absent. */
  readonly occurredAt?: InputMaybe<Scalars['String']['input']>;
  /** Where it can be shown: a form’s id, a recording. No address. */
  readonly proof?: InputMaybe<Scalars['String']['input']>;
  /** The purpose it is about. */
  readonly purpose: Purpose;
  /** One topic within the purpose; none: every topic. */
  readonly topic?: InputMaybe<Scalars['String']['input']>;
};

/** Why something is withheld; the first that applies. */
export type WithholdReason =
  /** Consent is needed and not there. */
  | 'CONSENT'
  /** The person was erased. */
  | 'ERASED'
  /** The person objected (GDPR Art. 21). */
  | 'OBJECTED'
  /** The purpose does not cover it. */
  | 'PURPOSE'
  /** Processing is restricted (GDPR Art. 18). */
  | 'RESTRICTED'
  /** The role does not cover it. */
  | 'ROLE'
  /** The address is suppressed. */
  | 'SUPPRESSED'
  /** The state of the person is not known, and unknown means denied. */
  | 'UNAVAILABLE';

export type AbandonedCartQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type AbandonedCartQuery = { readonly customer: { readonly contact: { readonly firstName: string | null, readonly email: string | null } | null, readonly address: { readonly city: string | null } | null, readonly cart: { readonly checkoutUrl: string | null, readonly abandonedAt: string | null, readonly items: ReadonlyArray<{ readonly title: string | null, readonly quantity: number | null, readonly imageUrl: string | null, readonly price: { readonly amountMinor: number, readonly currency: string } | null }> | null } | null, readonly lastOrder: { readonly placedAt: string } | null } | null };

export type OrderFollowUpQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type OrderFollowUpQuery = { readonly customer: { readonly contact: { readonly firstName: string | null, readonly email: string | null } | null, readonly address: { readonly city: string | null, readonly country: string | null } | null, readonly lastOrder: { readonly id: string, readonly placedAt: string, readonly total: { readonly amountMinor: number, readonly currency: string } | null, readonly items: ReadonlyArray<{ readonly title: string | null, readonly quantity: number | null, readonly imageUrl: string | null, readonly price: { readonly amountMinor: number, readonly currency: string } | null }> | null } | null } | null };

export type WinBackQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type WinBackQuery = { readonly customer: { readonly topCategories: ReadonlyArray<string> | null, readonly satisfaction: string | null, readonly contact: { readonly firstName: string | null, readonly email: string | null } | null, readonly address: { readonly country: string | null } | null, readonly lastOrder: { readonly placedAt: string } | null, readonly recentlyViewed: ReadonlyArray<{ readonly title: string | null, readonly url: string | null }> | null, readonly engagement: { readonly score: number | null } | null } | null };
