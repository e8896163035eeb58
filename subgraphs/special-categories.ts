/**
 * Product types that tell of a person what the law keeps apart: health, sex life, belief (GDPR Art. 9). A table; the shop
 * extends it when it sells more. Must not look at titles: those would be guessed.
 */
import { textOf } from './normalise';

export type SpecialCategory = 'HEALTH' | 'SEX_LIFE' | 'BELIEF';

/** Shopify's productType, which each shop writes as it likes, in lower case. */
const SPECIAL_PRODUCT_TYPES: Readonly<Record<string, SpecialCategory>> = {
  pharmacy: 'HEALTH',
  medicine: 'HEALTH',
  medicines: 'HEALTH',
  medication: 'HEALTH',
  'medical supplies': 'HEALTH',
  'medical devices': 'HEALTH',
  'health supplements': 'HEALTH',
  'dietary supplements': 'HEALTH',
  vitamins: 'HEALTH',
  'incontinence care': 'HEALTH',
  'mobility aids': 'HEALTH',
  'pregnancy tests': 'HEALTH',
  apotheke: 'HEALTH',
  arzneimittel: 'HEALTH',
  'sexual wellness': 'SEX_LIFE',
  'adult products': 'SEX_LIFE',
  'religious articles': 'BELIEF',
};

/** Of a product type or any level of a path of types (`Health > Pharmacy`); null for all others and for none. */
export function specialCategoryOf(productType: string | null | undefined): SpecialCategory | null {
  const levels =
    textOf(productType)
      ?.toLowerCase()
      .split(/\s*[>/]\s*/) ?? [];
  for (const level of levels) {
    if (Object.hasOwn(SPECIAL_PRODUCT_TYPES, level)) return SPECIAL_PRODUCT_TYPES[level] ?? null;
  }
  return null;
}
