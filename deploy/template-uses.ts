/** The project's templates as far as a policy matters to them, and what a change of it does to one, in a line. Must not look at a store. */
import { readTemplates } from '../gateway/templates';
import { categoriesOfCustomer } from '../schema/classification';
import { sources } from '../subgraphs/sources';
import { defineSubgraphs } from '../subgraphs/start';
import { publicSchemaOf } from './contract';
import { TEMPLATES } from './contract-templates';
import { categoriesIn } from './policy-effect';
import type { TemplateEffect, TemplateUse } from './policy-effect';

/** Of the project's own templates. */
export function readTemplateUses(): TemplateUse[] {
  const subgraphs = defineSubgraphs(sources, 'not used: nothing is masked here');
  const categoriesOf = new Map(subgraphs.flatMap(({ schema }) => [...categoriesOfCustomer(schema)]));
  const publicSchema = publicSchemaOf(subgraphs);
  return readTemplates(TEMPLATES, publicSchema).map(({ name, contract, document }) => ({
    name,
    purpose: contract.purpose,
    topic: contract.topic,
    categories: categoriesIn(document, publicSchema, categoriesOf),
  }));
}

/** `template win-back: 12 may be mailed no more; categories: …` */
export function describeEffect({
  template,
  categories,
  noLongerMailed,
  newlyMailed,
  seenDifferently,
}: TemplateEffect): string {
  const counts = [
    [noLongerMailed, 'may be mailed no more'],
    [newlyMailed, 'may be mailed now'],
    [seenDifferently, 'are seen differently'],
  ] as const;
  const parts = counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return `template ${template}: ${parts.join(', ')}; categories: ${categories.join(', ')}`;
}
