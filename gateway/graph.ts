/**
 * What the gateway serves: one supergraph with its executor, its trusted documents and Apollo in front of them. Replaced as a whole,
 * so that an operation meets one graph from its validation to its answer. Must not listen.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createExecutor } from './execute/executor';
import type { Executor } from './execute/executor';
import type { SubgraphTransport } from './execute/fetch';
import { parseStoredPlans } from './execute/stored-plans';
import type { StoredPlans } from './execute/stored-plans';
import { createGraphQLFront } from './graphql';
import type { GraphQLFront } from './graphql';
import type { Logger } from './log';
import { createSandbox } from './sandbox';
import type { Sandbox, SandboxOptions } from './sandbox';
import { loadTemplates, NO_TEMPLATES } from './templates';
import type { Templates } from './templates';

export interface Graph {
  readonly executor: Executor;
  readonly templates: Templates;
  readonly front: GraphQLFront;
  /** null in production, and where nobody has credentials to hand out. */
  readonly sandbox: Sandbox | null;
}

export interface GraphOptions {
  readonly supergraphSdl: string;
  /** By name of the subgraph. */
  readonly transports: Readonly<Record<string, SubgraphTransport>>;
  readonly subgraphTimeoutMs: number;
  /** Folder of the templates' operations; null: none, as for a graph that is not Facet's. */
  readonly templatesDir: string | null;
  readonly profile: 'production' | 'development';
  readonly sandbox: SandboxOptions | null;
  readonly log: Logger;
}

/** Errors: throws when the supergraph cannot be read, a transport is missing or a template could not be answered. */
export async function openGraph(options: GraphOptions): Promise<Graph> {
  const { templatesDir } = options;
  const storedPlans = templatesDir === null ? undefined : await readStoredPlans(templatesDir);
  const executor = createExecutor({ ...options, storedPlans });
  const templates = templatesDir === null ? NO_TEMPLATES : await loadTemplates(templatesDir, executor, options.profile);
  for (const { name } of [...templates.byName.values()].filter((template) => !template.isApproved)) {
    options.log.warn({ template: name, code: 'TEMPLATE_NOT_APPROVED' }, 'template not approved');
  }
  return {
    executor,
    templates,
    front: await createGraphQLFront({ ...options, executor, templates }),
    sandbox:
      options.sandbox === null || options.profile === 'production'
        ? null
        : createSandbox({ ...options.sandbox, executor, templates }),
  };
}

/** `schema/generated/plans.json`, where it is; plans of another supergraph are left alone by the planner. */
async function readStoredPlans(templatesDir: string): Promise<StoredPlans | undefined> {
  const file = path.join(templatesDir, '..', 'generated', 'plans.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseStoredPlans(text);
}
