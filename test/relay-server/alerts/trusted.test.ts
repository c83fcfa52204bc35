import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { before, describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { sendMail } from '../../../relay-server/alerts/mail.ts';
import { postWebhook } from '../../../relay-server/alerts/webhook.ts';
import { testAuthority, type Issued } from '../../support/certificates.ts';
import { SmtpSink } from '../../support/smtp-sink.ts';
import { MESSAGE } from './fixtures.ts';

/** In a file of its own, as an authority is trusted by a whole process. */
describe('receivers whose certificate the system trusts', () => {
  let issued: Issued;
  before(async () => {
    const authority = await testAuthority();
    setDefaultCACertificates([...getCACertificates('default'), authority.ca]);
    issued = await authority.issue({ names: ['127.0.0.1'] });
  });

  it('get webhooks by HTTPS', async (t) => {
    const server = createServer(issued, (_request, response) => response.end());
    server.listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const options = { version: '1', now: () => 0 };
    const attempt = await postWebhook({ url, secret: null }, MESSAGE, options);
    assert.deepEqual(attempt, { is: 'delivered', detail: 'HTTP 200 OK' });
  });

  it('get mail by STARTTLS, and the password only then', async (t) => {
    const sink = await SmtpSink.start({ tls: issued });
    t.after(() => sink.close());
    const url = `smtp://ann%40example.org:s%3Acret@127.0.0.1:${sink.port}`;
    const target = { url, from: 'gangway@example.org', to: ['ann@example.org'] };
    const attempt = await sendMail(target, MESSAGE, 'relay.example.org');
    assert.equal(attempt.is, 'delivered', attempt.detail);
    const [mail] = sink.mails;
    assert.deepEqual([mail?.secured, mail?.login], [true, 'ann@example.org s:cret']);
    const verbs = sink.commands.map((line) => line.split(' ')[0]);
    assert.ok(verbs.indexOf('STARTTLS') < verbs.indexOf('AUTH'));
  });
});
