/** The shop as a source: Shopify customers, their orders and carts. */
import type { Source } from '../source';
import { createShopifyClient, shopifySettings } from './commerce.client';
import type { ShopifySettings } from './commerce.client';
import { mergeCommerce } from './commerce.mapping';
import { retainCommerce } from './commerce.retention';
import { createShopifyWebhook } from './commerce.webhook';
import { Customer } from './customer.entity';
import { CartResolver, CustomerResolver, OrderResolver } from './customer.resolver';

export const commerce: Source<ShopifySettings> = {
  name: 'commerce',
  namespace: 'shopify.customer',
  settings: shopifySettings,
  entities: [Customer],
  resolvers: [CustomerResolver, OrderResolver, CartResolver],
  createClient: createShopifyClient,
  createWebhook: createShopifyWebhook,
  merge: mergeCommerce,
  retain: retainCommerce,
};
