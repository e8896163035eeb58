/**
 * `explainAccess`: why somebody of a role sees, for a purpose, what they see of a person, category by category. For those whose task it
 * is to explain it. Takes the same decision as a read would, and reads nothing of the person but the state it rests on.
 */
import { Arg, Ctx, Field, ID, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { decideAccess, readAccess } from '../../schema/access';
import { facetError } from '../../schema/errors';
import { CATEGORIES, decideContact, isEntitled, REASONS, ROLES } from '../../schema/policy';
import type { ConsentState, DataCategory, Decision, Purpose, Reason, Role } from '../../schema/policy';
import { policyTables } from '../../schema/policy-table';
import type { Principal, RequestPolicy } from '../../schema/request-policy';
import type { TemplateSubject } from '../../schema/template-subjects';
import { auditOf, byPrincipal } from './audit/entry';
import type { AuditEntry } from './audit/entry';
import { ConsentStateEnum, enumOf, PurposeEnum } from './customer.entity';
import type { RootContext } from './root.resolver';

const RoleEnum = enumOf(ROLES);
registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What a principal is.',
  valuesConfig: {
    RENDERER: { description: 'Renders e-mails.' },
    ANALYST: { description: 'Looks at behaviour, not at persons.' },
    SUPPORT_AGENT: { description: 'Answers a person’s questions.' },
    PRIVACY_OFFICER: { description: 'Carries out the rights of data subjects.' },
    DATA_SUBJECT: { description: 'The person itself.' },
    ADMIN: { description: 'Runs the system, and reads no person’s data.' },
  },
});

const VERDICTS = ['CLEAR', 'MASK', 'WITHHOLD'] as const satisfies ReadonlyArray<Decision['verdict']>;
const VerdictEnum = enumOf(VERDICTS);
registerEnumType(VerdictEnum, {
  name: 'Verdict',
  description: 'What is answered of a category.',
  valuesConfig: {
    CLEAR: { description: 'The value.' },
    MASK: { description: 'Its mask.' },
    WITHHOLD: { description: 'null; nothing is loaded.' },
  },
});

const ReasonEnum = enumOf(REASONS);
registerEnumType(ReasonEnum, {
  name: 'WithholdReason',
  description: 'Why something is withheld; the first that applies.',
  valuesConfig: {
    ERASED: { description: 'The person was erased.' },
    RESTRICTED: { description: 'Processing is restricted (GDPR Art. 18).' },
    UNAVAILABLE: { description: 'The state of the person is not known, and unknown means denied.' },
    PURPOSE: { description: 'The purpose does not cover it.' },
    ROLE: { description: 'The role does not cover it.' },
    SUPPRESSED: { description: 'The address is suppressed.' },
    OBJECTED: { description: 'The person objected (GDPR Art. 21).' },
    CONSENT: { description: 'Consent is needed and not there.' },
  },
});

@ObjectType({ description: 'The decision on one category.' })
export class CategoryExplanation {
  @Field(() => String, { description: 'Of the categories of @personalData.' })
  category!: DataCategory;

  @Field(() => VerdictEnum, { description: 'What is answered.' })
  verdict!: Decision['verdict'];

  @Field(() => ReasonEnum, { nullable: true, description: 'Why it is withheld.' })
  reason!: Reason | null;

  @Field(() => ReasonEnum, {
    nullable: true,
    description: 'Answered, and why it would be withheld, were missing consent not only observed for the time being.',
  })
  observed!: Reason | null;

  @Field(() => String, {
    description: 'The purpose’s cell of the policy table: • its own basis, P with PERSONALIZATION, m masked, – never.',
  })
  byPurpose!: string;

  @Field(() => String, { description: 'The role’s cell of the policy table.' })
  byRole!: string;
}

@ObjectType({ description: 'Why a role sees, for a purpose, what it sees of a person.' })
export class AccessExplanation {
  @Field(() => ID, { description: 'The person; of a merged one, the survivor.' })
  customerId!: string;

  @Field(() => PurposeEnum, { description: 'The purpose asked about.' })
  purpose!: Purpose;

  @Field(() => RoleEnum, { description: 'The role asked about.' })
  role!: Role;

  @Field(() => Boolean, { description: 'May the role act for this purpose at all?' })
  entitled!: boolean;

  @Field(() => String, {
    description: 'On what the purpose rests: contract, consent, consent or soft opt-in, legal duty.',
  })
  basis!: string;

  @Field(() => String, { nullable: true, description: 'The template’s topic; null: every topic.' })
  topic!: string | null;

  @Field(() => ConsentStateEnum, { description: 'Where the person’s consent to the purpose, and topic, stands.' })
  consent!: ConsentState;

  @Field(() => Boolean, { description: 'May the person be mailed for this purpose?' })
  mailed!: boolean;

  @Field(() => ReasonEnum, { nullable: true, description: 'Why not.' })
  mailedReason!: Reason | null;

  @Field(() => ReasonEnum, { nullable: true, description: 'May be mailed, and why not once that is over.' })
  mailedObserved!: Reason | null;

  @Field(() => [CategoryExplanation], { description: 'One entry per category.' })
  categories!: CategoryExplanation[];
}

const MAY_ASK: readonly Role[] = ['PRIVACY_OFFICER', 'ADMIN'];

@Resolver()
export class ExplainResolver {
  @Query(() => AccessExplanation, {
    description:
      'Explains, category by category, what a role sees of a person for a purpose. For privacy officers and administrators.',
  })
  async explainAccess(
    @Arg('customerId', () => ID, { description: 'The person.' }) customerId: string,
    @Arg('purpose', () => PurposeEnum, { description: 'The purpose asked about.' }) purpose: Purpose,
    @Arg('role', () => RoleEnum, { description: 'The role asked about; DATA_SUBJECT is the person itself.' })
    role: Role,
    @Arg('template', () => String, {
      nullable: true,
      description:
        'By which template: its topic counts, and whom it may not mail it shows nothing of. It must be of the purpose.',
    })
    given: string | null | undefined,
    @Ctx() { profiles, services }: RootContext,
  ): Promise<AccessExplanation> {
    const { policy } = profiles;
    if (policy === undefined || !MAY_ASK.includes(policy.principal.role)) {
      throw facetError('ROLE_NOT_ENTITLED', `Expected a principal with role ${MAY_ASK.join(' or ')}.`);
    }
    const [customer] = await profiles.findCustomers([customerId]);
    if (!customer) throw facetError('CUSTOMER_UNKNOWN', 'No customer has this id.');
    const state = await customer.state();
    const { id } = customer;
    const principal: Principal = {
      id: 'explained',
      role,
      scopes: [],
      ...(role === 'DATA_SUBJECT' ? { customerId: id } : {}),
    };
    const template = given ?? null;
    const topic = template === null ? null : topicOf(template, purpose, services.templates);
    const observes = profiles.observedFor({ principal, ...(template === null ? {} : { template }) });
    const contact = decideContact(principal, purpose, id, state, topic, { tables: policyTables, observes });
    const asked = { ...policy, principal, purpose };
    const access = decideAccess(template === null ? asked : { ...asked, contact: { topic } }, id, state, observes);
    // Before the answer leaves: it tells what the person decided.
    await services.store.commit({ audit: auditOf(entryOf(policy, id, { purpose, role, template }, profiles.now)) });
    return {
      customerId: id,
      purpose,
      role,
      entitled: isEntitled(role, purpose),
      basis: policyTables.purposes[purpose].basis,
      topic,
      consent: state?.consent(purpose, topic) ?? 'NOT_ASKED',
      mailed: contact.permitted,
      mailedReason: contact.permitted ? null : contact.reason,
      mailedObserved: contact.permitted ? (contact.observed ?? null) : null,
      categories: CATEGORIES.map((category) => {
        const decision = readAccess(access, category);
        return {
          category,
          verdict: decision.verdict,
          reason: decision.verdict === 'WITHHOLD' ? decision.reason : null,
          observed: decision.verdict === 'WITHHOLD' ? null : (decision.observed ?? null),
          byPurpose: policyTables.purposes[purpose].cells[category],
          byRole: policyTables.rights[role].cells[category],
        };
      }),
    };
  }
}

/** Errors: TEMPLATE_UNKNOWN; BAD_USER_INPUT where it is of another purpose. */
function topicOf(template: string, purpose: Purpose, templates: ReadonlyMap<string, TemplateSubject>): string | null {
  const subject = templates.get(template);
  if (subject === undefined) throw facetError('TEMPLATE_UNKNOWN', 'Expected the name of a template.');
  if (subject.purpose !== purpose) {
    throw facetError('BAD_USER_INPUT', `Expected "purpose" to be the template’s, ${subject.purpose}, got ${purpose}.`);
  }
  return subject.topic;
}

function entryOf(
  { principal, purpose, requestId }: RequestPolicy,
  customerId: string,
  about: { readonly purpose: Purpose; readonly role: Role; readonly template: string | null },
  at: number,
): AuditEntry {
  return {
    ...{ kind: 'READ', at, ...byPrincipal(principal), purpose, action: 'explainAccess', subjects: [customerId] },
    ...{ categories: { clear: ['CONSENT'], masked: [], withheld: [] }, details: about, requestId },
  };
}
