/** The CRM as a source: HubSpot contacts. */
import { Resolver } from 'type-graphql';
import type { Source } from '../source';
import { createHubspotClient, hubspotSettings } from './crm.client';
import type { HubspotSettings } from './crm.client';
import { createHubspotWebhook } from './crm.webhook';
import { Customer } from './customer.entity';

/** Every field answers itself from the record. */
@Resolver(() => Customer)
class CustomerResolver {}

export const crm: Source<HubspotSettings> = {
  name: 'crm',
  namespace: 'hubspot.contact',
  settings: hubspotSettings,
  entities: [Customer],
  resolvers: [CustomerResolver],
  createClient: createHubspotClient,
  createWebhook: createHubspotWebhook,
};
