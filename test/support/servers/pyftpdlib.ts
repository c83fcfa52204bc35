import { join } from 'node:path';
import { TEST_ACCOUNT, TEST_PASSWORD, unpackedPackage } from '../debian.ts';
import { startServer } from './real-server.ts';
import type { RealServer, ServerOptions } from './real-server.ts';

/** pyftpdlib is a library; this is the shortest server its tutorial makes, with every permission. */
const PROGRAM = `
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
host, port, user, password, home = sys.argv[1:6]
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, home, perm='elradfmwMT')
handler = FTPHandler
handler.authorizer = authorizer
for statement in sys.argv[6:]:
    exec(statement)
FTPServer((host, int(port)), handler).serve_forever()
`;

/** Starts Debian's pyftpdlib with its defaults. */
export function startPyftpdlib(options: ServerOptions = {}): Promise<RealServer> {
  return startServer('pyftpdlib', options, (place) => {
    const packages = join(unpackedPackage('python3-pyftpdlib'), 'usr/lib/python3/dist-packages');
    const account = [TEST_ACCOUNT, TEST_PASSWORD, place.home];
    return Promise.resolve({
      command: '/usr/bin/python3',
      args: ['-c', PROGRAM, place.host, String(place.port), ...account, ...place.config],
      env: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1', LC_ALL: 'C.UTF-8' },
      asOwner: true,
      logFiles: [],
    });
  });
}
