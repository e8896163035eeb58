/**
 * A process of its own over the embedded store, for tests that take its disk away. Transpiles the adapter as it loads it.
 *
 * node embedded.child.cjs fill FOLDER BALLAST  commits until one is refused, and again, with and without the file BALLAST; prints what is left as
 *                                             one line of JSON
 * node embedded.child.cjs read FOLDER          opens it read-only, prints how many profiles there are and the code of a commit
 * node embedded.child.cjs open FOLDER          prints OK or the code with which opening was refused
 */
const { rmSync, writeSync } = require('node:fs');
const path = require('node:path');
require('./typescript.cjs');
const { openEmbeddedStore } = require(path.join(__dirname, '../../subgraphs/profiles/store/embedded.ts'));
const { profile, storedRecord } = require('./contract.ts');

// Synchronous, so that a line is out before the process can be killed.
const say = (line) => writeSync(1, `${line}\n`);

const modes = {
  async fill(store, ballast) {
    const commit = (number) => {
      const blobs = { CONTACT: Buffer.alloc(200_000, number) };
      return store.commit({ profiles: [profile(number)], records: [storedRecord(number, { blobs })] });
    };
    const codeOf = (number) =>
      commit(number).then(
        ({ outcome }) => outcome,
        (error) => error.extensions.code,
      );
    for (let number = 1; ; number++) {
      try {
        await commit(number);
      } catch (error) {
        const { code } = error.extensions;
        const refused = { refused: number, code, message: error.message };
        const profiles = await store.listProfiles({ limit: 1000 });
        const keys = profiles.map(({ id }) => ({ customerId: id, source: 'crm' }));
        const records = (await store.findRecords(keys)).filter((record) => record?.blobs.CONTACT?.length === 200_000);
        const again = await codeOf(number);
        if (ballast !== undefined) rmSync(ballast);
        const then = await codeOf(number);
        await store.close();
        return say(JSON.stringify({ ...refused, left: profiles.length, whole: records.length, again, then }));
      }
    }
  },

  async read(store) {
    const profiles = await store.listProfiles({ limit: 1000 });
    const commit = await store.commit({ profiles: [profile(9)] }).then(
      () => 'committed',
      (error) => error.extensions.code,
    );
    await store.close();
    say(JSON.stringify({ profiles: profiles.length, commit }));
  },

  async open(store) {
    await store.listProfiles({ limit: 1000 });
    await store.close();
    say('OK');
  },
};

const [mode, folder, ...rest] = process.argv.slice(2);
openEmbeddedStore({ path: folder, readOnly: mode === 'read' }).then(
  (store) => modes[mode](store, ...rest),
  (error) => say(error.extensions?.code ?? error.stack),
);
