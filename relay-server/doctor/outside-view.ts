import { isIP } from 'node:net';
import type { Tunnel } from '../store/store.ts';
import type { AgentLink } from '../agents/agent-link.ts';
import { canonicalAddress, familyOf } from '../../shared/net/address.ts';
import type { PortSeen, Probe, ProbeAnswer } from '../../shared/proto/probes.ts';
import type { DoctorGround } from './ground.ts';

/** What a port of the relay looks like from outside. */
export type PortView =
  /** It was connected to; `arrived`: the relay saw somebody come meanwhile, and at which address. */
  | { readonly is: 'seen'; readonly port: PortSeen; readonly arrived: string | undefined }
  /** The agent does not connect there. */
  | { readonly is: 'refused'; readonly reason: string };

/** The relay as an agent sees it from outside, while a run lasts. */
export class OutsideView {
  readonly agent: AgentLink;
  readonly tunnel: Tunnel;
  /** What clients are told to connect to: a name or an address. */
  readonly name: string;
  readonly #ground: DoctorGround;
  #addresses: Promise<readonly string[]> | undefined;
  #control: Promise<PortView> | undefined;

  constructor(ground: DoctorGround, tunnel: Tunnel, agent: AgentLink) {
    this.#ground = ground;
    this.tunnel = tunnel;
    this.agent = agent;
    this.name = tunnel.host ?? ground.publicHost.name;
  }

  /** What IPv6 clients are told. */
  get publicIpv6(): string | undefined {
    const { publicIpv6 } = this.#ground;
    return publicIpv6 === undefined ? undefined : canonicalAddress(publicIpv6);
  }

  get isName(): boolean {
    return isIP(this.name) === 0;
  }

  /** Where clients go: the addresses of the name as the agent finds them. Asked once. @throws GangwayError */
  addresses(): Promise<readonly string[]> {
    this.#addresses ??= this.#resolve();
    return this.#addresses;
  }

  /** The address that is looked at: IPv4 first, as most clients use it. @throws GangwayError */
  async address(): Promise<string | undefined> {
    const all = await this.addresses();
    return all.find((one) => familyOf(one) === 4) ?? all[0];
  }

  /** The public port at that address. Asked once. @throws GangwayError */
  control(): Promise<PortView> {
    this.#control ??= this.address().then((address) =>
      address === undefined
        ? { is: 'refused', reason: `${this.name} has no address that the agent connects to` }
        : this.look(address, this.tunnel.port),
    );
    return this.#control;
  }

  /** Connects to one of the tunnel's ports from outside. @throws GangwayError */
  async look(address: string, port: number): Promise<PortView> {
    let arrived: string | undefined;
    const stop = this.#ground.watchArrivals((seen) => {
      if (seen.port === port) arrived = seen.reached;
    });
    try {
      const answer = await this.ask({ kind: 'connect', address, ports: [port] });
      const [seen] = answer.kind === 'connect' ? answer.ports : [];
      if (seen !== undefined) return { is: 'seen', port: seen, arrived };
      return { is: 'refused', reason: reasonOf(answer) };
    } finally {
      stop();
    }
  }

  /** Whether somebody came to that port while `during` lasted. */
  async arrives<T>(port: number, during: () => Promise<T>): Promise<[T, boolean]> {
    let arrived = false;
    const stop = this.#ground.watchArrivals((seen) => (arrived ||= seen.port === port));
    try {
      return [await during(), arrived];
    } finally {
      stop();
    }
  }

  /** @throws GangwayError when the agent does not answer */
  ask(probe: Probe): Promise<ProbeAnswer> {
    return this.agent.probe(probe);
  }

  /** Address that passive clients are told who came to `reached`. */
  told(reached: string | undefined): string | undefined {
    return this.#ground.publicHost.advertisedIpv4(reached ?? '::');
  }

  async #resolve(): Promise<readonly string[]> {
    if (!this.isName) return [canonicalAddress(this.name)];
    const answer = await this.ask({ kind: 'resolve', name: this.name });
    return answer.kind === 'resolve' ? answer.addresses : [];
  }
}

/** Why there is no answer of the kind that was asked for. */
export function reasonOf(answer: ProbeAnswer): string {
  return 'reason' in answer ? answer.reason : 'the agent answered something else';
}
