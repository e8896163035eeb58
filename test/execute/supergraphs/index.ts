/** Every scenario; a new one is a file beside this and a line here. */
import { aliases } from './aliases';
import { circular } from './circular';
import { compoundKeys } from './compound-keys';
import { customers } from './customers';
import { externalExtensions } from './external-extensions';
import { inaccessible } from './inaccessible';
import { inputIntersection } from './input-intersection';
import { interfaceObjectRequires } from './interface-object-requires';
import { interfaceObjects } from './interface-objects';
import { interfaces } from './interfaces';
import { listsOfLists } from './lists-of-lists';
import { mutations } from './mutations';
import { nestedKeys } from './nested-keys';
import { nullKeys } from './null-keys';
import { nullBubbling } from './null-bubbling';
import { override } from './override';
import { provides } from './provides';
import { requiresArguments } from './requires-arguments';
import { requiresChain } from './requires-chain';
import { requiresFragments } from './requires-fragments';
import { requiresNested } from './requires-nested';
import { severalKeys } from './several-keys';
import { sharedFields } from './shared-fields';
import { skipInclude } from './skip-include';
import { typenames } from './typenames';
import { unions } from './unions';
import type { Supergraph } from './supergraph';

export const SUPERGRAPHS: readonly Supergraph[] = [
  severalKeys,
  nullKeys,
  compoundKeys,
  nestedKeys,
  requiresChain,
  requiresNested,
  requiresArguments,
  requiresFragments,
  provides,
  sharedFields,
  override,
  inaccessible,
  interfaceObjects,
  interfaceObjectRequires,
  externalExtensions,
  interfaces,
  unions,
  skipInclude,
  listsOfLists,
  inputIntersection,
  mutations,
  typenames,
  aliases,
  nullBubbling,
  circular,
  customers,
];
