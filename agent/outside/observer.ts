import { errorText } from '../../shared/errors.ts';
import { PROBE_LIMITS } from '../../shared/limits.ts';
import type { Logger } from '../../shared/log.ts';
import type { AnswerOf, Probe, ProbeAnswer } from '../../shared/proto/probes.ts';
import type { Budget } from './budget.ts';
import { lookAtCertificate } from './certificate-look.ts';
import type { OutsidePolicy } from './policy.ts';
import { lookAtPort } from './port-look.ts';

export interface ObserverOptions {
  readonly policy: OutsidePolicy;
  /** Connections that may be made; one for all links, so that a new link brings no more. */
  readonly budget: Budget;
  readonly logger: Logger;
}

/** Answers the relay's questions about what is seen from here. */
export class Observer {
  readonly #options: ObserverOptions;
  #busy = 0;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Never rejects: what went wrong is an answer, too. */
  async answer(probe: Probe): Promise<ProbeAnswer> {
    if (this.#busy >= PROBE_LIMITS.atOnce) {
      return this.#refused(probe, `it works on ${PROBE_LIMITS.atOnce} questions already`);
    }
    this.#busy += 1;
    try {
      return await this.#look(probe);
    } catch (error) {
      const [line = ''] = errorText(error).split('\n', 1);
      return { kind: 'failed', reason: line.slice(0, 512) };
    } finally {
      this.#busy -= 1;
    }
  }

  async #look(probe: Probe): Promise<ProbeAnswer> {
    if (probe.kind === 'clock') return { kind: 'clock', at: Date.now() };
    if (probe.kind === 'connect') return this.#connect(probe);
    if (probe.kind === 'resolve') {
      return { kind: 'resolve', addresses: await this.#options.policy.addresses(probe.name) };
    }
    const why = await this.#whyNot(probe.address, [probe.port]);
    return why === undefined ? lookAtCertificate(probe) : this.#refused(probe, why);
  }

  async #connect(
    probe: Extract<Probe, { kind: 'connect' }>,
  ): Promise<AnswerOf<'connect'> | AnswerOfRefused> {
    const { address, ports } = probe;
    const why = await this.#whyNot(address, ports);
    if (why !== undefined) return this.#refused(probe, why);
    const listening =
      ports.length === 1
        ? { within: PROBE_LIMITS.greeting, characters: PROBE_LIMITS.greetingText }
        : { within: PROBE_LIMITS.said, characters: PROBE_LIMITS.saidText };
    const seen = await Promise.all(ports.map((port) => lookAtPort(address, port, listening)));
    return { kind: 'connect', ports: seen };
  }

  async #whyNot(address: string, ports: readonly number[]): Promise<string | undefined> {
    for (const port of ports) {
      const why = await this.#options.policy.whyNot(address, port);
      if (why !== undefined) return why;
    }
    if (this.#options.budget.spend(ports.length)) return undefined;
    return `it made ${PROBE_LIMITS.connections} connections for such questions within the hour`;
  }

  #refused(probe: Probe, reason: string): AnswerOfRefused {
    this.#options.logger.warn({ event: 'probe-refused', kind: probe.kind }, reason);
    return { kind: 'refused', reason };
  }
}

type AnswerOfRefused = Extract<ProbeAnswer, { kind: 'refused' }>;
