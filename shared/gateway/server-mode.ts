/**
 * How the gateway gets the data connections of the FTP server, whatever mode the client is in:
 * - `auto`: learns what the server can do, and asks for EPSV first;
 * - `epsv`: the server listens, asked with EPSV (RFC 2428 §3);
 * - `pasv`: the server listens, asked with PASV (RFC 959 §4.1.2);
 * - `active`: the server connects, told where with EPRT or PORT.
 */
export const SERVER_MODES = ['auto', 'epsv', 'pasv', 'active'] as const;
export type ServerMode = (typeof SERVER_MODES)[number];
