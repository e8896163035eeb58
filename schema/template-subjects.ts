/**
 * Why and about what each template mails, read off its document alone: for whoever explains a template's decision and does not serve it. Must
 * not validate; the gateway does, at its start.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Kind, parse } from 'graphql';

export interface TemplateSubject {
  /** Name of a Purpose. */
  readonly purpose: string;
  readonly topic: string | null;
}

/** By name of the template. Errors: throws when a file is no GraphQL, or the folder cannot be read. */
export function readTemplateSubjects(folder: string): ReadonlyMap<string, TemplateSubject> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
  return new Map(
    files.flatMap((file) => {
      const subject = subjectOf(readFileSync(path.join(folder, file), 'utf8'));
      return subject === null ? [] : [[path.basename(file, '.graphql'), subject] as const];
    }),
  );
}

function subjectOf(text: string): TemplateSubject | null {
  for (const definition of parse(text, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const directive = definition.directives?.find(({ name }) => name.value === 'template');
    const valueOf = (name: string) => directive?.arguments?.find((each) => each.name.value === name)?.value;
    const [purpose, topic] = [valueOf('purpose'), valueOf('topic')];
    if (purpose?.kind !== Kind.ENUM) continue;
    return { purpose: purpose.value, topic: topic?.kind === Kind.STRING ? topic.value : null };
  }
  return null;
}
