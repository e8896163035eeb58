/** The audit trail as the privacy officer asks it, the newest first. Must not record or verify. */
import { Arg, Ctx, Field, ID, InputType, Int, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { facetError } from '../../../schema/errors';
import { decodeCursor, encodeCursor } from '../../connection.entity';
import { enumOf } from '../customer.entity';
import { checkOfficer } from '../rights/entitled';
import type { RootContext } from '../root.resolver';
import type { ProfileStore } from '../store/store';
import { AUDIT_KINDS, CHAIN_ID } from './entry';
import type { AuditEntry, AuditKind } from './entry';

const AuditKindEnum = enumOf(AUDIT_KINDS);
registerEnumType(AuditKindEnum, {
  name: 'AuditKind',
  description: 'What an entry of the audit trail is about.',
  valuesConfig: {
    READ: { description: 'Personal data was asked for.' },
    CONSENT: { description: 'A data subject’s consent was recorded.' },
    RIGHTS: { description: 'A data subject’s right was exercised.' },
    ADMINISTRATION: { description: 'Facet itself was changed.' },
  },
});

@InputType({ description: 'All conditions given must hold.' })
export class AuditFilter {
  @Field(() => ID, { nullable: true, description: 'About this data subject.' })
  customerId?: string | null;

  @Field(() => String, { nullable: true, description: 'By this principal or source.' })
  actor?: string | null;

  @Field(() => AuditKindEnum, { nullable: true, description: 'Of this kind.' })
  kind?: AuditKind | null;
}

@ObjectType({ description: 'One entry of the audit trail. Ids and names only, never a value.' })
export class AuditTrailEntry {
  @Field(() => Int, { description: 'Place in the chain, from 1 without gaps.' })
  seq!: number;

  @Field(() => String, { description: 'SHA-256 over the entry and the hash of the one before, hexadecimal.' })
  hash!: string;

  @Field(() => AuditKindEnum, { description: 'What it is about.' })
  kind!: AuditKind;

  @Field(() => String, { description: 'UTC, ISO 8601. Reads are noted within a second.' })
  at!: string;

  @Field(() => String, { description: 'The principal’s id, a source’s name, or facet.' })
  actor!: string;

  @Field(() => String, { nullable: true, description: 'The principal’s role.' })
  role!: string | null;

  @Field(() => String, { nullable: true, description: 'For which purpose.' })
  purpose!: string | null;

  @Field(() => String, { description: 'What was done: read, eraseCustomer …' })
  action!: string;

  @Field(() => [ID], { description: 'The data subjects.' })
  subjects!: string[];

  @Field(() => [String], { description: 'READ: categories that could be seen.' })
  clear!: string[];

  @Field(() => [String], { description: 'READ: categories that were masked.' })
  masked!: string[];

  @Field(() => [String], { description: 'READ: categories that were withheld.' })
  withheld!: string[];

  @Field(() => [String], {
    description: 'READ: categories that would have been withheld, were missing consent not only observed.',
  })
  observed!: string[];

  @Field(() => String, { nullable: true, description: 'JSON of further names and codes.' })
  details!: string | null;
}

@ObjectType({ description: 'A page of the audit trail.' })
export class AuditTrailPage {
  @Field(() => [AuditTrailEntry], { description: 'The newest first.' })
  entries!: AuditTrailEntry[];

  @Field(() => String, { nullable: true, description: 'Pass it as `after` to go on; null: that was all.' })
  next!: string | null;
}

/** Entries looked at for one page: a filter that matches few of them ends a page early, and `next` goes on. */
const SCAN_LIMIT = 20_000;
const SCAN_STEP = 1_000;

@Resolver()
export class AuditResolver {
  @Query(() => AuditTrailPage, {
    description: 'Who read which categories of whom for what, and what was changed by whom. For privacy officers.',
  })
  auditTrail(
    @Ctx() { profiles: { policy }, services }: RootContext,
    @Arg('filter', () => AuditFilter, { nullable: true, description: 'Conditions; none: every entry.' })
    filter: AuditFilter | null,
    @Arg('first', () => Int, { defaultValue: 20, description: 'Size of the page, 1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Where to go on.' }) after: string | null,
  ): Promise<AuditTrailPage> {
    checkOfficer(policy?.principal, 'The audit trail is for privacy officers.');
    if (!Number.isInteger(first) || first < 1 || first > 100) {
      throw facetError('BAD_USER_INPUT', 'Argument "first" takes 1 to 100.');
    }
    return findPage(services.store, filter ?? {}, first, placeOf(after));
  }
}

async function findPage(
  store: Pick<ProfileStore, 'findAudit'>,
  filter: AuditFilter,
  first: number,
  start: number,
): Promise<AuditTrailPage> {
  const entries: AuditTrailEntry[] = [];
  let before = start;
  for (let scanned = 0; scanned < SCAN_LIMIT; scanned += SCAN_STEP) {
    const records = await store.findAudit({ chainId: CHAIN_ID, before, limit: SCAN_STEP });
    for (const { seq, hash, text } of records) {
      before = seq;
      const entry = JSON.parse(text) as AuditEntry;
      if (matches(entry, filter)) entries.push(showEntry(seq, hash, entry));
      if (entries.length === first) break;
    }
    if (records.length < SCAN_STEP && entries.length < first) return { entries, next: null };
    if (entries.length === first) break;
  }
  return { entries, next: before <= 1 ? null : encodeCursor(`audit:${before}`) };
}

function matches(entry: AuditEntry, { customerId, actor, kind }: AuditFilter): boolean {
  return (
    (!customerId || entry.subjects.includes(customerId)) &&
    (!actor || entry.actor === actor) &&
    (!kind || entry.kind === kind)
  );
}

function showEntry(seq: number, hash: string, { at, categories, details, ...entry }: AuditEntry): AuditTrailEntry {
  const { clear = [], masked = [], withheld = [], observed = [] } = categories ?? {};
  return {
    ...{ seq, hash, kind: entry.kind, at: new Date(at).toISOString(), actor: entry.actor, role: entry.role },
    ...{ purpose: entry.purpose, action: entry.action, subjects: [...entry.subjects] },
    ...{ clear: [...clear], masked: [...masked], withheld: [...withheld], observed: [...observed] },
    details: details === undefined ? null : JSON.stringify(details),
  };
}

/** Errors: BAD_USER_INPUT. */
function placeOf(after: string | null | undefined): number {
  if (after === null || after === undefined) return Number.MAX_SAFE_INTEGER;
  const seq = /^audit:(\d+)$/.exec(decodeCursor(after))?.[1];
  if (seq === undefined) throw facetError('BAD_USER_INPUT', 'Argument "after" takes what a page of the trail gave.');
  return Number(seq);
}
