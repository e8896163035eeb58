/** `npm run generate`, first half: writes the contract into schema/generated/. GraphQL Code Generator then writes the types. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sources } from '../../subgraphs/sources';
import { contractFiles } from '../contract';

const folder = path.resolve('schema', 'generated');
mkdirSync(folder, { recursive: true });
for (const [name, content] of Object.entries(contractFiles(sources))) {
  writeFileSync(path.join(folder, name), content);
  console.log(`schema/generated/${name}`);
}
