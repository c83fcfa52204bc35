import assert from 'node:assert/strict';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { before, test, type TestContext } from 'node:test';
import { X509Certificate } from 'node:crypto';
import { post, type RelayRoute } from '../../agent/relay-http.ts';
import { GangwayError } from '../../shared/errors.ts';
import { certificateFacts } from '../../shared/net/certificate-facts.ts';
import { testAuthority, type Issued, type TestAuthority } from '../support/certificates.ts';
import { listening } from '../support/listening.ts';

const HOST = '127.0.0.1';
const DAY_MS = 86_400_000;
let authority: TestAuthority;
let issued: Issued;
before(async () => {
  authority = await testAuthority();
  issued = await authority.issue({ names: [HOST] });
});

const pinOf = ({ cert }: Issued): string => certificateFacts(new X509Certificate(cert)).pin;

/** What answers in the relay's place, and the requests it got. */
async function relay(t: TestContext, shown: Issued) {
  const requests: (string | undefined)[] = [];
  const server = createHttps({ cert: shown.cert, key: shown.key }, (request, response) => {
    requests.push(request.url);
    response.end('{"ok":true}');
  });
  const url = `https://${HOST}:${await listening(t, server)}`;
  const route = (more: Partial<RelayRoute>): RelayRoute => ({
    url,
    ca: undefined,
    pin: undefined,
    proxy: undefined,
    ...more,
  });
  return { requests, route };
}

async function refusal(route: RelayRoute): Promise<GangwayError> {
  const error: unknown = await post(route, '/secret', {}).then(
    () => assert.fail('it was trusted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof GangwayError);
  assert.equal(error.code, 'relay-certificate-refused');
  return error;
}

test('a relay is trusted for its authority or for its key, each alone', async (t) => {
  const { route } = await relay(t, issued);
  for (const how of [{ ca: authority.ca }, { pin: pinOf(issued) }]) {
    const { status, body } = await post(route(how), '/', {});
    assert.deepEqual([status, body], [200, { ok: true }]);
  }
});

test('an authority that vouches counts though the key is another than the pinned one', async (t) => {
  const other = await authority.issue({ names: [HOST] });
  const { route } = await relay(t, issued);
  const { status } = await post(route({ ca: authority.ca, pin: pinOf(other) }), '/', {});
  assert.equal(status, 200);
});

test('a pinned key counts whatever the certificate around it says', async (t) => {
  const past = {
    notBefore: new Date(Date.now() - 9 * DAY_MS),
    notAfter: new Date(Date.now() - DAY_MS),
  };
  const ended = await authority.issue({ names: ['else.example.org'], ...past });
  const { route } = await relay(t, ended);
  const { status } = await post(route({ pin: pinOf(ended) }), '/', {});
  assert.equal(status, 200);
});

test('nothing is sent to who proves nothing, and what was seen and expected is told', async (t) => {
  const { route, requests } = await relay(t, issued);
  const { message, remedy } = await refusal(route({}));
  assert.match(message, /no authority trusted here vouches for it/);
  assert.match(message, /subject CN=127\.0\.0\.1, issuer CN=Gangway test intermediate/);
  assert.match(message, /for 127\.0\.0\.1, valid from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d/);
  assert.ok(message.includes(issued.fingerprint));
  assert.ok(message.includes(pinOf(issued)));
  assert.match(
    message,
    /Expected: a certificate for 127\.0\.0\.1 from an authority of this system/,
  );
  assert.match(remedy ?? '', /--ca FILE.*new code/);
  assert.deepEqual(requests, []);
});

test('another key than the pinned one is refused, with both named', async (t) => {
  const pin = pinOf(await authority.issue({ names: [HOST] }));
  const { route, requests } = await relay(t, issued);
  const { message } = await refusal(route({ pin }));
  assert.ok(message.includes(`key ${pinOf(issued)}. Expected: the key ${pin}, or a certificate`));
  assert.deepEqual(requests, []);
});

test('a certificate for other names, or past its time, is refused for that reason', async (t) => {
  const wrongName = await relay(t, await authority.issue({ names: ['else.example.org'] }));
  const { ca } = authority;
  assert.match(
    (await refusal(wrongName.route({ ca }))).message,
    /it is for other names.*one in --ca/,
  );
  const notAfter = new Date(Date.now() - DAY_MS);
  const ended = await relay(t, await authority.issue({ names: [HOST], notAfter }));
  assert.match((await refusal(ended.route({ ca }))).message, /it has expired/);
});

/** An egress proxy that is asked for ways by CONNECT. */
async function proxy(t: TestContext, server: Server, scheme: string) {
  const asked: (string | undefined)[] = [];
  server.on('connect', (request, near: Duplex, head: Buffer) => {
    asked.push(request.url);
    const [, port] = (request.url ?? '').split(':');
    const far = connect({ host: HOST, port: Number(port) }, () => {
      near.write('HTTP/1.1 200 OK\r\n\r\n');
      far.write(head);
      near.pipe(far).pipe(near);
    });
    t.after(() => far.destroy());
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
  });
  return { asked, url: `${scheme}://${HOST}:${await listening(t, server)}` };
}

test('through a proxy the relay is verified in the same way', async (t) => {
  const { url, asked } = await proxy(t, createHttp(), 'http');
  const { route, requests } = await relay(t, issued);
  for (const how of [{ ca: authority.ca }, { pin: pinOf(issued) }]) {
    assert.equal((await post(route({ ...how, proxy: url }), '/seen', {})).status, 200);
  }
  await refusal(route({ proxy: url }));
  assert.equal(asked.length, 3);
  assert.deepEqual(requests, ['/seen', '/seen']);
});
