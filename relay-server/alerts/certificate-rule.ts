import { ALERT_LIMITS } from '../watch-limits.ts';
import type { Alert, AlertRule, CertificateNews, RelayNews } from './alert.ts';

interface Told {
  readonly state: CertificateNews['state'];
  readonly since: number;
  readonly at: number;
}

/** Tells once a day of each certificate that ends soon or has ended, and when that is over. */
export class CertificateRule implements AlertRule {
  #told = new Map<string, Told>();

  take(news: RelayNews, now: number): Alert[] {
    if (news.type !== 'certificates') return [];
    const before = this.#told;
    this.#told = new Map();
    const alerts: Alert[] = [];
    for (const one of news.findings.slice(0, ALERT_LIMITS.subjects)) {
      const names = one.names.join(', ') || 'no name';
      const last = before.get(names);
      const isSame = last?.state === one.state;
      const isDue = !isSame || now - last.at >= ALERT_LIMITS.certificateAgain;
      const since = isSame ? last.since : now;
      this.#told.set(names, { state: one.state, since, at: isDue ? now : last.at });
      if (isDue) alerts.push(raised(names, one, since, now));
    }
    for (const [names, last] of before) {
      if (!this.#told.has(names)) alerts.push(resolved(names, last, now));
    }
    return alerts;
  }

  tick(): Alert[] {
    return [];
  }
}

function raised(
  names: string,
  { state, finding }: CertificateNews,
  since: number,
  at: number,
): Alert {
  const [first = '', ...rest] = finding.split('. ');
  return {
    ...common(names, state, since, at),
    state: 'raised',
    text: `${first.charAt(0).toUpperCase()}${first.slice(1)}${rest.length > 0 ? '.' : ''}`,
    remedy: rest.join('. '),
  };
}

function resolved(names: string, { state, since }: Told, at: number): Alert {
  const text = `The certificate for ${names} was renewed, or is no longer in use.`;
  return { ...common(names, state, since, at), state: 'resolved', text, remedy: '' };
}

function common(
  names: string,
  state: CertificateNews['state'],
  since: number,
  at: number,
): Pick<Alert, 'kind' | 'key' | 'at' | 'since' | 'tunnel' | 'subject'> {
  const key = `certificate ${names}`;
  return { kind: `certificate-${state}`, key, at, since, tunnel: null, subject: names };
}
