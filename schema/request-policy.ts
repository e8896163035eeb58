/**
 * What the gateway vouches for towards a subgraph: who asks, for what purpose, and within which limits of age and time.
 * In one process the object itself is handed over; over HTTP it travels signed (see `x-facet-policy`). Must not decide anything.
 */
import type { Purpose, Role } from './policy';

/** Who asks, as far as a decision needs to know. */
export interface Principal {
  /** The credential's subject; never an e-mail address. */
  readonly id: string;
  readonly role: Role;
  /** Scopes beside the role: `schema:read`, `operations:adhoc`, `policy:explain`. */
  readonly scopes: readonly string[];
  /** DATA_SUBJECT only: the one customer id this principal may read. */
  readonly customerId?: string;
}

/** One client request, as a subgraph sees it after verification. */
export interface RequestPolicy {
  readonly principal: Principal;
  /** null: none was named, so that every classified field is withheld. */
  readonly purpose: Purpose | null;
  /**
   * Present when the answer becomes an e-mail: contact is decided first, and where it is refused everything is withheld.
   * `topic: null` stands for a template that names no topic.
   */
  readonly contact?: { readonly topic: string | null };
  /** Name of the template, where the document is one. */
  readonly template?: string;
  /** Seconds after which a stored record counts as too old. */
  readonly maxAgeSeconds: number;
  /** Unix time in milliseconds when the client stops waiting. */
  readonly deadlineAt: number;
  readonly requestId: string;
}
