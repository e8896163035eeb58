// Run by mongosh on mongo-1's own machine: joins the three members, and makes the user Facet comes as. Safe to run again.
const members = ['mongo-1', 'mongo-2', 'mongo-3'].map((host, _id) => ({ _id, host: `${host}:27017` }));
if (db.hello().setName === undefined) rs.initiate({ _id: 'facet', members });
const deadline = Date.now() + 60_000;
while (!db.hello().isWritablePrimary) {
  // Another member may be the primary, and only that one can be asked for what follows; it has been asked when this one was.
  if (db.hello().primary !== undefined && db.hello().primary !== 'mongo-1:27017') quit(0);
  if (Date.now() > deadline) throw new Error('Expected a primary within a minute.');
  sleep(500);
}
try {
  db.createUser({
    user: 'facet',
    pwd: process.env.MONGODB_PASSWORD,
    roles: [{ role: 'dbOwner', db: 'facet' }],
  });
} catch (error) {
  // The localhost exception ends with the first user.
  if (!['Unauthorized', 'Location51003'].includes(error.codeName)) throw error;
}
