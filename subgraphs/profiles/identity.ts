/**
 * Identities: the registry of namespaces, and the key under which an identity is looked up. An address is only ever stored
 * and compared as a keyed hash. Must not link or merge; that is `resolve.ts`.
 */
import { createHmac } from 'node:crypto';
import { facetError } from '../../schema/errors';
import type { DataCategory } from '../../schema/policy';
import type { IdentityKey } from './store/store';

export interface Namespace {
  readonly name: string;
  /** A customer may have several values, and several customers may share one. */
  readonly isAddress: boolean;
  /** A customer may have several values; each is one customer's only. */
  readonly multiValued: boolean;
  /** The source whose record ids these are; null for addresses and senders' ids. */
  readonly source: string | null;
  readonly category: Extract<DataCategory, 'IDENTIFIER' | 'CONTACT'>;
}

export interface IdentityRegistry {
  /** Errors: NAMESPACE_UNKNOWN. */
  get(name: string): Namespace;
  /** The namespace of a source's own record ids. Errors: NAMESPACE_UNKNOWN. */
  namespaceOf(source: string): string;
  /** May a customer have several ids at the source? False for one that is not among the sources any more. */
  allowsSeveral(source: string): boolean;
  /** Errors: NAMESPACE_UNKNOWN. */
  keyOf(identity: { readonly namespace: string; readonly value: string }): IdentityKey;
  /** Keyed hash under which an erased person's id or address is known for good. Errors: NAMESPACE_UNKNOWN. */
  tombstoneKeyOf(identity: { readonly namespace: string; readonly value: string }): string;
  /** Keyed hash of a person's name, spelling differences folded; null for no name. */
  nameKeyOf(name: string | null): string | null;
}

export interface IdentityOptions {
  readonly sources: ReadonlyArray<{
    readonly name: string;
    readonly namespace: string;
    readonly multiValued?: boolean;
  }>;
  /** Namespaces of senders, e.g. `braze.external_id`. */
  readonly senderNamespaces: readonly string[];
  /** Secret of the keyed hashes; its version is part of every key, so that it can be changed. */
  readonly secret: { readonly version: number; readonly value: string };
}

export function createIdentityRegistry(options: IdentityOptions): IdentityRegistry {
  const namespaces: Namespace[] = [
    ...['email', 'phone'].map(addressNamespace),
    ...options.sources.map(({ name, namespace, multiValued = false }) => idNamespace(namespace, name, multiValued)),
    ...options.senderNamespaces.map((namespace) => idNamespace(namespace, null, false)),
  ];
  const byName = new Map(namespaces.map((namespace) => [namespace.name, namespace]));
  const hash = (text: string) =>
    `v${options.secret.version}:${createHmac('sha256', options.secret.value).update(text).digest('base64url')}`;

  const get = (name: string): Namespace => {
    const namespace = byName.get(name);
    if (namespace === undefined) {
      throw facetError(
        'NAMESPACE_UNKNOWN',
        `Expected one of ${[...byName.keys()].join(', ')}, but got another namespace.`,
      );
    }
    return namespace;
  };
  return {
    namespaceOf: (source) => {
      const namespace = namespaces.find((each) => each.source === source);
      if (namespace === undefined) throw facetError('NAMESPACE_UNKNOWN', `Expected a source, but ${source} is none.`);
      return namespace.name;
    },
    allowsSeveral: (source) => namespaces.some((each) => each.source === source && each.multiValued),
    get,
    keyOf: ({ namespace, value }) => ({
      namespace,
      key: get(namespace).isAddress ? hash(`${namespace}:${normaliseAddress(namespace, value)}`) : value.trim(),
    }),
    tombstoneKeyOf: ({ namespace, value }) => {
      const plain = get(namespace).isAddress ? normaliseAddress(namespace, value) : value.trim();
      return hash(`tombstone:${namespace}:${plain}`);
    },
    nameKeyOf: (name) => {
      const folded = name === null ? '' : foldName(name);
      return folded === '' ? null : hash(`name:${folded}`);
    },
  };
}

function addressNamespace(name: string): Namespace {
  return { name, isAddress: true, multiValued: true, source: null, category: 'CONTACT' };
}

function idNamespace(name: string, source: string | null, multiValued: boolean): Namespace {
  return { name, isAddress: false, multiValued, source, category: 'IDENTIFIER' };
}

/** NFKC, trim, lower-case; no dot folding: `a.b@…` and `ab@…` may be two people. Phones: digits and the leading plus. */
function normaliseAddress(namespace: string, value: string): string {
  const text = value.normalize('NFKC').trim().toLowerCase();
  return namespace === 'phone' ? text.replaceAll(/[^\d+]/g, '') : text;
}

/** `Müller, José` and `JOSE MUELLER` are one spelling: marks stripped, digraphs folded, words sorted. */
function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/([aou])e/g, '$1')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .sort()
    .join(' ');
}
