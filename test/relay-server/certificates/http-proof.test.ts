import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  CHALLENGE_PATH,
  HttpProof,
  listenForAuthorities,
} from '../../../relay-server/certificates/http-proof.ts';
import { reservePortBlock } from '../../support/ports.ts';
import { recordedLog } from './fixtures.ts';

const HOST = '127.0.0.1';
const CLAIM = { name: 'relay.example.org', token: 'a-token', keyAuthorization: 'a-token.thumb' };

test('an authority is answered while a name is being proved, and nobody else ever', async (t) => {
  const ports = await reservePortBlock(1);
  t.after(() => ports.release());
  const proof = new HttpProof();
  const at = { host: HOST, port: ports.first };
  const close = await listenForAuthorities(at, proof, recordedLog().logger);
  t.after(close);
  const ask = async (path: string): Promise<[number, string]> => {
    const answer = await fetch(`http://${HOST}:${ports.first}${path}`);
    return [answer.status, (await answer.text()).slice(0, 40)];
  };
  const nothing = [404, 'There is nothing here but answers for ce'];
  assert.deepEqual(await ask(`${CHALLENGE_PATH}a-token`), nothing);
  await proof.show(CLAIM);
  assert.deepEqual(await ask(`${CHALLENGE_PATH}a-token`), [200, 'a-token.thumb']);
  for (const path of [
    '/',
    '/a-token',
    CHALLENGE_PATH,
    `${CHALLENGE_PATH}other`,
    '/api/v1/status',
  ]) {
    assert.deepEqual(await ask(path), nothing, path);
  }
  await proof.withdraw(CLAIM);
  assert.deepEqual(await ask(`${CHALLENGE_PATH}a-token`), nothing);
  await close();
  await assert.rejects(ask('/'));
});

test('a port that is taken is told of with other ways, and the relay goes on', async (t) => {
  const other = createServer();
  other.listen(0, HOST);
  t.after(() => other.close());
  await once(other, 'listening');
  const log = recordedLog();
  const { port } = other.address() as AddressInfo;
  const close = await listenForAuthorities({ host: HOST, port }, new HttpProof(), log.logger);
  const line = await log.next('acme-port-unavailable');
  assert.deepEqual([line['code'], line['address']], ['EADDRINUSE', `${HOST}:${port}`]);
  assert.match(String(line['remedy']), /--acme-http.*--acme-dns-hook/);
  await close();
});
