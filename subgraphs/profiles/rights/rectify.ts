/**
 * Rectification (GDPR Art. 16): what a person says of themselves takes precedence over what a source says, now and later. The
 * source's own record stays as it is; beside it lies what was corrected. Must not check who may.
 */
import { facetError } from '../../../schema/errors';
import { openAll, sealBlob } from '../../blob';
import { dateOf, emailOf, phoneOf } from '../../normalise';
import type { Categories } from '../../source';
import { putChanged } from '../change';
import type { Draft } from '../draft';
import type { IdentityRegistry } from '../identity';
import { RECORD_VERSION } from '../record-version';
import { RECTIFIED_FACTS, rectifiedPlace } from '../rectified-record';
import { adultFromOf } from '../subject';
import type { Profile, ProfileFacts } from '../store/store';
import type { RectifiableField } from './rectifiable';

export interface Correction {
  /** `contact.firstName`. */
  readonly path: string;
  /** null takes the correction back: the source's word counts again. */
  readonly value: string | null;
}

const MAX_LENGTH = 500;
const NO_FACTS: ProfileFacts = { country: null, adultFrom: null, nameKey: null, suppressions: [] };

/** Writes corrections into a draft. Errors: BAD_USER_INPUT. */
export function rectify(
  draft: Draft,
  profile: Profile,
  corrections: readonly Correction[],
  fields: ReadonlyMap<string, RectifiableField>,
  registry: IdentityRegistry,
  now: number,
): Profile {
  if (corrections.length === 0) throw facetError('BAD_USER_INPUT', 'Expected at least one field to rectify, got none.');
  let facts = profile.facts[RECTIFIED_FACTS] ?? NO_FACTS;
  const bySource = new Map<string, Categories>();
  for (const { path, value } of corrections) {
    const field = fields.get(path);
    if (field === undefined) {
      throw facetError('BAD_USER_INPUT', `Expected one of ${[...fields.keys()].join(', ')}, but got another field.`);
    }
    const { source, category } = field;
    if (!profile.sourceKeys.some((key) => key.source === source)) {
      throw facetError('BAD_USER_INPUT', `Expected a field of a source that knows the customer; ${source} does not.`);
    }
    const record = draft.record(profile.id, rectifiedPlace(source));
    const categories = bySource.get(source) ?? structuredClone(record === undefined ? {} : openAll(record));
    const corrected = value === null ? null : normalise(path, value);
    categories[category] = withValue(categories[category] ?? {}, path.split('.'), corrected);
    bySource.set(source, categories);
    // What a decision rests on follows the person's own word, too.
    if (path === 'birthDate') facts = { ...facts, adultFrom: adultFromOf(corrected) };
    if (path === 'address.country') facts = { ...facts, country: corrected };
    // Mails go to it, so the suppression list is asked for it.
    if (path === 'contact.email') facts = { ...facts, addressKeys: addressKeysOf(corrected, registry) };
  }
  for (const [source, categories] of bySource) {
    draft.putRecord({
      customerId: profile.id,
      source: rectifiedPlace(source),
      sourceId: '',
      found: true,
      sourceVersion: now,
      fetchedAt: now,
      schemaVersion: RECORD_VERSION,
      blobs: Object.fromEntries(Object.entries(categories).map(([name, part]) => [name, sealBlob(part)])),
    });
  }
  const changed = { ...profile, facts: { ...profile.facts, [RECTIFIED_FACTS]: facts } };
  const names = corrections.map(({ path }) => path.split('.', 1)[0] ?? '');
  return putChanged(draft, changed, names, false, now);
}

function addressKeysOf(email: string | null, registry: IdentityRegistry): string[] {
  return email === null ? [] : [registry.keyOf({ namespace: 'email', value: email }).key];
}

/** As a mapping would write it. The value itself is never told. */
function normalise(path: string, value: string): string {
  const text = value.trim();
  const name = path.split('.').at(-1) ?? '';
  const read: Readonly<Record<string, () => string | null>> = {
    birthDate: () => dateOf(text),
    email: () => emailOf(text),
    phone: () => phoneOf(text, null),
    country: () => (/^[A-Z]{2}$/.test(text) ? text : null),
  };
  const known = Object.hasOwn(read, name) ? read[name]?.() : text;
  if (known === null || known === undefined || known === '' || known.length > MAX_LENGTH) {
    throw facetError('BAD_USER_INPUT', `Expected "${path}" to be a valid value of at most ${MAX_LENGTH} characters.`);
  }
  return known;
}

function withValue(part: Record<string, unknown>, [name = '', ...rest]: string[], value: string | null) {
  const { [name]: before, ...others } = part;
  if (rest.length > 0) {
    const inner: Record<string, unknown> = withValue((before ?? {}) as Record<string, unknown>, rest, value);
    return Object.keys(inner).length > 0 ? { ...others, [name]: inner } : others;
  }
  return value === null ? others : { ...others, [name]: value };
}
