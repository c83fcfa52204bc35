import type { LinkFacts } from '../shared/mux/link-facts.ts';
import type { ListenerState } from './admin/runtime.ts';
import type { AgentIdentity } from './agents/agent-link.ts';

/** Whoever wants to know of agents and ports while tunnels live: metrics, alerts. It takes no time. */
export interface TunnelWatch {
  /** An agent's link begins. */
  agentCame?(tunnel: string, agent: AgentIdentity): void;
  /** It has ended, for whatever reason. @param link what it came to */
  agentLeft?(tunnel: string, agent: AgentIdentity, link: LinkFacts): void;
  /** An agent may not come again; perhaps told more than once. */
  agentRevoked?(agentId: string): void;
  /** How the ports of a tunnel stand, whenever they were looked after. */
  listens?(tunnel: string, state: ListenerState): void;
  /** There is no tunnel of this name any more; it was deleted, or has another name now. */
  gone?(tunnel: string, renamed: string | undefined): void;
}
