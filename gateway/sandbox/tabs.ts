/**
 * The sandbox's first tabs: each template as a plain query, a subscription and a search. A tab the schema has no fields for is left
 * out, so that a gateway over another graph shows none it cannot run. Must not execute.
 */
import { parse, print, validate } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { Template, Templates } from '../templates';

export interface Tab {
  readonly query: string;
  /** JSON, as the editor shows it. */
  readonly variables: string;
}

const SUBSCRIPTION = `# Tells of changes until it is stopped. What may
# be seen is decided anew at every delivery. To
# cause one, record a consent in another window.
subscription CustomerChanged($ids: [ID!]) {
  customerChanged(ids: $ids) {
    cursor
    kind
    changedFields
    customer {
      id
      contact {
        firstName
        email
      }
      consents {
        purpose
        state
      }
      lastOrder {
        placedAt
      }
    }
  }
}
`;

const SEARCH = `# For every principal but renderer.
query SearchCustomers(
  $filter: CustomerFilter
  $first: Int!
  $after: String
) {
  searchCustomers(
    filter: $filter
    first: $first
    after: $after
  ) {
    edges {
      node {
        id
        contact {
          firstName
          email
        }
        address {
          country
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

export function firstTabs(schema: GraphQLSchema, templates: Templates, example: string | null): readonly Tab[] {
  const id = example ?? '';
  const tabs = [
    ...[...templates.byName.values()].map((template) => tab(describeTemplate(template), { id })),
    tab(SUBSCRIPTION, { ids: [id] }),
    tab(SEARCH, { filter: { consent: { purpose: 'EMAIL_MARKETING', state: 'GRANTED' } }, first: 5 }),
  ].filter(({ query }) => validate(schema, parse(query)).length === 0);
  return tabs.length > 0 ? tabs : [tab('{\n  __typename\n}\n', {})];
}

function describeTemplate({ name, contract, document }: Template): string {
  return `# Template ${name}, for the purpose
# ${contract.purpose}. Here a plain query: no
# fallbacks, no decision whether to send.
${print(document)}
`;
}

function tab(query: string, variables: Record<string, unknown>): Tab {
  return { query, variables: JSON.stringify(variables, null, 2) };
}
