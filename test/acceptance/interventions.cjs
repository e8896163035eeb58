// Preloaded into every process of a Facet under test (`node --require`): what a test does to it from outside. The file
// `interventions.json` of the data folder says `{ "advanceMs": 0, "lost": null }`: how far the clock is moved, and of which source the
// store has lost the records ("*": of all). Reads of the store are noted in `store-reads.txt`, one line each.
const { appendFileSync, readFileSync } = require('node:fs');
const path = require('node:path');

const dataDir = process.env.FACET_DATA_DIR;
const read = () => {
  try {
    return JSON.parse(readFileSync(path.join(dataDir, 'interventions.json'), 'utf8'));
  } catch {
    return { advanceMs: 0, lost: null };
  }
};

const now = Date.now;
Date.now = () => now() + read().advanceMs;

// The program's own modules, wherever it was built.
const folder = path.join(path.dirname(process.argv[1]), '..', 'subgraphs', 'profiles', 'store');
for (const [file, name] of [
  ['embedded', 'openEmbeddedStore'],
  ['mongodb', 'openMongoStore'],
]) {
  const adapter = require(path.join(folder, file));
  const open = adapter[name];
  adapter[name] = async (options) => watched(await open(options));
}

function watched(store) {
  const note = (line) => appendFileSync(path.join(dataDir, 'store-reads.txt'), `${line}\n`);
  return {
    ...store,
    findProfiles: (ids) => {
      note(`profiles: ${ids.length}`);
      return store.findProfiles(ids);
    },
    findRecords: async (keys) => {
      note(`${keys[0]?.source}: ${new Set(keys.map(({ customerId }) => customerId)).size}`);
      const { lost } = read();
      const records = await store.findRecords(keys);
      return lost === null
        ? records
        : records.map((record) => (lost === '*' || record?.source === lost ? null : record));
    },
  };
}
