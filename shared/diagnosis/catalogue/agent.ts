import { DIAGNOSIS_LIMITS } from '../../limits.ts';
import { firstOf, type Cause, type Detection } from '../cause.ts';
import { linkLosses } from '../reading/link-losses.ts';
import type { Reading } from '../reading/reading.ts';
import { TRANSFER_AGAIN } from '../remedies/connections.ts';
import { WAIT } from '../remedies/everybody.ts';
import { shown } from '../words.ts';
import { formatMoment } from '../../time.ts';

/** The link was lost under a session or its transfer. */
function linkLost(reading: Reading): Detection | undefined {
  return firstOf(linkLosses(reading), ({ reason }) => ({
    reason: shown(reason),
    drops: reading.context.agent.drops,
  }));
}

/** Where more is known of the losses than that they are many, that is told instead. */
function isFlapping({ context }: Reading): boolean {
  const { drops, line } = context.agent;
  return drops >= DIAGNOSIS_LIMITS.agentDrops && line === undefined;
}

export const AGENT: readonly Cause[] = [
  {
    code: 'agent-offline',
    severity: 'error',
    side: 'agent',
    title: 'The agent beside the FTP server is away',
    detect: (reading) => {
      const turned = reading.turnedAway('offline');
      if (turned === undefined) return undefined;
      const { awaySince } = reading.context.agent;
      // At a shared port the client is told nothing of it, so no reply says since when.
      const since = awaySince === undefined ? '' : ` since ${formatMoment(awaySince)}`;
      const silent = turned.text === turned.why;
      const text = silent ? `the agent is away${since}` : turned.text;
      return { at: turned.at, facts: { text: shown(text) } };
    },
    what: 'The client at {client} could not be served: {text}',
    why: 'The agent is not running, its machine is off or has no internet, or a firewall there does not let it out to the relay.',
    webmaster:
      'Look at the agent’s machine: is it on, does the agent run, what does it print? Run it as a service (gangway service install agent), so that it starts with the machine.',
    tell: 'The FTP server is not connected at this moment.',
    remedy: WAIT,
  },
  {
    code: 'link-lost',
    severity: 'error',
    side: 'agent',
    title: 'The connection to the agent was lost',
    detect: (reading) => (isFlapping(reading) ? undefined : linkLost(reading)),
    what: 'The connection between relay and agent was lost during the visit of the client at {client}: {reason}.',
    why: 'The internet line of the FTP server’s site was interrupted, or the agent was stopped. Transfers that ran were broken off, and no incomplete file was passed off as complete.',
    webmaster:
      'If it happened once, nothing needs to be done. If it comes again, look at the line and at the agent’s log.',
    tell: 'The line to the FTP server was interrupted for a moment.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'agent-flapping',
    severity: 'error',
    side: 'agent',
    title: 'The connection to the agent is lost again and again',
    detect: (reading) => (isFlapping(reading) ? linkLost(reading) : undefined),
    what: 'The connection between relay and agent was lost during the visit of the client at {client} ({reason}), and {drops} times in the last hour.',
    why: 'The site’s internet line is unstable, a proxy or firewall there cuts long connections, or two agents use one credential and push each other out.',
    webmaster:
      'Look at the agent’s log for the reason of each loss. A proxy with a time-out for WebSockets needs a longer one; each agent needs a code of its own.',
    tell: 'The line to the FTP server is unstable at this moment.',
    remedy: TRANSFER_AGAIN,
  },
  {
    code: 'agent-overloaded',
    severity: 'error',
    side: 'agent',
    title: 'The agent has no room for another connection',
    detect: (reading) => {
      const closed = reading.closedBy('too-many-streams');
      const broken = reading.transfers.filter((one) => one.broken?.code === 'too-many-streams');
      return closed === undefined
        ? firstOf(broken, ({ broken: by }) => ({ reason: shown(by?.reason) }))
        : { at: closed.at, facts: { reason: shown(closed.reason) } };
    },
    what: 'A connection for the client at {client} was refused on the way to the FTP server: {reason}.',
    why: 'The link between relay and agent carries as many connections as it may.',
    webmaster:
      'Lower --max-sessions, or look for clients that hold connections without using them.',
    tell: 'There are too many users at this moment.',
    remedy: WAIT,
  },
  {
    code: 'relay-restarting',
    severity: 'info',
    side: 'relay',
    title: 'The relay was being restarted',
    detect: (reading) => {
      const turned = reading.turnedAway('draining');
      const closed = reading.closedBy('restarting');
      const at = turned?.at ?? closed?.at;
      return at === undefined ? undefined : { at, facts: {} };
    },
    what: 'The client at {client} was told to come again, as the relay or its tunnel was being restarted.',
    why: 'Running transfers are finished first; sessions without one end at once.',
    webmaster: 'Nothing needs to be changed.',
    tell: 'The server was being restarted at that moment.',
    remedy: WAIT,
  },
  {
    code: 'session-killed',
    severity: 'info',
    side: 'relay',
    title: 'The session was ended by an administrator',
    detect: (reading) => {
      const closed = reading.closedBy('killed');
      return closed && { at: closed.at, facts: { reason: shown(closed.reason) } };
    },
    what: 'The session of the client at {client} was ended here: {reason}.',
    why: 'An administrator ended it, or its tunnel was changed or deleted, or its agent’s access was revoked.',
    webmaster: 'Nothing needs to be changed.',
    tell: 'Your connection was ended by the administrator of this server.',
    remedy: WAIT,
  },
];
