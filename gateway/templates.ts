/**
 * Templates: reads each operation of schema/templates/, takes its contract out of the document, and registers what is left as a
 * trusted document, planned at once: all of them side by side. Must not execute.
 *
 * A template that could never be answered is refused here, at start, not when the first mail is due.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { extendSchema, getDirectiveValues, Kind, parse, print, validate, valueFromASTUntyped, visit } from 'graphql';
import type { DocumentNode, FieldNode, GraphQLSchema, OperationDefinitionNode, SelectionNode } from 'graphql';
import type { Purpose } from '../schema/policy';
import type { Executor, PreparedOperation } from './execute/executor';
import { approvalsFileOf, isApproved, readApprovals } from './template-approvals';
import type { Approval } from './template-approvals';

export type OnMissing = 'DEFAULT' | 'SKIP' | 'FAIL';

export interface TemplateContract {
  readonly purpose: Purpose;
  readonly topic: string | null;
  readonly deadlineMs: number;
  readonly maxAgeSeconds: number;
  readonly onMissing: OnMissing;
}

/** What a template says of one of its fields. `path`: response keys below the customer. */
export interface FieldContract {
  readonly path: readonly string[];
  readonly required: boolean;
  /** undefined: no @fallback. */
  readonly fallback: unknown;
}

/** The keys of an answer's objects, level by level. */
export interface Shape {
  readonly [key: string]: Shape;
}

export interface Template {
  /** Kebab-case file name. */
  readonly name: string;
  /** Document id: SHA-256 of the printed document, hexadecimal. */
  readonly documentId: string;
  readonly contract: TemplateContract;
  readonly fields: readonly FieldContract[];
  readonly shape: Shape;
  /** The document without the template directives, as it runs over /graphql. */
  readonly document: DocumentNode;
  /** By `$id`, by `$namespace` and `$value`, and many by `$ids`; each with the contact permission beside the fields. */
  readonly byId: PreparedOperation;
  readonly byIdentity: PreparedOperation;
  readonly byIds: PreparedOperation;
  /** False: it rests on no consent, and the privacy officer has not approved this document. Then it is not answered. */
  readonly isApproved: boolean;
}

/** Response key of the contact permission the gateway adds; no template may use it. */
export const PERMISSION_KEY = '_facet';
const RESERVED = new Set([PERMISSION_KEY, 'send']);
const DIRECTIVES = ['template', 'required', 'fallback'];

export interface Templates {
  readonly byName: ReadonlyMap<string, Template>;
  readonly byDocumentId: ReadonlyMap<string, Template>;
}

export const NO_TEMPLATES: Templates = { byName: new Map(), byDocumentId: new Map() };

/** Errors: rejects, naming the file, when a template does not fit the schema, its contract, or what the planner can do. */
export async function loadTemplates(
  folder: string,
  executor: Executor,
  profile: Approval['profile'] = 'production',
): Promise<Templates> {
  const approvals = readApprovals(approvalsFileOf(folder));
  const read = readTemplates(folder, executor.publicSchema);
  const all = read.flatMap(({ documents }) => Object.values(documents));
  await Promise.all(all.map((document) => executor.planAhead(document)));
  const templates = read.map(({ documents, ...template }): Template =>
    naming(template.name, () => ({
      ...template,
      byId: executor.prepare(documents.byId),
      byIdentity: executor.prepare(documents.byIdentity),
      byIds: executor.prepare(documents.byIds),
      isApproved: isApproved(template, approvals, profile),
    })),
  );
  return {
    byName: new Map(templates.map((template) => [template.name, template])),
    byDocumentId: new Map(templates.map((template) => [template.documentId, template])),
  };
}

type Form = 'byId' | 'byIdentity' | 'byIds';

/** A template that is not planned yet: the documents it is executed by. */
export interface UnplannedTemplate extends Omit<Template, Form | 'isApproved'> {
  readonly documents: Readonly<Record<Form, DocumentNode>>;
}

/** Errors: throws, naming the file, when a template does not fit the schema or its contract. */
export function readTemplates(folder: string, publicSchema: GraphQLSchema): readonly UnplannedTemplate[] {
  const schema = withTemplateDirectives(publicSchema, path.join(folder, '..', 'template.graphql'));
  return Object.entries(readTemplateFiles(folder)).map(([name, text]) =>
    naming(name, () => readTemplate(name, parse(text), schema)),
  );
}

function naming<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`Template ${name} cannot be served: ${(error as Error).message}`, { cause: error });
  }
}

/** Name of each template → its document's text. */
export function readTemplateFiles(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.graphql'))
      .map((file) => [path.basename(file, '.graphql'), readFileSync(path.join(folder, file), 'utf8')]),
  );
}

function withTemplateDirectives(schema: GraphQLSchema, file: string): GraphQLSchema {
  return extendSchema(schema, parse(readFileSync(file, 'utf8')));
}

function readTemplate(name: string, source: DocumentNode, schema: GraphQLSchema): UnplannedTemplate {
  const errors = validate(schema, source);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  const operation = onlyOperation(source);
  const root = rootField(operation);
  const directive = schema.getDirective('template');
  const values = directive && getDirectiveValues(directive, operation);
  if (!values) throw new Error('its query carries no @template');

  const document = stripDirectives(source);
  const contactDocument = addContactPermission(document, values.topic as string | null | undefined);
  return {
    name,
    documentId: createHash('sha256').update(print(source)).digest('hex'),
    contract: { topic: null, ...(values as Omit<TemplateContract, 'topic'>) },
    ...readFields(root, source),
    document,
    documents: {
      byId: contactDocument,
      byIdentity: withRoot(contactDocument, BY_IDENTITY),
      byIds: withRoot(contactDocument, BY_IDS),
    },
  };
}

function onlyOperation(document: DocumentNode): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operation === undefined || operations.length > 1) throw new Error('a file holds one operation');
  return operation;
}

/** A template reads one customer: `query ($id: ID!) { customer(id: $id) { … } }`. */
function rootField(operation: OperationDefinitionNode): FieldNode {
  const [root, ...others] = operation.selectionSet.selections;
  const id = root?.kind === Kind.FIELD ? root.arguments?.find((argument) => argument.name.value === 'id') : undefined;
  const isRoot = root?.kind === Kind.FIELD && root.name.value === 'customer' && root.alias === undefined;
  const takesId = id?.value.kind === Kind.VARIABLE && operation.variableDefinitions?.length === 1;
  if (!isRoot || others.length > 0 || !takesId) throw new Error('its one root field must be customer(id: $id)');
  const reserved = root.selectionSet?.selections.find((node) => node.kind === Kind.FIELD && RESERVED.has(keyOf(node)));
  if (reserved !== undefined) throw new Error(`${[...RESERVED].join(' and ')} are the answer's own keys`);
  return root;
}

function stripDirectives(document: DocumentNode): DocumentNode {
  return visit(document, {
    Directive: (node) => (DIRECTIVES.includes(node.name.value) ? null : undefined),
  });
}

/** The same document with `contactPermission` beside the customer's fields: internal, so added after validation only. */
function addContactPermission(document: DocumentNode, topic: string | null | undefined): DocumentNode {
  const argument = topic === null || topic === undefined ? '' : `(topic: ${JSON.stringify(topic)})`;
  const fields = 'permitted reason observed consentVersion unsubscribeToken';
  const added = selectionsOf(`{ ${PERMISSION_KEY}: contactPermission${argument} { ${fields} } }`);
  return mapRoot(document, (root) => ({
    ...root,
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [...added, ...(root.selectionSet?.selections ?? [])],
    },
  }));
}

const BY_IDENTITY = onlyOperation(
  parse(`query ($namespace: IdentityNamespace!, $value: String!) {
    customer: customerByIdentity(namespace: $namespace, value: $value) { id }
  }`),
);
const BY_IDS = onlyOperation(parse('query ($ids: [ID!]!) { customers(ids: $ids) { id } }'));

/** The same selection under the root field, and with the variables, of another operation. */
function withRoot(document: DocumentNode, model: OperationDefinitionNode): DocumentNode {
  const [root] = model.selectionSet.selections;
  const asked = mapRoot(document, ({ selectionSet }) => ({ ...(root as FieldNode), selectionSet }) as FieldNode);
  return visit(asked, {
    OperationDefinition: (node) => ({ ...node, variableDefinitions: model.variableDefinitions }),
  });
}

function mapRoot(document: DocumentNode, change: (root: FieldNode) => FieldNode): DocumentNode {
  return {
    ...document,
    definitions: document.definitions.map((definition) => {
      if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
      const selections = definition.selectionSet.selections.map((node) => change(node as FieldNode));
      return { ...definition, selectionSet: { ...definition.selectionSet, selections } };
    }),
  };
}

function selectionsOf(text: string): readonly SelectionNode[] {
  return onlyOperation(parse(text)).selectionSet.selections;
}

/** The answer's shape, and every field that carries @required or @fallback, through fragments. */
function readFields(root: FieldNode, document: DocumentNode): { fields: FieldContract[]; shape: Shape } {
  const fields: FieldContract[] = [];
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const walk = (selections: readonly SelectionNode[], above: readonly string[]): Shape => {
    let shape: Shape = {};
    for (const node of selections) {
      if (node.kind !== Kind.FIELD) {
        const body = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
        shape = { ...shape, ...walk(body?.selectionSet.selections ?? [], above) };
        continue;
      }
      const fieldPath = [...above, keyOf(node)];
      const directive = (name: string) => node.directives?.find((each) => each.name.value === name);
      const value = directive('fallback')?.arguments?.find((argument) => argument.name.value === 'value')?.value;
      const required = directive('required') !== undefined;
      if (required || value !== undefined) {
        fields.push({ path: fieldPath, required, fallback: value && valueFromASTUntyped(value) });
      }
      shape = { ...shape, [keyOf(node)]: walk(node.selectionSet?.selections ?? [], fieldPath) };
    }
    return shape;
  };
  return { shape: walk(root.selectionSet?.selections ?? [], []), fields };
}

function keyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}
