/**
 * The embedded store in a process of its own, which a test kills: answers what its parent asks over IPC.
 *
 * node apart.child.cjs FOLDER    asked { id, method, args }, says { id, value } or { id, code }; of `followChanges` one { id, change } each
 */
require('./typescript.cjs');
const { openEmbeddedStore } = require('../../subgraphs/profiles/store/embedded.ts');

const codeOf = (error) => error.extensions?.code ?? error.stack;

openEmbeddedStore({ path: process.argv[2] }).then((store) => {
  const follow = async (id, [{ after }]) => {
    for await (const change of store.followChanges({ after, signal: new AbortController().signal })) {
      process.send({ id, change });
    }
  };
  process.on('message', ({ id, method, args }) => {
    const answer = method === 'followChanges' ? follow(id, args) : store[method](...args);
    answer.then(
      (value) => process.send({ id, value }),
      (error) => process.send({ id, code: codeOf(error) }),
    );
  });
  process.send({ ready: true });
});
