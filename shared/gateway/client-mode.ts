/**
 * In which modes clients may set up data connections:
 * - `any`: as they like;
 * - `passive`: PASV and EPSV only, for relays that may not connect to the outside;
 * - `active`: PORT and EPRT only, for relays without open passive ports.
 */
export const CLIENT_MODES = ['any', 'passive', 'active'] as const;
export type ClientMode = (typeof CLIENT_MODES)[number];
