import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Issued } from '../support/certificates.ts';
import { unpackedPackage } from '../support/debian.ts';
import type { ServerName } from '../support/servers/index.ts';

/** What a server wants of TLS: may be, must be, and data connections that resume the control's session. */
export type TlsSetting = 'optional' | 'required' | 'reuse-required';

type Lines = (setting: TlsSetting, issued: Issued) => Promise<string[]>;

/** Lines that switch TLS on, by server. */
export const TLS_LINES = {
  vsftpd: (setting, { certFile, keyFile }) => {
    const force = setting === 'optional' ? 'NO' : 'YES';
    return Promise.resolve([
      'ssl_enable=YES',
      `rsa_cert_file=${certFile}`,
      `rsa_private_key_file=${keyFile}`,
      'ssl_ciphers=HIGH',
      `force_local_logins_ssl=${force}`,
      `force_local_data_ssl=${force}`,
      `require_ssl_reuse=${setting === 'reuse-required' ? 'YES' : 'NO'}`,
      // An upload without close_notify is a broken one to it.
      'strict_ssl_read_eof=YES',
      'debug_ssl=YES',
    ]);
  },
  proftpd: async (setting, { cert, certFile, keyFile }) => {
    // It sends the first certificate of a file only.
    const chainFile = `${certFile}.chain`;
    await writeFile(chainFile, `${cert.slice(cert.lastIndexOf('-----BEGIN'))}\n`);
    return [
      `ModulePath ${join(unpackedPackage('proftpd-mod-crypto'), 'usr/lib/proftpd')}`,
      'LoadModule mod_tls.c',
      'TLSEngine on',
      'TLSProtocol TLSv1.2 TLSv1.3',
      `TLSRequired ${setting === 'optional' ? 'off' : 'on'}`,
      `TLSECCertificateFile ${certFile}`,
      `TLSECCertificateKeyFile ${keyFile}`,
      `TLSCertificateChainFile ${chainFile}`,
      `TLSLog ${join(dirname(certFile), 'proftpd-tls.log')}`,
      ...(setting === 'reuse-required' ? [] : ['TLSOptions NoSessionReuseRequired']),
    ];
  },
  /** It knows no demand for reuse; with 3 it also refuses data in clear. */
  'pure-ftpd': (setting, { bothFile }) =>
    Promise.resolve([`--tls=${setting === 'optional' ? 1 : 3}`, `--certfile=${bothFile}`]),
} as const satisfies Partial<Record<ServerName, Lines>>;

/** Servers of {@link TLS_LINES}. */
export type TlsServerName = keyof typeof TLS_LINES;
