import type { LineEvent } from '../shared/diagnosis/record.ts';
import type { EndCode, SessionEvent } from '../shared/gateway/events.ts';
import { BandwidthLimit } from '../shared/gateway/bandwidth-limit.ts';
import { GATEWAY_REPLIES } from '../shared/gateway/replies.ts';
import { ServerTraits } from '../shared/gateway/server-traits.ts';
import type { SessionRules } from '../shared/gateway/session-rules.ts';
import { Session } from '../shared/gateway/session.ts';
import type { ServerSide } from '../shared/gateway/sides.ts';
import { ThrottledChannel } from '../shared/gateway/throttled-channel.ts';
import type { Logger } from '../shared/log.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import { systemTimers } from '../shared/time.ts';
import type { Admission } from './admission.ts';
import type { AgentLink } from './agents/agent-link.ts';
import type { Arrival } from './gateway/arrivals.ts';
import type { ClientControl } from './gateway/client-control.ts';
import type { PassivePorts } from './gateway/passive-ports.ts';
import type { PublicHost } from './gateway/public-host.ts';
import { SessionTls } from './gateway/session-tls.ts';
import { SocketPublicSide } from './gateway/socket-public-side.ts';
import type { OpenVisit } from './journal/journal.ts';
import { logSessionEvent } from './session-log.ts';
import type { Tunnel } from './store/store.ts';

export interface TunnelSessionsOptions {
  /** The tunnel as it is now: what is asked of it each time holds at once. */
  readonly tunnel: () => Tunnel;
  readonly admission: Admission;
  readonly passivePorts: PassivePorts;
  readonly publicHost: PublicHost;
  /** What data connections are read into. */
  readonly slabs: SlabPool;
  /** The FTP server has spoken. */
  readonly answered: () => void;
}

/** What of a session there is before it is one. */
export interface Opening {
  readonly arrival: Arrival;
  readonly agent: AgentLink;
  readonly visit: OpenVisit;
  readonly logger: Logger;
  /** Gives up its place among the sessions. */
  readonly leave: () => void;
}

/** The sessions of one tunnel, and what they share: what is known of the server, and the bandwidth. */
export class TunnelSessions {
  readonly #options: TunnelSessionsOptions;
  readonly #sessions = new Map<Session, Opening>();
  readonly #traits = new ServerTraits();
  /** What all sessions together may use. */
  readonly #bandwidth: BandwidthLimit;
  readonly #onSessionClosed: (() => void)[] = [];

  constructor(options: TunnelSessionsOptions) {
    this.#options = options;
    this.#bandwidth = new BandwidthLimit(() => options.tunnel().policy.bandwidth, systemTimers);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** @param sharedPort the client has chosen the tunnel at a port that others share */
  begin(
    opening: Opening,
    control: ClientControl,
    serverSide: ServerSide,
    sharedPort = false,
  ): void {
    const { arrival, agent, visit, leave } = opening;
    const publicSide = this.#publicSide(arrival, control);
    const session: Session = new Session({
      client: control.channel,
      security: control.security,
      publicSide,
      serverSide,
      traits: this.#traits,
      rules: { ...this.#rules(agent, publicSide.client.host), sharedPort },
      timers: systemTimers,
      emit: (event) => this.tell(opening, event),
      closed: () => {
        this.#sessions.delete(session);
        leave();
        visit.over();
        for (const resolve of this.#onSessionClosed.splice(0)) resolve();
      },
    });
    this.#sessions.set(session, opening);
    visit.begins({
      get transferredBytes() {
        return session.transferredBytes;
      },
      kill: (reason) => session.kill('gateway', reason, GATEWAY_REPLIES.ended(reason)),
    });
    if (control.tls !== undefined) {
      this.tell(opening, { type: 'secured', connection: 'control', ...control.tls });
    }
  }

  /** Something happens in a session: it is for the log and for the journal. */
  tell({ visit, logger }: Opening, event: SessionEvent): void {
    if (event.type === 'greeted' || event.type === 'logged-in') this.#options.answered();
    logSessionEvent(logger, event);
    visit.event(event);
  }

  /** Something happens to the line of an agent: it is for the journal of every session over it. */
  tellOf(agent: AgentLink, event: LineEvent): void {
    for (const opening of this.#sessions.values()) {
      if (opening.agent === agent) opening.visit.event(event);
    }
  }

  /** Tells clients that the tunnel ends; resolves when no session is left. Transfers go on meanwhile. */
  async drain(): Promise<void> {
    for (const session of this.#sessions.keys()) session.drain();
    while (this.#sessions.size > 0) {
      await new Promise<void>((resolve) => this.#onSessionClosed.push(resolve));
    }
  }

  /** Ends every session. */
  close(code: EndCode, reason: string): void {
    const lastWords = GATEWAY_REPLIES.serverUnavailable(reason);
    for (const session of this.#sessions.keys()) session.kill('gateway', reason, lastWords, code);
  }

  #publicSide(arrival: Arrival, control: ClientControl): SocketPublicSide {
    const { tunnel, admission, passivePorts, publicHost, slabs } = this.#options;
    const tls = new SessionTls({
      terminator: control.terminator,
      strictClose: () => tunnel().policy.strictClose,
      resumedOnly: () => tunnel().policy.requireSessionReuse,
    });
    return new SocketPublicSide(arrival, {
      ports: passivePorts,
      publicHost,
      tls,
      slabs,
      dataSource: () => tunnel().policy.dataSource,
      admits: (address) => admission.banned(address) === undefined,
      fxp: () => (tunnel().policy.fxp.length === 0 ? undefined : this.#fxp),
      believes: (balancer) => admission.isBalancer(balancer),
    });
  }

  #rules(agent: AgentLink, client: string): SessionRules {
    const { tunnel } = this.#options;
    const { idleTimeout: idle, loginTimeout: login, stallTimeout: stall } = tunnel().policy;
    const own = new BandwidthLimit(() => tunnel().policy.sessionBandwidth, systemTimers);
    const limits = [own, this.#bandwidth];
    return {
      idle,
      login,
      stall,
      tls: () => {
        const { policy, implicitPort } = tunnel();
        return {
          login: policy.tls,
          data: policy.tlsData,
          implicitPort: implicitPort ?? undefined,
        };
      },
      fxp: this.#fxp,
      // Behind the same public address as the agent: very likely in the same network.
      nearby: () =>
        tunnel().policy.lanDirect && agent.lanDirect && agent.identity.address === client,
      readOnly: () => tunnel().policy.readOnly,
      clientMode: () => tunnel().policy.clientMode,
      serverMode: () => tunnel().policy.serverMode,
      throttle: (channel) => new ThrottledChannel(channel, limits),
    };
  }

  readonly #fxp = (address: string): boolean => this.#options.admission.fxp(address);
}
