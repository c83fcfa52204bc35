import { createServer } from 'node:net';
import type { Admin } from './admin/admin.ts';
import type { FirstTunnel } from './config.ts';
import type { Store } from './store/store.ts';

/** The tunnel made at first start, with the code for its agent. */
export interface FirstTunnelResult {
  name: string;
  publicAddress: string;
  enrolmentCode: string;
  serverAddress: string | null;
}

/** Marks a store whose first start is over, so that a deleted first tunnel stays deleted. */
const STARTED = 'first-start';

/** At the first start on a data directory makes a tunnel, so that there is something to connect to. */
export async function createFirstTunnel(
  store: Store,
  admin: Admin,
  wanted: FirstTunnel | undefined,
): Promise<FirstTunnelResult | undefined> {
  if ((await store.settings.get(STARTED)) !== undefined) return undefined;
  const exists = (await store.tunnels.list()).length > 0;
  const skip = wanted === 'none' || exists;
  const made = skip ? undefined : await makeTunnel(admin, wanted);
  await store.settings.set(STARTED, String(Date.now()));
  return made;
}

async function makeTunnel(
  admin: Admin,
  wanted: { name: string; port: number } | undefined,
): Promise<FirstTunnelResult> {
  const { name, port } = wanted ?? { name: 'ftp', port: (await canListen(21)) ? 21 : undefined };
  const made = await admin.createTunnel(port === undefined ? { name } : { name, port });
  const { publicAddress, enrolmentCode, tunnel } = made;
  return { name, publicAddress, enrolmentCode, serverAddress: tunnel.serverAddress };
}

/** Whether the FTP port itself is free here and permitted to this user. */
function canListen(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}
