import type { CatalogueRow } from '../row.ts';
import { ACTIVE_ROWS } from './active.ts';
import { LOGIN_ROWS } from './login.ts';
import { PASSIVE_ROWS } from './passive.ts';
import { PROTOCOL_ROWS } from './protocols.ts';
import { SERVER_ROWS } from './server.ts';
import { TLS_ROWS } from './tls.ts';
import { TRANSFER_ROWS } from './transfers.ts';

/** Every cause that is recognised, by theme; within one theme what is told first comes first. */
export const CATALOGUE: readonly CatalogueRow[] = [
  ...LOGIN_ROWS,
  ...PASSIVE_ROWS,
  ...ACTIVE_ROWS,
  ...TLS_ROWS,
  ...SERVER_ROWS,
  ...TRANSFER_ROWS,
  ...PROTOCOL_ROWS,
];
