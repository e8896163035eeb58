/** Support as a source: Zendesk end users and their tickets. */
import type { Source } from '../source';
import { Customer } from './customer.entity';
import { CustomerResolver } from './customer.resolver';
import { createZendeskClient, zendeskSettings } from './support.client';
import type { ZendeskSettings } from './support.client';
import { mergeSupport, retainSupport } from './support.mapping';
import { createZendeskWebhook } from './support.webhook';

export const support: Source<ZendeskSettings> = {
  name: 'support',
  namespace: 'zendesk.user',
  settings: zendeskSettings,
  entities: [Customer],
  resolvers: [CustomerResolver],
  createClient: createZendeskClient,
  createWebhook: createZendeskWebhook,
  merge: mergeSupport,
  retain: retainSupport,
};
