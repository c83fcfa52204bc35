import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { connect, createServer } from 'node:tls';
import { RELAY_SETTINGS } from '../../../relay-server/config.ts';
import type { CertificateConfig } from '../../../relay-server/certificates/open.ts';
import { createLogger, type Logger } from '../../../shared/log.ts';
import type { TlsIdentity } from '../../../shared/net/tls-identity.ts';

type Line = Record<string, unknown>;

/** A log that is kept, as the objects its lines are. */
export interface RecordedLog {
  readonly logger: Logger;
  readonly lines: readonly Line[];
  /** The next line with one of these events that nobody was given yet. */
  next(...events: readonly string[]): Promise<Line>;
}

export function recordedLog(): RecordedLog {
  const lines: Line[] = [];
  const given = new Set<Line>();
  let wake = Promise.withResolvers<void>();
  const output = {
    write: (line: string): void => {
      lines.push(JSON.parse(line) as Line);
      wake.resolve();
      wake = Promise.withResolvers();
    },
  };
  const next: RecordedLog['next'] = async (...events) => {
    for (;;) {
      const found = lines.find(
        (line) => !given.has(line) && events.includes(String(line['event'])),
      );
      if (found !== undefined) {
        given.add(found);
        return found;
      }
      await wake.promise;
    }
  };
  return { logger: createLogger({ level: 'debug', format: 'json', output }), lines, next };
}

/** How many lines were logged with an event. */
export function countOf({ lines }: RecordedLog, event: string): number {
  return lines.filter((line) => line['event'] === event).length;
}

/** A relay's configuration about certificates: the defaults, and what is given. */
export function certificateConfig(given: Partial<CertificateConfig>): CertificateConfig {
  const { tlsCert, tlsKey, acme, acmeDirectory, acmeHttp } = RELAY_SETTINGS;
  return {
    dataDir: './nowhere',
    tlsCert: tlsCert.default,
    tlsKey: tlsKey.default,
    acme: acme.default,
    acmeEmail: undefined,
    acmeDirectory: acmeDirectory.default,
    acmeCa: undefined,
    acmeHttp: acmeHttp.default,
    acmeDnsHook: undefined,
    ...given,
  };
}

/** Shows an identity to a client that trusts `ca`. @throws the client's error when it does not trust. */
export async function verifies(
  t: TestContext,
  identity: TlsIdentity,
  servername: string,
  ca: string,
): Promise<void> {
  const server = createServer({ ...identity }, (socket) => socket.end());
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', servername, ca });
  await once(client, 'secureConnect');
  client.destroy();
}
