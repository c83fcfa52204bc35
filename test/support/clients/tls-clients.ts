import type { TlsVersion } from '../servers/index.ts';
import { isActive, type Protection } from './client.ts';
import { FTP_CLIENTS, resumingFtplib } from './index.ts';
import type { ClientInMode } from './index.ts';

/** A client that speaks TLS, in one of its modes. */
export interface TlsClientInMode extends ClientInMode {
  /** What it can ask of its data connections. */
  readonly protections: readonly Protection[];
  /** The versions in which its data connections always resume the TLS session of the control connection. */
  readonly resumes: readonly TlsVersion[];
}

type TlsAbility = Pick<TlsClientInMode, 'protections' | 'resumes'>;

const BOTH: readonly TlsVersion[] = ['1.2', '1.3'];

/** The other clients have no FTP over TLS: Debian's tnftp has TLS for `https:` only, ncftp none. */
const ABILITIES: Readonly<Record<string, TlsAbility>> = {
  curl: { protections: ['P', 'C'], resumes: BOTH },
  lftp: { protections: ['P', 'C'], resumes: BOTH },
  // It waits 60 ms for a ticket of TLS 1.3, and on a busy machine does without.
  wget: { protections: ['P', 'C'], resumes: ['1.2'] },
  ftplib: { protections: ['P', 'C'], resumes: [] },
  'ftplib, resuming': { protections: ['P'], resumes: BOTH },
  'basic-ftp': { protections: ['P'], resumes: BOTH },
};

const RESUMING: readonly ClientInMode[] = (
  FTP_CLIENTS.find((modes) => {
    return modes[0]?.name === 'ftplib';
  }) ?? []
).map(({ mode, can }) => ({
  name: 'ftplib, resuming',
  mode,
  can,
  make: (at) => resumingFtplib(at, mode),
}));

/** Every client that speaks TLS, in each of its modes; first as it comes. */
export const TLS_CLIENTS: readonly (readonly TlsClientInMode[])[] = [...FTP_CLIENTS, RESUMING]
  .map((modes) =>
    modes.flatMap((inMode) => {
      const ability = ABILITIES[inMode.name];
      return ability === undefined ? [] : [{ ...inMode, ...inThatMode(inMode, ability) }];
    }),
  )
  .filter((modes) => modes.length > 0);

/**
 * Debian 12's curl (7.88) never begins TLS on a connection that it accepted, and waits for ever; 8.0.0
 * does it.
 */
function inThatMode({ name, mode }: ClientInMode, ability: TlsAbility): TlsAbility {
  return name === 'curl' && isActive(mode) ? { ...ability, protections: ['C'] } : ability;
}
