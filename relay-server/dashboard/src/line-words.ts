import type { AgentView } from '../../views/tunnels.ts';
import { counted } from './format.ts';

/** A round trip for people: `23 ms`. @param ms null before the first measurement */
export function roundTripText(ms: number | null): string {
  return ms === null ? '–' : `${Math.round(ms)} ms`;
}

/** The line to an agent in short: `4 carriers, 23 ms`; a dash while it is away or its line is down. */
export function lineText({ link, roundTrip }: AgentView): string {
  if (link === null || link.waitingSince !== null) return '–';
  const carriers = counted(link.carrierCount, 'carrier');
  return roundTrip === null ? carriers : `${carriers}, ${roundTripText(roundTrip)}`;
}
