import { TEST_ACCOUNT, TEST_PASSWORD, unpackedPackage } from '../debian.ts';
import { startServer } from './real-server.ts';
import type { RealServer, ServerOptions, ServerPlace } from './real-server.ts';
import { onlyExplicit, ownedCertificate, versionLimit } from './server-tls.ts';

/** pyftpdlib is a library; this is the shortest server its tutorial makes, with every permission. */
const PROGRAM = `
import sys
from pyftpdlib.authorizers import DummyAuthorizer
import pyftpdlib.handlers
from pyftpdlib.servers import FTPServer
host, port, user, password, home, handler_name = sys.argv[1:7]
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, home, perm='elradfmwMT')
handler = getattr(pyftpdlib.handlers, handler_name)
handler.authorizer = authorizer
for statement in sys.argv[7:]:
    exec(statement)
FTPServer((host, int(port)), handler).serve_forever()
`;

/** TLS comes from pyOpenSSL, which is a package of its own and stands on others. */
const PACKAGES = [
  'python3-pyftpdlib',
  'python3-openssl',
  'python3-cryptography',
  'python3-cffi-backend',
];

/** Starts Debian's pyftpdlib with its defaults. */
export function startPyftpdlib(options: ServerOptions = {}): Promise<RealServer> {
  return startServer('pyftpdlib', options, async (place) => {
    const packages = PACKAGES.map(
      (name) => `${unpackedPackage(name)}/usr/lib/python3/dist-packages`,
    );
    const account = [TEST_ACCOUNT, TEST_PASSWORD, place.home];
    const tls = await tlsStatements(place);
    const handler = tls.length === 0 ? 'FTPHandler' : 'TLS_FTPHandler';
    const args = [place.host, String(place.port), ...account, handler, ...tls, ...place.config];
    const python = { PYTHONPATH: packages.join(':'), PYTHONDONTWRITEBYTECODE: '1' };
    return {
      command: '/usr/bin/python3',
      args: ['-c', PROGRAM, ...args],
      env: { ...python, LC_ALL: 'C.UTF-8', ...(await versionLimit(place)) },
      asOwner: true,
      logFiles: [],
    };
  });
}

async function tlsStatements(place: ServerPlace): Promise<string[]> {
  const { tls } = place;
  if (tls === undefined) return [];
  onlyExplicit('pyftpdlib', tls);
  const required = tls.mode === 'required' ? 'True' : 'False';
  return [
    `handler.certfile = '${await ownedCertificate(place, tls)}'`,
    `handler.tls_control_required = ${required}`,
    `handler.tls_data_required = ${required}`,
  ];
}
