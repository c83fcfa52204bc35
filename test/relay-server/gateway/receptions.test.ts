import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonRules } from '../../../relay-server/gateway/receptions.ts';
import { WaitingRoom } from '../../../relay-server/gateway/waiting-room.ts';
import { changedPolicy, DEFAULT_POLICY, type PolicyChanges } from '../../../relay-server/policy.ts';
import type { Tunnel } from '../../../relay-server/store/store.ts';
import { RECEPTION_LIMITS } from '../../../shared/limits.ts';
import { TUNNEL } from '../fixtures.ts';

function tunnel(changes: PolicyChanges, implicitPort: number | null = null): Tunnel {
  const policy = changedPolicy(DEFAULT_POLICY, changes);
  return { ...TUNNEL, id: '1', createdAt: 0, updatedAt: 0, revision: 1, implicitPort, policy };
}

test('a shared port asks for TLS as all of its tunnels do, and offers it where they differ', () => {
  const off = tunnel({ tls: 'off', tlsData: 'off' });
  const required = tunnel({ tls: 'required', tlsData: 'required' }, 990);
  const rules = (...tunnels: Tunnel[]): string => {
    const { login, data, implicitPort } = commonRules(tunnels);
    return `${login} ${data} ${implicitPort ?? 'none'}`;
  };
  assert.equal(rules(off, off), 'off off none');
  assert.equal(rules(required, required), 'required required 990');
  assert.equal(rules(off, required), 'optional optional none');
  assert.equal(rules(required, tunnel({ tls: 'required' }, 991)), 'required optional none');
});

test('clients of one address take a part of the room, and leave it', () => {
  const room = new WaitingRoom();
  const { clients, clientsPerAddress } = RECEPTION_LIMITS;
  const leaves = Array.from({ length: clientsPerAddress }, (_, host) =>
    room.enter(`2001:db8::${host.toString(16)}`),
  );
  assert.ok(leaves.every((leave) => leave !== undefined));
  assert.equal(
    room.enter('2001:db8::ffff'),
    undefined,
    'an IPv6 network of 64 bits is one address',
  );
  leaves[0]?.();
  assert.ok(room.enter('2001:db8::ffff'));
  const others = Array.from({ length: clients }, (_, n) => room.enter(`10.0.${n >> 8}.${n & 255}`));
  assert.equal(others.filter((leave) => leave !== undefined).length, clients - clientsPerAddress);
  others[0]?.();
  assert.ok(room.enter('10.9.9.9'));
});
