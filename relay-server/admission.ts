import type { Reply } from '../shared/ftp/reply.ts';
import { GATEWAY_REPLIES } from '../shared/gateway/replies.ts';
import { holderOf, Networks } from '../shared/net/networks.ts';
import type { TunnelPolicy } from './policy.ts';

/** Why a client is not let in: a word for programs, and what he reads. */
export interface Refusal {
  readonly why: 'address-not-allowed' | 'max-sessions' | 'max-sessions-per-address';
  readonly reply: Reply;
}

/** Who may do what at a tunnel by its policy. Counts sessions; knows no socket. */
export class Admission {
  readonly #held = new Map<string, number>();
  #sessions = 0;
  #policy: TunnelPolicy;
  #allow: Networks;
  #deny: Networks;
  #fxp: Networks;
  #balancers: Networks;

  constructor(policy: TunnelPolicy) {
    this.#policy = policy;
    this.#allow = new Networks(policy.allow);
    this.#deny = new Networks(policy.deny);
    this.#fxp = new Networks(policy.fxp);
    this.#balancers = new Networks(policy.proxyFrom);
  }

  /** Another policy from now on; sessions that were let in stay. */
  adopt(policy: TunnelPolicy): void {
    this.#policy = policy;
    this.#allow = new Networks(policy.allow);
    this.#deny = new Networks(policy.deny);
    this.#fxp = new Networks(policy.fxp);
    this.#balancers = new Networks(policy.proxyFrom);
  }

  /** Why an address may not use the tunnel at all; undefined if it may. */
  banned(address: string): Refusal | undefined {
    const open = this.#policy.allow.length === 0 || this.#allow.has(address);
    if (open && !this.#deny.has(address)) return undefined;
    return { why: 'address-not-allowed', reply: GATEWAY_REPLIES.addressNotAllowed(address) };
  }

  /** Whether a server at this address may take part in transfers between servers; who is denied may not. */
  fxp(address: string): boolean {
    return this.#fxp.has(address) && !this.#deny.has(address);
  }

  /** Whether a balancer is at this address, which is believed who its connections are from. */
  isBalancer(address: string): boolean {
    return this.#balancers.has(address);
  }

  /** Why there is no room for one more session of an address; undefined if there is. */
  crowded(address: string): Refusal | undefined {
    const { maxSessions, maxSessionsPerAddress } = this.#policy;
    if ((this.#held.get(holderOf(address)) ?? 0) >= maxSessionsPerAddress) {
      const reply = GATEWAY_REPLIES.tooManySessionsFromAddress(maxSessionsPerAddress);
      return { why: 'max-sessions-per-address', reply };
    }
    if (this.#sessions < maxSessions) return undefined;
    return { why: 'max-sessions', reply: GATEWAY_REPLIES.tooManySessions(maxSessions) };
  }

  /** A session of this address begins. @returns what to call once when it is over. */
  enter(address: string): () => void {
    const holder = holderOf(address);
    this.#held.set(holder, (this.#held.get(holder) ?? 0) + 1);
    this.#sessions += 1;
    return () => {
      this.#sessions -= 1;
      const left = (this.#held.get(holder) ?? 1) - 1;
      if (left > 0) this.#held.set(holder, left);
      else this.#held.delete(holder);
    };
  }
}
