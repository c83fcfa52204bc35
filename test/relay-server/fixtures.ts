import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RelayRuntime, TunnelState } from '../../relay-server/admin/runtime.ts';
import { openSqliteStore } from '../../relay-server/store/sqlite.ts';
import type { Store } from '../../relay-server/store/store.ts';

/** A new directory that is removed after the test. */
export function freshDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'gangway-test-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A clock that stands until it is moved. */
export class StandingClock {
  at = 1_700_000_000_000;
  readonly now = (): number => this.at;
}

/** An empty store on a standing clock, closed after the test. */
export async function freshStore(
  t: TestContext,
): Promise<{ store: Store; clock: StandingClock; dir: string }> {
  const dir = freshDir(t);
  const clock = new StandingClock();
  const store = await openSqliteStore({ dataDir: dir, now: clock.now });
  t.after(() => store.close());
  return { store, clock, dir };
}

/** A tunnel as tests need one. */
export const TUNNEL = {
  name: 'ftp',
  listenHost: '127.0.0.1',
  port: 2121,
  implicitPort: null,
  shared: false,
  host: null,
  serverAddress: null,
};

const OCCUPIED_TEXT: Readonly<Record<string, string>> = { EADDRINUSE: 'in use', EACCES: 'denied' };

/** A relay that opens every stored port except those it was told to find occupied. */
export class FakeRuntime implements RelayRuntime {
  readonly #store: Store;
  /** System error code by port. */
  readonly occupied = new Map<number, string>();
  /** Ports open now, by tunnel id. */
  open = new Map<string, number>();
  /** Implicit ports open now, by tunnel id. */
  implicit = new Map<string, number>();
  readonly publicHostName = 'relay.test';
  readonly dropped: string[] = [];
  connected: TunnelState['agents'] = [];
  sessions = 0;
  offlineSince: number | undefined;
  /** What an agent does with a credential that it is given. */
  keep: (agentId: string, credential: string) => Promise<void> = () => Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  async reconcile(): Promise<void> {
    const tunnels = await this.#store.tunnels.list();
    this.open = new Map(tunnels.map((tunnel) => [tunnel.id, tunnel.port]));
    this.implicit = new Map(
      tunnels.flatMap(({ id, implicitPort }) =>
        implicitPort === null ? [] : [[id, implicitPort]],
      ),
    );
  }

  tunnelState(tunnelId: string): TunnelState {
    const ports = [this.open.get(tunnelId), this.implicit.get(tunnelId)].filter(
      (port) => port !== undefined,
    );
    const failed = ports.find((port) => this.occupied.has(port));
    return {
      listener:
        failed !== undefined
          ? this.#failed(failed)
          : { state: ports.length === 0 ? 'stopped' : 'listening' },
      agents: this.connected,
      sessions: this.sessions,
      ...(this.offlineSince !== undefined && { offlineSince: this.offlineSince }),
    };
  }

  #failed(port: number): TunnelState['listener'] {
    const code = this.occupied.get(port) ?? '';
    return { state: 'failed', port, code, reason: OCCUPIED_TEXT[code] ?? code };
  }

  isConnected(agentId: string): boolean {
    return this.connected.some(({ id }) => id === agentId);
  }

  async giveCredential(agentId: string, credential: string): Promise<void> {
    await this.keep(agentId, credential);
  }

  dropAgent(agentId: string): void {
    this.dropped.push(agentId);
  }
}
