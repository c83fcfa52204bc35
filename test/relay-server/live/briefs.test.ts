import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectedAgent, TunnelState } from '../../../relay-server/admin/runtime.ts';
import { standing } from '../../../relay-server/live/briefs.ts';
import { shownLink } from '../../support/links.ts';

const WAITING = shownLink({ carrierCount: 0, carriers: [], waitingSince: 9 });

function stateWith(...links: ConnectedAgent['link'][]): TunnelState {
  const serverTls = { how: 'none', verified: undefined } as const;
  const common = { address: '192.0.2.1', version: '1', serverTls };
  const agents = links.map((link, index) => ({
    id: `a${index}`,
    since: 5 + index,
    ...common,
    link,
  }));
  return { listener: { state: 'listening' }, agents, sessions: 0 };
}

test('a tunnel whose every line is down is up, as transfers wait, but says so', () => {
  const up = { state: 'up', since: 5 } as const;
  const problem = 'the line to its agent is down; transfers wait';
  assert.deepEqual(standing(stateWith(WAITING)), { ...up, problem });
  assert.deepEqual(standing(stateWith(WAITING, shownLink())), { ...up, problem: null });
  assert.equal(standing(stateWith()).state, 'waiting');
});
