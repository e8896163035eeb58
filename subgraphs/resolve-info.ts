/**
 * The fourth argument of resolvers, made thousands of times in a request. Must not resolve.
 */
import type { GraphQLResolveInfo } from 'graphql';

type Path = GraphQLResolveInfo['path'];

/** What a resolver is told of its place. What is the same for every object that has the field is inherited: there are thousands of them. */
export function infoOf(
  fixed: Pick<
    GraphQLResolveInfo,
    'fieldName' | 'fieldNodes' | 'returnType' | 'parentType' | 'schema' | 'fragments' | 'operation'
  >,
): (path: Path, variableValues: Record<string, unknown>) => GraphQLResolveInfo {
  class Info {
    constructor(
      readonly path: Path,
      readonly variableValues: Record<string, unknown>,
    ) {}
  }
  Object.assign(Info.prototype, fixed, { rootValue: undefined });
  // Other packages' types add to this one what graphql-js 16 does not have.
  return (path, variableValues) => new Info(path, variableValues) as unknown as GraphQLResolveInfo;
}
