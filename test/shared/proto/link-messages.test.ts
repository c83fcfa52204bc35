import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROBE_LIMITS, PROTO_LIMITS } from '../../../shared/limits.ts';
import {
  decodeAgentMessage,
  decodeRelayMessage,
  encodeMessage,
  type AgentMessage,
  type RelayMessage,
} from '../../../shared/proto/link-messages.ts';
import { decodeOpenRequest, encodeOpenRequest } from '../../../shared/proto/open-request.ts';

const PORTS = Array.from({ length: PROBE_LIMITS.ports }, (_, index) => 65_535 - index);
const QUESTIONS: readonly RelayMessage[] = [
  { t: 'probe', id: 1, probe: { kind: 'connect', address: '203.0.113.1', ports: PORTS } },
  { t: 'probe', id: 2, probe: { kind: 'resolve', name: 'ftp.example.org' } },
  {
    t: 'probe',
    id: 3,
    probe: {
      kind: 'tls',
      address: '2001:db8::1',
      port: 990,
      begins: 'implicit',
      name: 'a.example',
    },
  },
  { t: 'probe', id: 4, probe: { kind: 'clock' } },
  { t: 'credential', id: 5, credential: `gwa_${'0'.repeat(40)}` },
];
const ANSWERS: readonly AgentMessage[] = [
  { t: 'probed', id: 2, answer: { kind: 'resolve', addresses: [] } },
  { t: 'probed', id: 4, answer: { kind: 'clock', at: 1_700_000_000_000.5 } },
  { t: 'probed', id: 4, answer: { kind: 'refused', reason: 'no' } },
  { t: 'credential-kept', id: 5 },
  { t: 'credential-kept', id: 5, problem: 'the disk is full' },
  { t: 'reached', address: '203.0.113.1', visitable: true },
];

test('questions and answers come out as they went in, each within the length of a message', () => {
  for (const message of QUESTIONS) {
    const line = encodeMessage(message);
    assert.ok(line.length <= PROTO_LIMITS.message);
    assert.deepEqual(decodeRelayMessage(line.toString()), message);
  }
  for (const message of ANSWERS) {
    assert.deepEqual(decodeAgentMessage(encodeMessage(message).toString()), message);
  }
});

test('a question that asks too much, or for something unknown, is none', () => {
  const wrong: readonly unknown[] = [
    { kind: 'connect', address: '203.0.113.1', ports: [...PORTS, 1] },
    { kind: 'connect', address: '203.0.113.1', ports: [] },
    { kind: 'connect', address: '203.0.113.1', ports: [0] },
    { kind: 'connect', address: '203.0.113.1', ports: [65_536] },
    { kind: 'resolve', name: 'x'.repeat(254) },
    { kind: 'tls', address: '203.0.113.1', port: 21, begins: 'never', name: 'a' },
    { kind: 'send', address: '203.0.113.1', port: 21, bytes: 'EHLO' },
  ];
  for (const probe of wrong) {
    const line = JSON.stringify({ t: 'probe', id: 1, probe });
    assert.equal(decodeRelayMessage(line), undefined, line);
  }
});

test('a credential that would break a header is none', () => {
  for (const credential of [
    'short',
    'a b'.repeat(20),
    `${'x'.repeat(30)}\r\nX: y`,
    'x'.repeat(257),
  ]) {
    const line = JSON.stringify({ t: 'credential', id: 1, credential });
    assert.equal(decodeRelayMessage(line), undefined, line);
  }
});

test('an agent that says nothing of what it can do says hello all the same', () => {
  const hello = { t: 'hello', version: '0.1.0', host: 'nas', server: '127.0.0.1:21' };
  assert.deepEqual(decodeAgentMessage(JSON.stringify(hello)), hello);
  const newer = { ...hello, capabilities: ['probe', 'what-comes-next'] };
  assert.deepEqual(decodeAgentMessage(JSON.stringify(newer)), newer);
});

test('a connection to the relay itself is asked for by address and port', () => {
  const request = { t: 'outside', host: '203.0.113.1', port: 21 } as const;
  assert.deepEqual(decodeOpenRequest(encodeOpenRequest(request)), request);
  assert.equal(decodeOpenRequest(Buffer.from(JSON.stringify({ ...request, port: 0 }))), undefined);
});
