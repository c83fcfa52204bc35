import assert from 'node:assert/strict';
import type { Issued, TestAuthority } from '../support/certificates.ts';
import { serveTunnel, startRelay, type Relay, type ServedTunnel } from '../support/gangway.ts';
import { reservePortBlock, type PortBlock } from '../support/ports.ts';
import type { RealServer } from '../support/servers/index.ts';
import { reuseVersion, type ServerTlsKind, type Setup, type TlsPairing } from './tls-plan.ts';

/** Flags of the agent for a server of that kind. */
const AGENT_TLS: Readonly<Record<ServerTlsKind, 'none' | 'explicit' | 'implicit'>> = {
  none: 'none',
  optional: 'explicit',
  required: 'explicit',
  'reuse required': 'explicit',
  implicit: 'implicit',
};
/** A tunnel's port, its second one for implicit TLS, and the port of a tunnel that demands reuse. */
const PORTS = 3;

interface Served {
  readonly ports: PortBlock;
  readonly tunnels: readonly ServedTunnel[];
}

/** One relay with its certificate, and for each server the tunnels that its pairings go through. */
export class TlsTunnels {
  readonly #relay: Relay;
  readonly #caFile: string;
  readonly #served = new Map<Setup, Served>();

  private constructor(relay: Relay, caFile: string) {
    this.#relay = relay;
    this.#caFile = caFile;
  }

  static async start(authority: TestAuthority, issued: Issued): Promise<TlsTunnels> {
    const certificate = [`--tls-cert=${issued.certFile}`, `--tls-key=${issued.keyFile}`];
    const relay = await startRelay({ flags: ['--listen-host=::', ...certificate] });
    return new TlsTunnels(relay, authority.caFile);
  }

  /** Starts the agents of one server. @throws Error with a program's log. */
  async serve(setup: Setup, server: RealServer, pairings: readonly TlsPairing[]): Promise<void> {
    const ports = await reservePortBlock(PORTS);
    const name = `${setup.server}-${setup.kind}-${setup.version ?? 'any'}`.replaceAll(/[ .]/g, '-');
    const agentFlags = this.#agentFlags(setup);
    const optional = ['--tls=optional', '--tls-data=optional'];
    const implicit = `--implicit-port=${ports.first + 1}`;
    const tunnelFlags = [...optional, implicit];
    const { first } = ports;
    const tunnels = [
      await serveTunnel(this.#relay, server, { name, port: first, tunnelFlags, agentFlags }),
    ];
    if (pairings.some(({ tls }) => reuseVersion(tls) !== undefined)) {
      const strict = ['--tls=required', '--tls-data=required', '--require-session-reuse'];
      const place = { name: `${name}-strict`, port: first + 2, tunnelFlags: strict, agentFlags };
      tunnels.push(await serveTunnel(this.#relay, server, place));
    }
    this.#served.set(setup, { ports, tunnels });
  }

  /** The port at which that pairing finds its tunnel. */
  portFor({ setup, tls }: TlsPairing): number {
    const served = this.#served.get(setup);
    assert.ok(served, 'the server is behind a tunnel');
    const { first } = served.ports;
    if (reuseVersion(tls) !== undefined) return first + 2;
    return tls === 'implicit' ? first + 1 : first;
  }

  /** Ends the agents of one server. */
  async leave(setup: Setup): Promise<void> {
    const served = this.#served.get(setup);
    for (const tunnel of served?.tunnels ?? []) await tunnel.close();
    await served?.ports.release();
  }

  async close(): Promise<void> {
    await this.#relay.stop();
  }

  #agentFlags({ kind }: Setup): string[] {
    if (kind === 'none') return [];
    const verified = [`--server-ca=${this.#caFile}`, '--server-name=localhost'];
    return [`--server-tls=${AGENT_TLS[kind]}`, ...verified];
  }
}
