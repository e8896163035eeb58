// Preloaded into every process of a Facet that is measured (`node --require`): takes parts of the policy out, as if every field were public.
// Which ones, `without.json` of the data folder says: "decision" (everything is clear, no suppression is looked up), "wrapper" (no field is
// enforced), "decryption" (records lie open), "audit" (no read is noted). The product has no such switch, and none is put into it.
const { readFileSync } = require('node:fs');
const path = require('node:path');

const dist = path.join(path.dirname(process.argv[1]), '..');
const without = JSON.parse(readFileSync(path.join(process.env.FACET_DATA_DIR, 'without.json'), 'utf8'));
const replace = (module, name, made) => {
  const exported = require(path.join(dist, module));
  exported[name] = made(exported[name]);
};

if (without.includes('decision')) {
  const { CATEGORIES } = require(path.join(dist, 'schema', 'policy'));
  const clear = 'C'.repeat(CATEGORIES.length);
  replace('schema/access', 'decideAccess', () => () => clear);
  const permitted = { permitted: true };
  replace('schema/policy', 'decideContact', () => () => permitted);
  replace('subgraphs/profiles/store/embedded', 'openEmbeddedStore', (open) => async (options) => ({
    ...(await open(options)),
    findSuppressions: async (keys) => keys.map(() => []),
  }));
}
if (without.includes('wrapper')) replace('schema/enforce', 'enforcePolicy', () => (schema) => schema);
if (without.includes('decryption'))
  replace('subgraphs/profiles/seal/sealed-store', 'sealStore', () => (store) => store);
if (without.includes('audit')) {
  const none = { note: () => {}, flush: async () => {}, close: async () => {} };
  replace('subgraphs/read-log', 'createReadAudit', () => () => none);
}
