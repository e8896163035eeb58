/** `store shard`: spreads the collections of a MongoDB store over the shards of its cluster. */
import { facetError } from '../../schema/errors';
import { openCollections } from '../../subgraphs/profiles/store/mongodb.collections';
import { connectMongo } from '../../subgraphs/profiles/store/mongodb.connection';
import { mongoFailure } from '../../subgraphs/profiles/store/mongodb.errors';
import { shardCommands } from '../../subgraphs/profiles/store/mongodb.shards';
import { UsageError } from './command';
import type { Command } from './command';

export const shard: Command = {
  summary: 'MongoDB: spreads the collections over the shards of a cluster',
  usage: '[--dry-run]',
  help: `  --dry-run       prints the commands, and gives none

Makes the collections where there are none yet, and shards each by its key. May be given again, and beside what runs; collections
that hold much are better sharded before. The user of MONGODB_URI, which names a mongos, needs the role clusterManager.`,
  options: { 'dry-run': { type: 'boolean' } },
  run: async (values, { place, print }) => {
    if (place.mongodb === undefined) throw new UsageError('FACET_STORE=mongodb: only there are shards.');
    const connection = await connectMongo(place.mongodb);
    try {
      const { client, db } = connection;
      const commands = shardCommands(db.databaseName);
      if (values['dry-run'] === true) {
        for (const command of commands) print(JSON.stringify(command));
        return 0;
      }
      if ((await db.command({ hello: 1 })).msg !== 'isdbgrid') {
        throw facetError(
          'STORE_UNAVAILABLE',
          'Expected a mongos at MONGODB_URI; this server is not of a sharded cluster.',
        );
      }
      await openCollections(connection);
      for (const command of commands) {
        await client.db('admin').command(command);
        print(JSON.stringify(command));
      }
      return 0;
    } catch (error) {
      throw mongoFailure('Expected to shard the profile store', error);
    } finally {
      await connection.close();
    }
  },
};
