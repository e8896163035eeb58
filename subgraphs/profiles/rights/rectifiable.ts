/**
 * Which fields of Customer can be rectified, read off the sources' contracts: texts that stand once, with their category. A new
 * source's are among them. Pure. Must not write.
 */
import { getNamedType, getNullableType, isListType, isObjectType } from 'graphql';
import type { GraphQLObjectType } from 'graphql';
import { classify } from '../../../schema/classification';
import type { DataCategory } from '../../../schema/policy';
import type { Subgraph } from '../../subgraph';

export interface RectifiableField {
  readonly source: string;
  readonly category: DataCategory;
}

/** By path below Customer: `contact.firstName`. */
export function rectifiableFields(sources: readonly Subgraph[]): ReadonlyMap<string, RectifiableField> {
  return new Map(
    sources.flatMap(({ name, schema }) => {
      const customer = schema.getType('Customer');
      if (!isObjectType(customer)) return [];
      const rules = classify(schema, customer);
      const below = (
        type: GraphQLObjectType,
        path: string,
        inherited: DataCategory | null,
      ): Array<[string, RectifiableField]> =>
        Object.values(type.getFields()).flatMap((field) => {
          const rule = rules.get(type)?.get(field.name);
          const category = rule?.kind === 'classified' ? rule.category : inherited;
          // A list has no one value to correct, and a field with arguments no one answer.
          if (rule === undefined || rule.kind === 'internal' || isListType(getNullableType(field.type))) return [];
          if (field.args.length > 0) return [];
          const named = getNamedType(field.type);
          const at = `${path}${field.name}`;
          if (isObjectType(named)) return named === customer ? [] : below(named, `${at}.`, category);
          return named.name === 'String' && category !== null ? [[at, { source: name, category }]] : [];
        });
      return below(customer, '', null);
    }),
  );
}
