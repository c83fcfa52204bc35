import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { SessionBench } from '../../support/session-bench.ts';

/** A session whose client has read the greeting. */
function greeted(): SessionBench {
  const bench = new SessionBench().serverSays('220 hello');
  bench.replies();
  return bench;
}

/** The client says a line, the server gets it as it is, and its answer comes back as it is. */
function passes(bench: SessionBench, line: string, answer: string): void {
  bench.clientSays(line);
  assert.deepEqual(bench.commands(), [line]);
  bench.serverSays(answer);
  assert.deepEqual(bench.replies(), answer.split('\r\n'), line);
}

/** A download that has begun; the client has read 150. */
function downloading(): { bench: SessionBench; finish: () => void } {
  const bench = new SessionBench().login();
  bench.passive();
  bench.clientSays('RETR a');
  const client = bench.connect();
  bench.serverSays('150 here');
  bench.replies();
  bench.commands();
  const finish = (): void => {
    bench.serverData.finish();
    bench.settle();
    client.finish();
    bench.settle();
  };
  return { bench, finish };
}

describe('who a client says he is', () => {
  it('case 74: an account with @ is nobody else’s: USER passes verbatim', () => {
    for (const name of ['u@host', 'u@a@b', 'DOMAIN\\u', '@', 'u%host', 'proxyuser@host,u']) {
      passes(greeted(), `USER ${name}`, '331 password');
    }
  });

  it('case 75: a missing, empty or odd password passes, and none is in an event', () => {
    for (const line of ['PASS', 'PASS ', 'PASS P@SW', 'pass  s3cret ', 'PASS s3cret|x']) {
      const bench = greeted();
      passes(bench, 'USER u', '331 password');
      passes(bench, line, '230 in');
      assert.doesNotMatch(JSON.stringify(bench.events), /s3cret|P@SW/);
      assert.equal(bench.eventsOf('logged-in').length, 1, line);
    }
  });

  it('the first word of a server that has let the client in already is the login', () => {
    for (const code of [230, 202, 232]) {
      const bench = new SessionBench({ rules: { sharedPort: true } }).serverSays(`${code} in`);
      assert.deepEqual(bench.replies(), [`${code} in`]);
      assert.deepEqual(
        bench.eventsOf('logged-in').map((event) => event.code),
        [code],
      );
      bench.advance(GATEWAY_LIMITS.login);
      assert.deepEqual(bench.clientSays('HOST a.org').replies(), [
        '503 HOST comes before USER (RFC 7151).',
      ]);
      passes(bench, 'USER joe@bank', '331 password');
    }
  });

  it('case 75: 332 and ACCT pass, before and after the password, and 230 counts as the login', () => {
    const bench = greeted();
    passes(bench, 'USER u', '332 account');
    passes(bench, 'ACCT a', '331 password');
    passes(bench, 'PASS p', '332 another account');
    assert.equal(bench.eventsOf('logged-in').length, 0);
    passes(bench, 'ACCT b', '230 in');
    assert.equal(bench.eventsOf('logged-in').length, 1);
    assert.doesNotMatch(JSON.stringify(bench.events), /"argument":"[ab]"/);
  });

  it('a login sent in one packet is answered reply by reply', () => {
    const bench = greeted().clientSays('USER u\r\nPASS p\r\nACCT a\r\nPWD');
    bench.serverSays('331 p\r\n332 a').serverSays('230 in').serverSays('257 "/"');
    assert.deepEqual(bench.replies(), ['331 p', '332 a', '230 in', '257 "/"']);
    assert.equal(bench.eventsOf('logged-in').length, 1);
  });

  it('a login sent before the greeting waits for nothing and is answered behind it', () => {
    const bench = new SessionBench().clientSays('USER u\r\nPASS p');
    bench.serverSays('120 wait').serverSays('220-long\r\n220 hello\r\n331 p\r\n230 in');
    assert.deepEqual(bench.replies(), ['120 wait', '220-long', '220 hello', '331 p', '230 in']);
  });

  it('case 58: a server that sends nothing but 120 is given up after its time', () => {
    const bench = new SessionBench().serverSays('120 wait');
    bench.advance(GATEWAY_LIMITS.greeting - 1).serverSays('120 still');
    assert.deepEqual(bench.replies(), ['120 wait', '120 still']);
    bench.advance(1);
    assert.match(bench.replies().join('\n'), /^421 .*did not greet in time/);
  });

  it('case 73: HOST before USER, twice and after the login: the server’s answers, verbatim', () => {
    const bench = greeted();
    passes(bench, 'HOST ftp.example', '220 Host accepted');
    passes(bench, 'HOST [2001:db8::1]', '504 unknown host');
    passes(bench, 'host other.example', '220-Welcome\r\n220 to other');
    passes(bench, 'USER u', '331 password');
    passes(bench, 'PASS p', '230 in');
    passes(bench, 'HOST ftp.example', '503 too late');
    passes(bench, 'PWD', '257 "/"');
    assert.equal(bench.eventsOf('logged-in').length, 1, '220 of HOST is no login');
  });

  it('case 73: HOST refused with 421 ends the session with the server’s words', () => {
    const bench = greeted().clientSays('HOST nowhere.example').serverSays('421 no such host');
    bench.server.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['421 no such host']);
    assert.ok(bench.client.ended);
  });
});

describe('REIN', () => {
  it('case 72: passes to the server, whose 220 or 502 comes back', () => {
    passes(new SessionBench().login(), 'REIN', '220 Service ready for new user.');
    passes(new SessionBench().login(), 'REIN', '502 REIN not implemented.');
    passes(new SessionBench().login(), 'REIN', '120 wait\r\n220 ready');
  });

  it('case 72: another user can log in after it, and the next commands keep their answers', () => {
    const bench = new SessionBench().login();
    passes(bench, 'REIN', '220 ready');
    passes(bench, 'USER v', '331 password');
    passes(bench, 'PASS q', '230 in');
    bench.passive();
    passes(bench, 'PWD', '257 "/"');
  });

  it('case 72: during a transfer: 226 first, then 220 or 502, whichever way the server says them', () => {
    for (const answer of ['220 ready', '502 REIN not implemented.']) {
      for (const said of [`226 done\r\n${answer}`, `${answer}\r\n226 done`]) {
        const { bench, finish } = downloading();
        bench.clientSays('REIN');
        assert.deepEqual(bench.commands(), ['REIN']);
        assert.equal(
          bench.serverData.resetWith,
          undefined,
          'the transfer goes on (RFC 959 §4.1.1)',
        );
        const early = said.startsWith('226') ? [] : [answer];
        bench.serverSays(said);
        finish();
        const replies = bench.replies();
        assert.deepEqual(replies.toSorted(), ['226 done', answer].toSorted());
        if (early.length === 0) assert.deepEqual(replies, ['226 done', answer]);
        passes(bench, 'NOOP', '200 ok');
      }
    }
  });
});

describe('QUIT during a transfer', () => {
  it('case 69: as proftpd has it, 221 and a broken transfer: 426, 221, then the end', () => {
    const { bench } = downloading();
    bench.clientSays('QUIT').serverSays('221 bye');
    bench.serverData.break();
    bench.server.finish();
    bench.settle();
    assert.deepEqual(
      bench.replies().map((line) => line.slice(0, 3)),
      ['426', '221'],
    );
    assert.ok(bench.client.ended);
  });

  it('case 69: as pure-ftpd has it, 426 and 451 and no 221: both pass before the end', () => {
    const { bench } = downloading();
    bench.clientSays('QUIT');
    bench.serverData.break();
    bench.settle().serverSays('426 aborted').serverSays('451 gone');
    bench.server.finish();
    bench.settle();
    const replies = bench.replies();
    assert.deepEqual(replies.slice(0, 2), ['426 aborted', '451 gone']);
    assert.ok(bench.client.ended);
    assert.equal(bench.eventsOf('closed').length, 1);
  });

  it('case 69: a command behind QUIT does not keep 221 from the client', () => {
    const bench = new SessionBench().login().clientSays('QUIT\r\nNOOP').serverSays('221 bye');
    bench.server.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['221 bye']);
    assert.ok(bench.client.ended);
  });
});

describe('a client that half-closes', () => {
  it('case 71: with a whole session in one packet gets every reply, own ones included', () => {
    const bench = new SessionBench();
    bench.client.say('USER u\r\nPASS p\r\nAUTH TLS\r\nPASV\r\nPWD\r\nQUIT\r\n');
    bench.client.finish();
    bench.settle().serverSays('220 hi').serverSays('331 p\r\n230 in');
    assert.deepEqual(bench.commands(), ['USER u', 'PASS p', 'EPSV']);
    bench.serverSays('500 what?').serverSays('227 ok (10,0,0,1,19,137)');
    assert.deepEqual(bench.commands(), ['PASV', 'PWD', 'QUIT']);
    bench.serverSays('257 "/"').serverSays('221 bye');
    bench.server.finish();
    bench.settle();
    assert.deepEqual(
      bench.replies().map((line) => line.slice(0, 3)),
      ['220', '331', '230', '502', '227', '257', '221'],
    );
    assert.ok(bench.client.ended);
    assert.equal(bench.offers.filter((offer) => !offer.withdrawn).length, 0);
    assert.equal(bench.closed, 1);
  });

  it('case 71: with more commands than are forwarded at once gets every reply', () => {
    const bench = new SessionBench().login();
    const count = 3 * GATEWAY_LIMITS.pendingCommands;
    bench.client.say('NOOP\r\n'.repeat(count));
    bench.client.finish();
    bench.settle();
    for (let i = 1; i <= count; i += 1) bench.serverSays(`200 ${i}`);
    assert.equal(bench.replies().at(-1), `200 ${count}`);
    assert.ok(bench.client.ended);
  });

  it('case 70: during a transfer breaks it off at both ends before the control connection ends', () => {
    for (const how of ['FIN', 'RST']) {
      const { bench } = downloading();
      if (how === 'FIN') bench.client.finish();
      else bench.client.break();
      bench.settle();
      assert.ok(bench.serverData.resetWith !== undefined && !bench.serverData.ended, how);
      const server = bench.order.findIndex((note) => note.startsWith('server'));
      assert.ok(bench.order.indexOf('data-server reset') < server, bench.order.join(', '));
    }
  });
});

describe('a session after REIN', () => {
  it('after REIN the time for a login runs again', () => {
    const bench = new SessionBench().login().clientSays('REIN').serverSays('220 ready');
    bench.advance(GATEWAY_LIMITS.login + 1);
    assert.match(bench.replies().join('\n'), /421 No login within/);
  });

  it('case 72: after REIN EPSV ALL is forgotten, and set-ups before it hold nothing', () => {
    const bench = new SessionBench().login();
    const offer = bench.passive();
    bench.clientSays('EPSV ALL\r\nREIN').serverSays('220 ready');
    assert.ok(offer.withdrawn);
    bench.replies();
    bench.clientSays('PASV').serverSays('229 ok (|||5002|)');
    assert.match(bench.replies().join('\n'), /^227 /);
  });
});
