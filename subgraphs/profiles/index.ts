/** The subgraph that owns identity, consent and derived traits, and decides; the only writer of the store. */
import type { RequestPolicy } from '../../schema/request-policy';
import { createEndpoint } from '../endpoint';
import type { SubgraphEndpoint } from '../endpoint';
import { defineSubgraph } from '../subgraph';
import type { Subgraph } from '../subgraph';
import type { ReadAudit } from '../read-log';
import { AuditResolver } from './audit/audit.resolver';
import { ChangeResolver } from './change.resolver';
import { ConsentResolver } from './consent.resolver';
import { Customer } from './customer.entity';
import { CustomerResolver } from './customer.resolver';
import { ExplainResolver } from './explain.resolver';
import { createProfilesRequest } from './request';
import type { CustomerParent } from './request';
import { RightsResolver } from './rights/rights.resolver';
import { RootResolver } from './root.resolver';
import type { ProfilesServices, RootContext } from './root.resolver';
import { SuppressionLiftResolver } from './suppression.lift.resolver';

/** The subgraph without anything to run it: enough for the contract. */
export function defineProfilesSubgraph({ maskKey }: { readonly maskKey: string }): Subgraph {
  return defineSubgraph<RootContext>({
    name: 'profiles',
    resolvers: [
      RootResolver,
      ConsentResolver,
      CustomerResolver,
      RightsResolver,
      AuditResolver,
      ChangeResolver,
      ExplainResolver,
      SuppressionLiftResolver,
    ],
    entities: [Customer],
    needsAccess: false,
    maskKey,
    accessOf: (customer) => (customer as CustomerParent).access(),
    references: {
      Customer: ({ id }, { profiles }) => profiles.referTo(String(id)),
    },
  });
}

export function createProfilesEndpoint(
  subgraph: Subgraph,
  services: ProfilesServices,
  now: () => number,
  audit?: Pick<ReadAudit, 'note'>,
): SubgraphEndpoint {
  const requestOf = (policy: RequestPolicy | undefined) => createProfilesRequest({ ...services, policy, now: now() });
  return createEndpoint<RootContext>({
    schema: subgraph.schema,
    audit,
    contextOf: (scope) => ({ ...scope, services, profiles: requestOf(scope.policy) }),
  });
}
