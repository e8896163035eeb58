/** The templates as the committed contract has them: what commands read that need no running graph. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema } from 'graphql';
import { readTemplates } from '../gateway/templates';

/** Folder of the templates' operations, from the project's. */
export const TEMPLATES = path.join('schema', 'templates');

/** Errors: throws, naming the file, when a template does not fit the schema or its contract. */
export function readContractTemplates(): ReturnType<typeof readTemplates> {
  return readTemplates(TEMPLATES, buildSchema(readFileSync(path.join('schema', 'generated', 'api.graphql'), 'utf8')));
}
