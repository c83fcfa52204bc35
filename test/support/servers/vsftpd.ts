import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PAM_SERVICE, unpackedLibraries, unpackedPackage } from '../debian.ts';
import { startServer } from './real-server.ts';
import type { RealServer, ServerOptions } from './real-server.ts';
import { versionLimit, type ServerTls } from './server-tls.ts';

/** Starts Debian's vsftpd with Debian's vsftpd.conf, writing allowed and data connections from any port. */
export function startVsftpd(options: ServerOptions = {}): Promise<RealServer> {
  return startServer('vsftpd', options, async (place) => {
    const root = unpackedPackage('vsftpd');
    const empty = join(place.folder, 'empty');
    await mkdir(empty);
    const file = join(place.folder, 'vsftpd.conf');
    const lines = [
      await readFile(join(root, 'etc/vsftpd.conf'), 'utf8'),
      ...listening(place.host),
      'background=NO',
      `listen_port=${place.port}`,
      `pam_service_name=${PAM_SERVICE}`,
      `secure_chroot_dir=${empty}`,
      `vsftpd_log_file=${join(place.folder, 'vsftpd.log')}`,
      `local_root=${place.home}`,
      'write_enable=YES',
      // Debian's file has YES. While anybody else of this machine is at port 20, vsftpd then ends the session,
      // in clear, also within TLS: 500 OOPS: vsf_sysutil_bind.
      'connect_from_port_20=NO',
      ...(place.tls === undefined ? [] : tlsLines(place.tls)),
      ...place.config,
      '',
    ];
    await writeFile(file, lines.join('\n'));
    return {
      command: join(root, 'usr/sbin/vsftpd'),
      args: [file],
      env: { LD_LIBRARY_PATH: await unpackedLibraries(), ...(await versionLimit(place)) },
      logFiles: ['vsftpd.log'],
    };
  });
}

/** debug_ssl writes into the log whether a connection resumed a session. */
function tlsLines({ issued, mode, reuse }: ServerTls): string[] {
  const force = mode === 'optional' ? 'NO' : 'YES';
  return [
    'ssl_enable=YES',
    `rsa_cert_file=${issued.certFile}`,
    `rsa_private_key_file=${issued.keyFile}`,
    // As it comes it knows one cipher, and that for RSA keys.
    'ssl_ciphers=HIGH',
    `force_local_logins_ssl=${force}`,
    `force_local_data_ssl=${force}`,
    `implicit_ssl=${mode === 'implicit' ? 'YES' : 'NO'}`,
    `require_ssl_reuse=${reuse === 'required' ? 'YES' : 'NO'}`,
    'debug_ssl=YES',
  ];
}

/** The listener for IPv6 has settings of its own, and excludes the other. */
function listening(host: string): string[] {
  return host.includes(':')
    ? ['listen=NO', 'listen_ipv6=YES', `listen_address6=${host}`]
    : ['listen=YES', 'listen_ipv6=NO', `listen_address=${host}`];
}
