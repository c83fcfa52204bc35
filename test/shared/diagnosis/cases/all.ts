import { ACTIVE_MODE_CASES } from './active-mode.ts';
import { AGENT_CASES } from './agent.ts';
import type { Case } from './case.ts';
import { FILE_CASES } from './files.ts';
import { LINE_CASES } from './line.ts';
import { LOGIN_CASES } from './login.ts';
import { PASSIVE_MODE_CASES } from './passive-mode.ts';
import { PROTOCOL_CASES } from './protocol.ts';
import { SERVER_CASES } from './server.ts';
import { SERVER_DATA_CASES } from './server-data.ts';
import { TLS_CASES } from './tls.ts';
import { TRANSFER_CASES } from './transfers.ts';

/** How each finding of the catalogue is provoked. */
export const CASES: readonly Case[] = [
  ...LOGIN_CASES,
  ...AGENT_CASES,
  ...LINE_CASES,
  ...SERVER_CASES,
  ...SERVER_DATA_CASES,
  ...PROTOCOL_CASES,
  ...TLS_CASES,
  ...ACTIVE_MODE_CASES,
  ...PASSIVE_MODE_CASES,
  ...TRANSFER_CASES,
  ...FILE_CASES,
];
