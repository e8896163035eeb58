/**
 * What a privacy officer signs when missing consent is to be only observed for a time, checked before it is signed, and as a person reads
 * it. Pure. Must not sign.
 */
import { MAX_OBSERVATION_DAYS, OBSERVABLE } from '../schema/observation';
import type { Observation } from '../schema/observation';
import { isEntitled, ROLES } from '../schema/policy';
import type { Principal } from '../schema/request-policy';
import { tableOf } from './key-table';

const DAY_MS = 24 * 3_600_000;

/** Errors: throws when the principal is no privacy officer, and, naming it, when something asked for cannot be observed. */
export function prepareObservation(options: {
  readonly asked: {
    readonly purposes: readonly string[];
    readonly roles: readonly string[];
    /** None: whatever is asked. */
    readonly templates: readonly string[];
    readonly days: number;
    readonly reason: string;
  };
  /** Those there are. */
  readonly templates: ReadonlyArray<{ readonly name: string }>;
  readonly principal: Principal;
  readonly profile: Observation['profile'];
  /** Unix time in milliseconds. */
  readonly now: number;
}): Omit<Observation, 'signature'> {
  const { asked, principal, profile, now } = options;
  checkOfficer(principal);
  if (!Number.isInteger(asked.days) || asked.days < 1 || asked.days > MAX_OBSERVATION_DAYS) {
    throw new Error(`Expected --days to be 1 to ${MAX_OBSERVATION_DAYS}.`);
  }
  const reason = asked.reason.trim();
  if (reason === '' || reason.length > 500) throw new Error('Expected --reason to say why, in up to 500 characters.');
  const purposes = namedOf('--purpose', asked.purposes, OBSERVABLE);
  const roles = namedOf('--role', asked.roles, ROLES);
  for (const role of roles) {
    if (!purposes.some((purpose) => isEntitled(role, purpose))) {
      throw new Error(`Expected --role to be one that may act for ${purposes.join(' or ')}; a ${role} may not.`);
    }
  }
  const known = options.templates.map(({ name }) => name);
  return {
    purposes,
    roles,
    templates: asked.templates.length === 0 ? null : namedOf('--template', asked.templates, known),
    ...{ reason, signedBy: principal.id, profile },
    from: new Date(now).toISOString(),
    until: new Date(now + asked.days * DAY_MS).toISOString(),
  };
}

/** Errors: throws for anybody else. */
export function checkOfficer({ role }: Principal): void {
  if (role !== 'PRIVACY_OFFICER') {
    throw new Error(`Expected the credential of a PRIVACY_OFFICER; came one of a ${role}.`);
  }
}

function namedOf<Name extends string>(option: string, asked: readonly string[], known: readonly Name[]): Name[] {
  const named = known.filter((each) => asked.includes(each));
  if (named.length === 0 || asked.some((each) => !known.some((name) => name === each))) {
    throw new Error(`Expected ${option} to be of ${known.join(', ')}; came ${asked.join(', ') || 'nothing'}.`);
  }
  return named;
}

export function describeObservation(observation: Observation): string {
  const { purposes, roles, templates, reason, signedBy, profile, from, until } = observation;
  const rows = [
    ['purposes', purposes.join(', ')],
    ['roles', roles.join(', ')],
    ['templates', templates?.join(', ') ?? 'every one, and whatever else is asked'],
    ['from', from],
    ['until', until],
    ['signed by', `${signedBy} (${profile})`],
    ['reason', reason],
  ];
  return `Missing consent is only observed:

${tableOf(rows)}

Whoever was never asked is answered as if consent were there, and what would have been withheld is logged, counted and audited. An
answer is no consent: your list needs a legal basis from before Facet. Still withheld: what a person refused, withdrew, objected to or let
expire; who is suppressed, restricted, erased or a minor; what purpose and role do not cover.
`;
}
