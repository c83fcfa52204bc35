import type { ServerTls } from '../../shared/proto/link-messages.ts';
import type { LinkView } from '../views/links.ts';

/** The running relay as administration sees it. */
export interface RelayRuntime {
  /** Makes listeners match the stored tunnels; resolves when every change is live. */
  reconcile(): Promise<void>;
  /** Live facts of a tunnel. */
  tunnelState(tunnelId: string): TunnelState;
  /** The name or address FTP clients reach the relay by. */
  readonly publicHostName: string;
  /** Whether the agent has a live link. */
  isConnected(agentId: string): boolean;
  /**
   * Gives an agent a credential over its live link; resolves when the agent has kept it.
   * @throws GangwayError `agent-offline`, `agent-outdated`, `agent-silent`, `credential-not-kept`.
   */
  giveCredential(agentId: string, credential: string): Promise<void>;
  /** Ends the agent's live link now. */
  dropAgent(agentId: string, reason: string): void;
}

/** Whether a tunnel's ports are open; the first that is not says why. */
export type ListenerState =
  | { readonly state: 'listening' }
  /** Not yet, or no longer. */
  | { readonly state: 'stopped' }
  /** `code` is the system's word (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`), `reason` is for people. */
  | {
      readonly state: 'failed';
      readonly port: number;
      readonly code: string;
      readonly reason: string;
    };

/** Live facts of a tunnel. Times are milliseconds since 1970. */
export interface TunnelState {
  readonly listener: ListenerState;
  /** Agents that have a link; it may wait for a carrier. */
  readonly agents: readonly ConnectedAgent[];
  /** FTP clients connected now. */
  readonly sessions: number;
  /** Since when no agent has been connected; absent while one is, or if none ever was. */
  readonly offlineSince?: number;
}

export interface ConnectedAgent {
  readonly id: string;
  /** Where its link comes from. */
  readonly address: string;
  readonly since: number;
  readonly version: string;
  /** Round trip of the link in milliseconds; absent until the first measurement. */
  readonly roundTrip?: number;
  readonly link: LinkView;
  /** TLS between it and its FTP server. */
  readonly serverTls: ServerTls;
}
