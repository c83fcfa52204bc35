import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendMail, subjectOf } from '../../../relay-server/alerts/mail.ts';
import { testAuthority } from '../../support/certificates.ts';
import { SmtpSink, type SmtpSinkOptions } from '../../support/smtp-sink.ts';
import type { TestContext } from 'node:test';
import { MESSAGE } from './fixtures.ts';

async function sink(t: TestContext, options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const started = await SmtpSink.start(options);
  t.after(() => started.close());
  return started;
}

const target = (port: number, login = '') => ({
  url: `smtp://${login}127.0.0.1:${port}`,
  from: 'gangway@example.org',
  to: ['ann@example.org', 'ben@example.org'],
});

test('an alert is a plain text mail to everybody, with the tunnel in its subject', async (t) => {
  const { port, mails } = await sink(t);
  const attempt = await sendMail(target(port), MESSAGE, 'relay.example.org');
  assert.equal(attempt.is, 'delivered', attempt.detail);
  const [{ from, to, data } = assert.fail()] = mails;
  assert.deepEqual([from, to], ['gangway@example.org', ['ann@example.org', 'ben@example.org']]);
  assert.match(data, /^Subject: \[Gangway\] shop: agent offline\r$/m);
  assert.match(data, /^Content-Type: text\/plain/m);
  assert.match(data, /^Auto-Submitted: auto-generated\r$/m);
  assert.match(data, /^Message-ID: <b2c3@relay\.example\.org>\r$/im);
  const text = data.slice(data.indexOf('\r\n\r\n'));
  assert.ok(text.includes(MESSAGE.text) && text.includes(MESSAGE.remedy), text);
  assert.match(text, /Since 2023-11-14 22:13:20 UTC/);
});

test('the subject says when it is over', () => {
  const over = { ...MESSAGE, state: 'resolved' } as const;
  assert.equal(
    subjectOf({ ...over, kind: 'limit-reached' }),
    '[Gangway] shop: limit reached (over)',
  );
  assert.equal(subjectOf({ ...over, kind: 'agent-online' }), '[Gangway] shop: agent online');
  assert.equal(subjectOf({ ...MESSAGE, tunnel: null }), '[Gangway] relay: agent offline');
});

test('a password is never sent in clear', async (t) => {
  const { port, mails, commands } = await sink(t);
  const attempt = await sendMail(target(port, 'ann:s%40cret@'), MESSAGE, 'relay.example.org');
  assert.equal(attempt.is, 'failed');
  assert.equal(mails.length, 0);
  assert.equal(
    commands.some((line) => /^AUTH/i.test(line)),
    false,
  );
});

test('a mail server whose certificate nobody vouches for gets neither password nor mail', async (t) => {
  const tls = await (await testAuthority()).issue({ names: ['127.0.0.1'] });
  const { port, mails, commands } = await sink(t, { tls });
  for (const login of ['', 'ann:secret@']) {
    const attempt = await sendMail(target(port, login), MESSAGE, 'relay.example.org');
    assert.equal(attempt.is, 'failed');
    assert.match(attempt.detail, /certificate/i);
  }
  assert.deepEqual(
    [mails.length, commands.filter((line) => /^(?:AUTH|MAIL)/i.test(line))],
    [0, []],
  );
});

test('what the server refuses for good is not tried again, what it cannot do just now is', async (t) => {
  const never = await sink(t, { rcpt: '550 no such user' });
  const refused = await sendMail(target(never.port), MESSAGE, 'relay.example.org');
  assert.deepEqual([refused.is, /no such user/.test(refused.detail)], ['refused', true]);
  const later = await sink(t, { rcpt: '450 try again' });
  assert.equal((await sendMail(target(later.port), MESSAGE, 'relay.example.org')).is, 'failed');
  assert.equal((await sendMail(target(1), MESSAGE, 'relay.example.org')).is, 'failed');
});
