import { AgentRule } from './agent-rule.ts';
import type { Alert, AlertRule, RelayNews } from './alert.ts';
import { BanRule } from './ban-rule.ts';
import { CertificateRule } from './certificate-rule.ts';
import { LimitRule } from './limit-rule.ts';
import { TunnelRule } from './tunnel-rule.ts';

/** All rules: news in, alerts out. Each thing is told of once, and again when it is over. */
export class AlertRules implements AlertRule {
  readonly #rules: readonly AlertRule[];

  /** @param agentGrace how long an agent may be away, in milliseconds */
  constructor(agentGrace: () => number) {
    this.#rules = [
      new AgentRule(agentGrace),
      new TunnelRule(),
      new CertificateRule(),
      new LimitRule(),
      new BanRule(),
    ];
  }

  take(news: RelayNews, now: number): Alert[] {
    return this.#rules.flatMap((rule) => rule.take(news, now));
  }

  tick(now: number): Alert[] {
    return this.#rules.flatMap((rule) => rule.tick(now));
  }
}
