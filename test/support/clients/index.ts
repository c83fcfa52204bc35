import { basicFtp } from './basic-ftp.ts';
import type { DataCommand, Endpoint, FtpClientUnderTest, Operation } from './client.ts';
import { curl } from './curl.ts';
import { lftp } from './lftp.ts';
import { ncftp } from './ncftp.ts';
import { pythonFtplib, resumingFtplib } from './python-ftplib.ts';
import { tnftp } from './tnftp.ts';
import { wget } from './wget.ts';

export { DATA_COMMANDS, isActive } from './client.ts';
export type {
  ClientTls,
  DataCommand,
  Endpoint,
  FtpClientUnderTest,
  Operation,
  Protection,
  RemotePath,
} from './client.ts';
export { basicFtp, curl, lftp, ncftp, pythonFtplib, resumingFtplib, tnftp, wget };

/** A client in one of its modes. */
export interface ClientInMode extends ClientMaker {
  readonly name: string;
  readonly can: ReadonlySet<Operation>;
}

interface ClientMaker {
  readonly mode: DataCommand;
  /** The only family over which the client uses this mode; undefined for both. */
  readonly family?: 6;
  readonly make: (endpoint: Endpoint) => FtpClientUnderTest;
}

const MAKERS: readonly (readonly ClientMaker[])[] = [
  [
    { mode: 'EPSV', make: (at) => curl(at) },
    { mode: 'PASV', make: (at) => curl(at, 'PASV') },
    { mode: 'EPRT', make: (at) => curl(at, 'EPRT') },
    { mode: 'PORT', make: (at) => curl(at, 'PORT') },
  ],
  [
    { mode: 'PASV', make: (at) => lftp(at) },
    { mode: 'EPSV', make: (at) => lftp(at, 'EPSV') },
    { mode: 'PORT', make: (at) => lftp(at, 'PORT') },
    { mode: 'EPRT', make: (at) => lftp(at, 'EPRT'), family: 6 },
  ],
  [
    { mode: 'PASV', make: (at) => ncftp(at) },
    { mode: 'PORT', make: (at) => ncftp(at, 'PORT') },
  ],
  [
    { mode: 'EPSV', make: (at) => tnftp(at) },
    { mode: 'PASV', make: (at) => tnftp(at, 'PASV') },
    { mode: 'EPRT', make: (at) => tnftp(at, 'EPRT') },
    { mode: 'PORT', make: (at) => tnftp(at, 'PORT') },
  ],
  [
    { mode: 'PASV', make: (at) => wget(at) },
    { mode: 'EPSV', make: (at) => wget(at, 'EPSV'), family: 6 },
    { mode: 'PORT', make: (at) => wget(at, 'PORT') },
    { mode: 'EPRT', make: (at) => wget(at, 'EPRT'), family: 6 },
  ],
  [
    { mode: 'PASV', make: (at) => pythonFtplib(at) },
    { mode: 'EPSV', make: (at) => pythonFtplib(at, 'EPSV') },
    { mode: 'PORT', make: (at) => pythonFtplib(at, 'PORT') },
    { mode: 'EPRT', make: (at) => pythonFtplib(at, 'EPRT') },
  ],
  [
    { mode: 'EPSV', make: (at) => basicFtp(at) },
    { mode: 'PASV', make: (at) => basicFtp(at, 'PASV') },
  ],
];
const NOWHERE = { host: '', port: 0, user: '', password: '' };

/** Every client of the interop table, in its order, in each of its modes; first as it comes. */
export const FTP_CLIENTS: readonly (readonly ClientInMode[])[] = MAKERS.map((modes) =>
  modes.map((maker) => {
    const { name, can } = maker.make(NOWHERE);
    return { ...maker, name, can };
  }),
);
