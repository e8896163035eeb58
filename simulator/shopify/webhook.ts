/**
 * How Shopify tells of a changed customer: one request per topic, the customer as the REST API showed it, without consent,
 * tags and totals, which left these bodies in 2025-01. Orders are not told of: nothing changes them here.
 * Source: vendors.md §2; exact list of body members and schedule of the repeats from memory.
 */
import { createHmac, randomUUID } from 'node:crypto';
import type { Customer, ShopAddress } from '../population/customers';
import { SHOP_CURRENCY } from '../population/orders';
import type { VendorWebhooks } from '../vendor';
import type { ShopStore } from './shop-store';
import { gid } from './views';

const CONSENT = 'customers/email_marketing_consent_update';
const EVENTS = ['customers/update', 'customers/create', 'customers/delete', CONSENT];
const API_VERSION = '2026-07';
const SHOP_DOMAIN = 'facet-demo.myshopify.com';
const MINUTE_MS = 60_000;

/** X-Shopify-Hmac-Sha256: the raw body under the client secret. Shape: base64. */
export const shopifySignature = (options: { secret: string; body: string }): string =>
  createHmac('sha256', options.secret).update(options.body).digest('base64');

/** REST prints instants in the shop's own offset (Berlin's, in winter). */
const local = (instant: string): string =>
  `${new Date(Date.parse(instant) + 60 * MINUTE_MS).toISOString().slice(0, 19)}+01:00`;

const addressBody = (address: ShopAddress, customerId: string, isDefault: boolean): Record<string, unknown> => ({
  id: Number(address.id),
  customer_id: Number(customerId),
  first_name: address.firstName,
  last_name: address.lastName,
  company: null,
  address1: address.address1,
  address2: address.address2,
  city: address.city,
  province: address.province,
  country: address.country,
  zip: address.zip,
  phone: address.phone,
  name: `${address.firstName} ${address.lastName}`,
  country_code: address.countryCodeV2,
  country_name: address.country,
  default: isDefault,
});

function customerBody(customer: Customer): Record<string, unknown> {
  const addresses = customer.addresses.map((address, i) => addressBody(address, customer.id, i === 0));
  return {
    id: Number(customer.id),
    email: customer.email,
    created_at: local(customer.createdAt),
    updated_at: local(customer.updatedAt),
    first_name: customer.firstName,
    last_name: customer.lastName,
    state: customer.state.toLowerCase(),
    note: customer.note,
    verified_email: customer.verifiedEmail,
    multipass_identifier: null,
    tax_exempt: false,
    phone: customer.phone,
    currency: SHOP_CURRENCY,
    addresses,
    tax_exemptions: [],
    admin_graphql_api_id: gid('Customer', customer.id),
    ...(addresses[0] && { default_address: addresses[0] }),
  };
}

const consentBody = (customer: Customer): Record<string, unknown> => ({
  customer_id: Number(customer.id),
  email_address: customer.email,
  email_marketing_consent: {
    state: customer.marketingState.toLowerCase(),
    opt_in_level: customer.marketingOptInLevel?.toLowerCase() ?? null,
    consent_updated_at: customer.marketingUpdatedAt && local(customer.marketingUpdatedAt),
  },
});

/** Creates Shopify's webhooks over the shop's customers. */
export function createShopifyWebhooks(options: { store: ShopStore; secret: string }): VendorWebhooks {
  const { store, secret } = options;
  return {
    events: EVENTS,
    timeoutMs: 5000,
    waitsMs: [0.25, 1, 5, 10, 20, 40, 60, 100].map((minutes) => minutes * MINUTE_MS),
    repeats: () => true,
    honoursRetryAfter: [],
    endsWhenExhausted: true,
    usual: [],
    removal: 'customers/delete',
    messages: ({ id, event, changed, previous, atMs }) => {
      const customer = store.customer(id);
      if (!customer) return undefined;
      const consented = changed.includes('marketingState') && previous.marketingState !== customer.marketingState;
      const topics = event === undefined ? ['customers/update', ...(consented ? [CONSENT] : [])] : [event];
      // One event may be told under several topics, each with an id of its own.
      const eventId = randomUUID();
      return topics.map((topic) => {
        const webhookId = randomUUID();
        const body = JSON.stringify(topic === CONSENT ? consentBody(customer) : customerBody(customer));
        return {
          event: topic,
          id: webhookId,
          compose: () => ({
            headers: {
              'User-Agent': 'Shopify-Captain-Hook (simulated)',
              'X-Shopify-Topic': topic,
              'X-Shopify-Hmac-Sha256': shopifySignature({ secret, body }),
              'X-Shopify-Shop-Domain': SHOP_DOMAIN,
              'X-Shopify-API-Version': API_VERSION,
              'X-Shopify-Webhook-Id': webhookId,
              'X-Shopify-Event-Id': eventId,
              // The moment of the change, on every attempt: a late repeat is not a forgery.
              'X-Shopify-Triggered-At': new Date(atMs).toISOString(),
            },
            body,
          }),
        };
      });
    },
  };
}
