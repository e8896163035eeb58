/** A source as an integrator adds one: a loyalty programme. */
import 'reflect-metadata';
import { Resolver } from 'type-graphql';
import type { Source } from '../../../subgraphs/source';
import { Customer } from './customer.entity';
import { createLoyaltyClient, loyaltySettings } from './loyalty.client';
import type { LoyaltySettings } from './loyalty.client';

@Resolver(() => Customer)
class CustomerResolver {}

export const loyalty: Source<LoyaltySettings> = {
  name: 'loyalty',
  namespace: 'loyalty.member',
  settings: loyaltySettings,
  entities: [Customer],
  resolvers: [CustomerResolver],
  createClient: createLoyaltyClient,
};
