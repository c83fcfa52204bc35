import type { ListenerState } from '../admin/runtime.ts';
import type { AgentLink } from '../agents/agent-link.ts';
import type { PassivePorts } from '../gateway/passive-ports.ts';
import type { PublicHost } from '../gateway/public-host.ts';
import type { ArrivalSeen } from '../gateway/public-ports.ts';
import type { Tunnel } from '../store/store.ts';

/** A tunnel that is to be looked at, as it was when a run began. */
export interface Patient {
  readonly tunnel: Tunnel;
  readonly listener: ListenerState;
  /** The link that serves new sessions. */
  readonly agent: AgentLink | undefined;
  /** Why there is none, if there is none. */
  readonly whyOffline: string;
}

/** What of the running relay the doctor looks at. */
export interface DoctorGround {
  readonly publicHost: PublicHost;
  /** `--public-ipv6`. */
  readonly publicIpv6: string | undefined;
  readonly passivePorts: PassivePorts;
  /** The tunnel of that name; undefined if there is none. */
  patient(name: string): Patient | undefined;
  /** Tells of everybody who comes to a public port, until the returned function is called. */
  watchArrivals(seen: (arrival: ArrivalSeen) => void): () => void;
}
