/**
 * Opens a store again and again whose files were damaged at random, and compares what it says with the truth. In a process of its own: where
 * the check at start misses what the engine cannot bear, the engine ends the process, and that must be seen.
 *
 * node damage.child.cjs SOUND SCRATCH SEED ROUNDS    SOUND: data folder of a store that is closed; one line of JSON per round
 */
const fs = require('node:fs');
const path = require('node:path');
require('./typescript.cjs');
const { openStore } = require('../../subgraphs/profiles/store/open-store.ts');
const { askEverything } = require('./whole-store.ts');

const [sound, scratch, seed, rounds] = process.argv.slice(2);
const known = JSON.parse(fs.readFileSync(path.join(sound, 'known.json'), 'utf8'));
const FILES = ['store/data.mdb', 'store/lock.mdb', 'keys/index/data.mdb', 'keys/index/lock.mdb', 'keys/slots'];
const contents = new Map(FILES.map((file) => [file, fs.readFileSync(path.join(sound, file))]));
const PAGE = 4096;

// mulberry32: the same damage for the same seed.
let state = Number(seed);
const random = (below) => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
};
const noise = (bytes) => Buffer.from(Array.from({ length: bytes }, () => random(256)));
const pageOf = (bytes) => random(Math.ceil(bytes.length / PAGE)) * PAGE;

/** Each answers the file as it is then; null: a folder in its place. */
const DAMAGES = {
  bit: (bytes) => ((bytes[random(bytes.length)] ^= 1 << random(8)), bytes),
  // The header pages are 2 of many: looked for on purpose.
  headerBit: (bytes) => ((bytes[random(2) * PAGE + random(24 + 144)] ^= 1 << random(8)), bytes),
  bytes: (bytes) => (noise(1 + random(64)).copy(bytes, random(bytes.length)), bytes),
  noisePage: (bytes) => (noise(PAGE).copy(bytes, pageOf(bytes)), bytes),
  zerosToEnd: (bytes) => bytes.fill(0, pageOf(bytes)),
  zeroPage: (bytes) => {
    const at = pageOf(bytes);
    return bytes.fill(0, at, Math.min(at + PAGE, bytes.length));
  },
  misdirected: (bytes) => (Buffer.from(bytes.subarray(pageOf(bytes))).copy(bytes, pageOf(bytes), 0, PAGE), bytes),
  cut: (bytes) => bytes.subarray(0, random(bytes.length)),
  cutAtPage: (bytes) => bytes.subarray(0, pageOf(bytes)),
  longer: (bytes) => Buffer.concat([bytes, noise(1 + random(3 * PAGE))]),
  empty: () => Buffer.alloc(0),
  noise: (bytes) => noise(bytes.length),
  gone: () => undefined,
  folder: () => null,
};

function lay(folder, damagedFile, damage) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(path.join(folder, 'store'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'keys', 'index'), { recursive: true });
  for (const [file, bytes] of contents) {
    const laid = file === damagedFile ? DAMAGES[damage](Buffer.from(bytes)) : bytes;
    if (laid === null) fs.mkdirSync(path.join(folder, file));
    else if (laid !== undefined) fs.writeFileSync(path.join(folder, file), laid);
  }
}

async function answersOf(folder) {
  let store;
  try {
    store = await openStore({ dataDir: folder, encryptionKeys: [known.encryptionKey] });
  } catch (error) {
    return error.extensions?.code ?? error.stack;
  }
  try {
    return await askEverything(store, known);
  } finally {
    await store.close();
  }
}

(async () => {
  const folder = path.join(scratch, 'data');
  lay(folder);
  const truth = await answersOf(folder);
  const damages = Object.keys(DAMAGES);
  for (let round = 0; round < Number(rounds); round++) {
    // Three of four in the store itself, which is by far the largest.
    const file = random(4) > 0 ? FILES[0] : FILES[random(FILES.length)];
    const damage = damages[random(damages.length)];
    // First, so that a round that ends the process is known.
    fs.writeSync(1, `${JSON.stringify({ round, file, damage })}\n`);
    lay(folder, file, damage);
    const answers = await answersOf(folder);
    if (typeof answers === 'string') {
      fs.writeSync(1, `${JSON.stringify({ round, refused: answers })}\n`);
      continue;
    }
    const wrong = [];
    let coded = 0;
    for (const [question, answer] of answers) {
      if (/^STORE_[A-Z_]+$/.test(answer)) coded++;
      else if (answer !== truth.get(question)) wrong.push([question, answer, truth.get(question)]);
    }
    fs.writeSync(1, `${JSON.stringify({ round, coded, wrong: wrong.slice(0, 3) })}\n`);
  }
})();
