import type { Reading } from './reading.ts';

/** Words of channels that break when the link does, or when the agent goes away. */
const LINK_CODES: ReadonlySet<string> = new Set(['link-lost', 'going-away', 'shutting-down']);

/** Where the link was lost for good under a session or its transfers, and why. */
export function linkLosses({ closed, transfers }: Reading): { at: number; reason: string }[] {
  const broken = transfers
    .filter((one) => one.broken !== undefined && isLink(one.broken.by, one.broken.code))
    .map(({ at, broken: by }) => ({ at, reason: by?.reason ?? '' }));
  const ended =
    closed !== undefined && isLink(closed.by, closed.code)
      ? [{ at: closed.at, reason: closed.reason }]
      : [];
  return [...broken, ...ended];
}

function isLink(by: string, code: string): boolean {
  return by === 'tunnel' || LINK_CODES.has(code);
}
