import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { claimDataDir } from '../../../relay-server/admin/local.ts';
import { RELAY_SETTINGS } from '../../../relay-server/config.ts';
import { openGateway } from '../../../relay-server/open-gateway.ts';
import { openWeb } from '../../../relay-server/open-web.ts';
import { closeAll, type Opened } from '../../../relay-server/opened.ts';
import { loadConfig } from '../../../shared/config.ts';
import { reservePortBlock } from '../../support/ports.ts';
import { FakeRuntime, freshDir } from '../fixtures.ts';
import { type Api, callsOf, recordedLog } from './api-fixture.ts';

/** The API with every route a relay has. */
export type WholeApi = Pick<Api, 'app' | 'store' | 'lines' | 'call'> & { readonly token: string };

/**
 * A relay as it is composed by the program, whose HTTP port does not listen and whose tunnels open no ports:
 * tests that walk its routes find those, too, that the program is given later.
 */
export async function wholeRelay(t: TestContext): Promise<WholeApi> {
  const ports = await reservePortBlock(4);
  const { lines, logger } = recordedLog();
  const { config } = loadConfig(RELAY_SETTINGS, {
    env: {},
    flags: {
      dataDir: freshDir(t),
      listenHost: '127.0.0.1',
      publicHost: '127.0.0.1',
      passivePorts: `${ports.first}-${ports.last}`,
      httpTls: 'off',
    },
  });
  const opened: Opened = { claim: claimDataDir(config.dataDir) };
  t.after(async () => {
    await closeAll(opened);
    await ports.release();
  });
  const gateway = await openGateway(opened, config, logger);
  const { store } = gateway;
  const tunnels = Object.assign(gateway.tunnels, portless(new FakeRuntime(store)));
  const { http: app } = await openWeb(opened, config, { ...gateway, tunnels }, logger);
  await app.ready();
  const token = opened.claim.localToken;
  assert.notEqual(token, '');
  return { app, store, lines, token, call: callsOf(app, token) };
}

/** What of a runtime opens ports and tells of them. */
function portless(runtime: FakeRuntime): Pick<FakeRuntime, 'reconcile' | 'tunnelState'> {
  return {
    reconcile: () => runtime.reconcile(),
    tunnelState: (id) => runtime.tunnelState(id),
  };
}
