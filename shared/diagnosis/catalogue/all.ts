import type { Cause } from '../cause.ts';
import { ACTIVE_MODE } from './active-mode.ts';
import { AGENT } from './agent.ts';
import { FILES } from './files.ts';
import { LINE } from './line.ts';
import { LOGIN } from './login.ts';
import { PASSIVE_MODE } from './passive-mode.ts';
import { PROTOCOL } from './protocol.ts';
import { SERVER } from './server.ts';
import { SERVER_DATA } from './server-data.ts';
import { TLS } from './tls.ts';
import { TRANSFERS } from './transfers.ts';

/** A part of the catalogue, as the docs show it. */
export interface Theme {
  readonly title: string;
  readonly causes: readonly Cause[];
}

/** The whole catalogue. Findings come in this order where they were seen at the same time. */
export const THEMES: readonly Theme[] = [
  { title: 'Getting in', causes: LOGIN },
  { title: 'The agent and the relay', causes: AGENT },
  { title: 'The line to the agent', causes: LINE },
  { title: 'The FTP server', causes: SERVER },
  { title: 'Between agent and FTP server', causes: SERVER_DATA },
  { title: 'Other protocols', causes: PROTOCOL },
  { title: 'Encryption', causes: TLS },
  { title: 'Active mode', causes: ACTIVE_MODE },
  { title: 'Passive mode', causes: PASSIVE_MODE },
  { title: 'Transfers', causes: TRANSFERS },
  { title: 'Files', causes: FILES },
];

export const CATALOGUE: readonly Cause[] = THEMES.flatMap(({ causes }) => causes);

const BY_CODE: ReadonlyMap<string, Cause> = new Map(CATALOGUE.map((cause) => [cause.code, cause]));

/** The cause with this code; undefined if there is none, as in the history of another version. */
export function causeOf(code: string): Cause | undefined {
  return BY_CODE.get(code);
}
