/** The sources of this deployment, in order of trust. Adding a source is a folder beside this file and a line in this list. */
import { analytics } from './analytics';
import { commerce } from './commerce';
import { crm } from './crm';
import type { Source } from './source';
import { support } from './support';

export const sources: readonly Source[] = [crm, commerce, analytics, support] as readonly Source[];
