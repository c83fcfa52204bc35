import type { AlertSettingsView } from '../../../views/alerts.ts';

type Kind = AlertSettingsView['kinds'][number];

/** What alerts are of, in the order they are chosen from. */
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  'agent-offline': 'An agent is away',
  'agent-online': 'An agent is back',
  'tunnel-failing': 'Sessions of a tunnel fail in a row, or its port is not open',
  'certificate-expiring': 'A certificate ends soon',
  'certificate-expired': 'A certificate has ended',
  'limit-reached': 'A limit keeps clients out',
  'repeated-failed-logins': 'An address was banned for failed logins',
};

export const KINDS = Object.keys(KIND_WORDS) as readonly Kind[];
