import { GATEWAY_LIMITS } from '../limits.ts';
import type { SessionEvent } from '../gateway/events.ts';
import type { Side } from './finding.ts';
import { fault, told, type Step, type StepsOf, type Telling } from './timeline-step.ts';
import { shown, size, span } from './words.ts';

type Ended = Extract<SessionEvent, { type: 'transfer-ended' }>;

/** Events of data connections and transfers. */
export type DataEvent = Extract<
  SessionEvent,
  {
    type:
      | 'passive-offered'
      | 'active-offered'
      | 'setup-failed'
      | 'stranger'
      | 'data-accepted'
      | 'data-dialled'
      | 'data-direct'
      | 'data-direct-failed'
      | 'server-data'
      | 'transfer-started'
      | 'transfer-ended';
  }
>;

/** One line for each of them. */
export const TRANSFER_STEPS: StepsOf<DataEvent['type']> = {
  'passive-offered': ({ verb, port, host }) => {
    const at = host === undefined ? '' : ` at ${shown(host)}`;
    return told(
      'client',
      `asked for passive mode (${verb}); was told to connect to port ${port}${at}`,
    );
  },
  'active-offered': ({ verb, host, port }) =>
    told(
      'client',
      `asked for active mode (${verb}): to be connected to at ${shown(host)} port ${port}`,
    ),
  'setup-failed': ({ verb, text }) =>
    fault('server', `agreed to no data connection (${verb}): ${shown(text)}`),
  stranger: ({ port, from }) =>
    fault('relay', `refused ${shown(from.host)}, which came to port ${port} in the client's place`),
  'data-accepted': ({ port, from }, telling) =>
    told('client', `connected to port ${port}${elsewhere(from.host, telling)}`),
  'data-dialled': ({ host, port }) =>
    told('relay', `connected to the client at ${shown(host)} port ${port}`),
  'data-direct': ({ host, port }) =>
    told('agent', `connected to the client directly, at ${shown(host)} port ${port}`),
  'data-direct-failed': ({ reason }) =>
    told('agent', `could not connect to the client directly: ${shown(reason)}`),
  'server-data': ({ serverWay }) =>
    serverWay === 'active'
      ? told('server', 'connected to its agent for the data')
      : told('agent', 'connected to the FTP server for the data'),
  'transfer-started': (event) => {
    const known = event.size === undefined ? '' : ` (${size(event.size)})`;
    return told('server', `began ${kind(event)}${known}`);
  },
  'transfer-ended': endedStep,
};

function elsewhere(host: string, { record }: Telling): string {
  return host === record.client.host ? '' : ` from another address, ${shown(host)}`;
}

function kind({ verb, name, direction }: Pick<Ended, 'verb' | 'name' | 'direction'>): string {
  const what = name === '' ? 'the folder' : shown(name);
  if (verb === 'LIST' || verb === 'NLST' || verb === 'MLSD') return `listing ${what}`;
  return direction === 'upload' ? `receiving ${what}` : `sending ${what}`;
}

const SIDES: Readonly<Record<'client' | 'server' | 'tunnel' | 'gateway', Side>> = {
  client: 'client',
  server: 'server',
  tunnel: 'agent',
  gateway: 'relay',
};

function endedStep(event: Ended, telling: Telling): Step {
  const { verb, name, bytes, ms, code, broken } = event;
  const what = name === '' ? verb : `${verb} of ${shown(name)}`;
  if (broken?.code === 'no-connection') {
    const wait = span(Math.min(Math.max(ms, 1), GATEWAY_LIMITS.dataAccept));
    return fault('client', `did not connect to port ${telling.port ?? '?'} within ${wait}`);
  }
  if (broken?.code === 'client-unreachable') {
    return fault('relay', `could not connect to the client: ${shown(broken.reason)}`);
  }
  if (broken !== undefined) {
    return fault(
      SIDES[broken.by],
      `broke ${what} off after ${size(bytes)}: ${shown(broken.reason)}`,
    );
  }
  if (code >= 400) return fault('server', `refused ${what} (${code})`);
  return told('relay', `${what} is complete: ${size(bytes)} in ${span(ms)}`);
}
