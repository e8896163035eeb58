/** Web analytics as a source: PostHog persons who said who they are. */
import type { Source } from '../source';
import { createPosthogClient, posthogSettings } from './analytics.client';
import type { PosthogSettings } from './analytics.client';
import { retainAnalytics } from './analytics.retention';
import { createPosthogWebhook } from './analytics.webhook';
import { Customer } from './customer.entity';
import { CustomerResolver } from './customer.resolver';

export const analytics: Source<PosthogSettings> = {
  name: 'analytics',
  namespace: 'posthog.distinct_id',
  multiValued: true,
  settings: posthogSettings,
  entities: [Customer],
  resolvers: [CustomerResolver],
  createClient: createPosthogClient,
  createWebhook: createPosthogWebhook,
  retain: retainAnalytics,
};
