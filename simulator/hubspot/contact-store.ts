/**
 * The portal's contacts, by id and by e-mail, and how HubSpot shows one. It must not know endpoints.
 */
import { CONTACT_PROPERTIES, READ_ONLY_PROPERTIES, type Contact } from '../population/contacts';
import type { PatchOutcome, RemoveOutcome } from '../vendor';

/** A contact as HubSpot answers it. Shape: schema SimplePublicObject. */
export interface ContactView {
  id: string;
  properties: Record<string, string | null>;
  propertiesWithHistory?: Record<string, { value: string | null; timestamp: string; sourceType: string }[]>;
  createdAt: string;
  updatedAt: string;
  archived: false;
}

export interface ContactStore {
  /** In order of id. */
  all: readonly Contact[];
  find(options: { id: string; idProperty: string }): Contact | undefined;
  patch(options: { id: string; properties: Record<string, unknown>; atMs: number }): PatchOutcome;
  remove(options: { id: string }): RemoveOutcome;
}

/** What HubSpot answers when no properties are named, and adds to those that are. */
const DEFAULT_PROPERTIES = ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'];
const ALWAYS = ['createdate', 'hs_object_id', 'lastmodifieddate'];

/** Shows a contact with the named properties; names the portal does not have are left out, as HubSpot does. */
export function view(options: { contact: Contact; properties: string[]; history?: string[] }): ContactView {
  const { contact, properties, history = [] } = options;
  const names = [...new Set(properties.length === 0 ? DEFAULT_PROPERTIES : [...ALWAYS, ...properties])];
  const known = names.filter((name) => CONTACT_PROPERTIES.includes(name)).sort();
  const value = (name: string): string | null => contact.properties[name] ?? null;
  const timestamp = value('lastmodifieddate')!;
  return {
    id: contact.id,
    properties: Object.fromEntries(known.map((name) => [name, value(name)])),
    ...(history.length > 0 && {
      propertiesWithHistory: Object.fromEntries(
        history.map((name) => [name, [{ value: value(name), timestamp, sourceType: 'CRM_UI' }]]),
      ),
    }),
    createdAt: value('createdate')!,
    updatedAt: timestamp,
    archived: false,
  };
}

/** Creates the store over the population's contacts, which it changes in place. */
export function createContactStore(options: { contacts: Contact[] }): ContactStore {
  const { contacts } = options;
  const byId = new Map(contacts.map((contact) => [contact.id, contact]));
  const byEmail = new Map(contacts.map((contact) => [contact.properties.email ?? '', contact]));
  return {
    all: contacts,
    find: ({ id, idProperty }) => (idProperty === 'email' ? byEmail.get(id.trim().toLowerCase()) : byId.get(id)),
    patch: ({ id, properties, atMs }) => {
      const contact = byId.get(id);
      if (!contact) return { kind: 'unknown' };
      const next = { ...properties };
      for (const [name, value] of Object.entries(properties)) {
        if (!CONTACT_PROPERTIES.includes(name) || READ_ONLY_PROPERTIES.has(name)) {
          const writable = CONTACT_PROPERTIES.filter((property) => !READ_ONLY_PROPERTIES.has(property));
          return { kind: 'invalid', message: `expected only ${writable.join(', ')}, but got ${name}` };
        }
        if (typeof value !== 'string' && value !== null) {
          return { kind: 'invalid', message: `${name}: expected a string or null, but got ${JSON.stringify(value)}` };
        }
        // HubSpot has no empty strings: clearing a property makes it null. E-mail addresses it keeps in lower case.
        next[name] = value === '' || value === null ? null : name === 'email' ? value.trim().toLowerCase() : value;
      }
      const email = next.email as string | null | undefined;
      if (email && byEmail.has(email) && byEmail.get(email) !== contact) {
        return { kind: 'invalid', message: `email: expected one no other contact has, but got ${email}` };
      }
      if (email !== undefined) {
        byEmail.delete(contact.properties.email ?? '');
        if (email) byEmail.set(email, contact);
      }
      // Later than the last change, even if the clock stood still: readers page by this.
      const modifiedMs = Math.max(atMs, Date.parse(contact.properties.lastmodifieddate!) + 1);
      const updatedAt = new Date(modifiedMs).toISOString();
      const changed = Object.keys(properties);
      const previous = Object.fromEntries(changed.map((name) => [name, contact.properties[name] ?? null]));
      Object.assign(contact.properties, next, { lastmodifieddate: updatedAt });
      return { kind: 'changed', changed, previous, updatedAt };
    },
    remove: ({ id }) => {
      const contact = byId.get(id);
      if (!contact) return { kind: 'unknown' };
      contacts.splice(contacts.indexOf(contact), 1);
      byId.delete(id);
      byEmail.delete(contact.properties.email ?? '');
      return { kind: 'removed' };
    },
  };
}
