import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testAuthority } from '../support/certificates.ts';
import type { Issued } from '../support/certificates.ts';
import { startAgent, startRelay } from '../support/gangway.ts';
import type { GangwayProcess, LogEvent, Relay } from '../support/gangway.ts';
import { startVsftpd } from '../support/servers/index.ts';
import type { RealServer } from '../support/servers/index.ts';
import { DIRECT_PORTS, SERVER_TLS_PORT, TUNNEL_PORTS } from './expected.ts';
import { RELAY, SERVER } from './topology.ts';
import type { Laboratory } from './topology.ts';

/** Gangway at work in the laboratory: the relay in public, agents and FTP server behind the site's router. */
export interface Site {
  readonly server: RealServer;
  /** Name of a file in the server's folder, a path to the same file, and its SHA-256. */
  readonly sample: { readonly name: string; readonly path: string; readonly sha256: string };
  /** File of the root that signed the relay's certificate. */
  readonly caFile: string;
  /** A local folder that goes with the site. */
  readonly folder: string;
  /** What relay and agents logged. */
  log(): string;
  /** What the relay logged. */
  events(): readonly LogEvent[];
  close(): Promise<void>;
}

const SAMPLE_BYTES = 100_000;
const HTTP_PORT = 8080;
/** By which clients know the relay. */
const PUBLIC_NAMES = [RELAY.ipv4, RELAY.ipv6];

/** Starts server, relay, and a tunnel with its agent for each port. @throws Error with a program's log. */
export async function startSite(lab: Laboratory): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-nat-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const each of closing.toReversed()) await each();
  };
  try {
    const within = lab.within('server');
    const authority = await testAuthority();
    const { caFile } = authority;
    const issued = await authority.issue({ names: [SERVER] });
    const tls = { issued, mode: 'optional', reuse: 'required' } as const;
    const server = await startVsftpd({ host: SERVER, within, tls });
    closing.push(() => server.stop());
    const relay = await startPublicRelay(lab, await authority.issue({ names: PUBLIC_NAMES }));
    closing.push(() => relay.stop());
    const agents: GangwayProcess[] = [];
    for (const port of TUNNEL_PORTS) {
      const agent = await startTunnel(lab, relay, { server, port, folder, caFile });
      closing.push(() => agent.stop());
      agents.push(agent);
    }
    const log = (): string => [relay, ...agents].map((each) => each.log()).join('\n');
    const events = (): readonly LogEvent[] => relay.events();
    return { server, sample: await writeSample(server), caFile, folder, log, events, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startPublicRelay(lab: Laboratory, { certFile, keyFile }: Issued): Promise<Relay> {
  return startRelay({
    within: lab.within('relay'),
    flags: [
      `--http=0.0.0.0:${HTTP_PORT}`,
      '--listen-host=::',
      `--public-host=${RELAY.ipv4}`,
      `--public-ipv6=${RELAY.ipv6}`,
      '--passive-ports=50000-50063',
      `--tls-cert=${certFile}`,
      `--tls-key=${keyFile}`,
    ],
  });
}

async function startTunnel(
  lab: Laboratory,
  relay: Relay,
  { server, port, folder, caFile }: Pick<Site, 'server' | 'folder' | 'caFile'> & { port: number },
): Promise<GangwayProcess> {
  const address = `${server.host}:${server.port}`;
  const direct = DIRECT_PORTS.includes(port) ? ['--lan-direct'] : [];
  const tls = port === SERVER_TLS_PORT ? ['--server-tls=explicit', `--server-ca=${caFile}`] : [];
  const { enrolmentCode } = await relay.createTunnel(`ftp-${port}`, {
    server: address,
    port,
    flags: direct,
  });
  return startAgent({
    within: lab.within('server'),
    relay: `http://${RELAY.ipv4}:${HTTP_PORT}`,
    server: address,
    code: enrolmentCode,
    stateDir: join(folder, `agent-${port}`),
    flags: [...direct, ...tls],
  });
}

async function writeSample(server: RealServer): Promise<Site['sample']> {
  const bytes = randomBytes(SAMPLE_BYTES);
  const path = join(server.home, 'sample.bin');
  await writeFile(path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name: 'sample.bin', path, sha256 };
}
