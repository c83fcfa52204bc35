import type { AgentView } from '../views/tunnels.ts';
import { moment } from './table.ts';

/** Whether an agent has a link that waits for a carrier. */
export function isLineDown({ link }: AgentView): boolean {
  return typeof link?.waitingSince === 'number';
}

/** The line to an agent in short: `4 carriers, 23 ms, resumed 2 times`; `-` while it is away. */
export function lineText(agent: AgentView): string {
  const { link, roundTrip } = agent;
  // A relay that is older does not tell of it.
  if (link === null || link === undefined) return '-';
  const { waitingSince, carrierCount, resumes } = link;
  const carriers = carrierCount === 1 ? '1 carrier' : `${carrierCount} carriers`;
  const now =
    waitingSince === null
      ? [carriers, ...(roundTrip === null ? [] : [`${Math.round(roundTrip)} ms`])]
      : [`waiting for the agent since ${moment(waitingSince)}`];
  return [...now, ...(resumes === 0 ? [] : [`resumed ${times(resumes)}`])].join(', ');
}

/** The lines to all agents that are there. */
export function linesText(agents: readonly AgentView[]): string {
  const lines = agents.filter(({ connected }) => connected).map(lineText);
  return lines.length === 0 ? '-' : lines.join('; ');
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
