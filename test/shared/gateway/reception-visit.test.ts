import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS, RECEPTION_LIMITS } from '../../../shared/limits.ts';
import { VisitBench } from '../../support/visit-bench.ts';

/** A client that has just sent his password. */
async function loggingIn(user = 'joe@shop', ...more: string[]): Promise<VisitBench> {
  const bench = await new VisitBench({ closed: ['away'] }).settle();
  assert.match(bench.replies().join(), /^220 /);
  await bench.says(`USER ${user}`, 'PASS secret', ...more);
  assert.deepEqual(bench.replies(), ['331 Password required.']);
  return bench;
}

describe('a login at a shared port', () => {
  it('is repeated at the server, whose word on it is the first the session hears', async () => {
    const bench = await loggingIn('joe@shop', 'PWD');
    assert.equal(bench.server.take(), '', 'nothing is said before the greeting');
    await bench.serverSays('120 wait', '220-hello', ' there', '220 shop');
    assert.equal(bench.server.take(), 'USER joe\r\n');
    await bench.serverSays('331 password?');
    assert.equal(bench.server.take(), 'PASS secret\r\n');
    await bench.serverSays('230-welcome', '230 in');
    assert.deepEqual(bench.doors, ['shop open', 'shop entered by joe']);
    assert.equal(bench.over, 'logged in');
    assert.deepEqual(
      [bench.session.server, bench.session.client],
      ['230-welcome\r\n230 in\r\n', 'PWD\r\n'],
    );
    assert.deepEqual(bench.replies(), [], 'the client reads it from the session');
    await bench.says('SYST');
    await bench.serverSays('215 x');
    assert.equal(bench.session.client, 'PWD\r\nSYST\r\n');
    assert.match(bench.session.server, /215 x\r\n$/);
    await bench.advance(GATEWAY_LIMITS.login);
    assert.equal(bench.client.ended, false, 'time is the session’s');
  });

  it('a server that wants no password, or an account besides, has let the client in', async () => {
    const open = await loggingIn();
    await open.serverSays('220 hi');
    await open.serverSays('230 no password needed');
    assert.equal(open.server.take(), 'USER joe\r\n');
    assert.equal(open.session.server, '230 no password needed\r\n');
    const account = await loggingIn();
    await account.serverSays('220 hi');
    await account.serverSays('331 p');
    await account.serverSays('332 account?');
    assert.equal(account.session.server, '332 account?\r\n');
  });

  it('what came before USER is told the server first, a command at a time', async () => {
    const bench = await new VisitBench().settle();
    await bench.says('CLNT x', 'OPTS UTF8 ON', 'USER joe@shop', 'PASS p');
    await bench.serverSays('220 hi');
    assert.equal(bench.server.take(), 'CLNT x\r\n');
    await bench.serverSays('500 what?');
    assert.equal(bench.server.take(), 'OPTS UTF8 ON\r\n');
    await bench.serverSays('200 yes');
    assert.equal(bench.server.take(), 'USER joe\r\n');
  });

  const failures: Readonly<Record<string, (bench: VisitBench) => Promise<unknown>>> = {
    'a refused password': async (bench) => {
      await bench.serverSays('220 hi');
      await bench.serverSays('331 p');
      await bench.serverSays('530 Authentication failed, shop says.');
    },
    'a refused user name': async (bench) => {
      await bench.serverSays('220 hi');
      await bench.serverSays('530 not you');
    },
    'a server that is full': (bench) => bench.serverSays('421 full'),
    'a server that closes': (bench) => {
      bench.server.finish();
      return bench.settle();
    },
    'a server that cannot be reached': (bench) => {
      bench.server.break({ by: 'peer', code: 'connect-ECONNREFUSED', reason: 'refused' });
      return bench.settle();
    },
    'a server that speaks no FTP': (bench) => bench.serverSays('HTTP/1.1 400 Bad Request'),
  };
  /** What a client reads and when, from his password on. */
  async function refusal(bench: VisitBench): Promise<string> {
    await bench.advance(RECEPTION_LIMITS.failure - 1);
    assert.deepEqual(bench.replies(), [], 'not yet');
    await bench.advance(1);
    const [said = ''] = bench.replies();
    assert.match(said, /^530 Login incorrect/);
    await bench.says('NOOP');
    assert.deepEqual(bench.replies(), ['200 OK.']);
    return said;
  }

  for (const [what, happens] of Object.entries(failures)) {
    it(`${what} is told like a tunnel that is not there, and as late`, async () => {
      const bench = await loggingIn();
      await happens(bench);
      assert.match(bench.doors.join('|'), /^shop open\|shop left: ./);
      const unknown = await loggingIn('joe@nobody');
      assert.equal(await refusal(bench), await refusal(unknown));
      assert.equal(unknown.servers.length, 0);
    });
  }

  const codes = {
    'a refused password': 530,
    'a refused user name': 530,
    'a server that is full': 421,
  };
  for (const [what, happens] of Object.entries(failures)) {
    it(`${what} is known to the tunnel by the code of the server, if it said one`, async () => {
      const bench = await loggingIn();
      await happens(bench);
      assert.deepEqual(bench.refusals, [new Map(Object.entries(codes)).get(what)]);
    });
  }

  it('a tunnel that is closed to the client is told like one that is not there', async () => {
    const closed = await loggingIn('joe@away');
    const unknown = await loggingIn('joe@nobody');
    assert.equal(await refusal(closed), await refusal(unknown));
  });

  it('a server that says nothing has failed, and a later word of it is nobody’s', async () => {
    const bench = await loggingIn();
    await bench.serverSays('220 hi');
    await bench.advance(RECEPTION_LIMITS.server);
    assert.match(bench.replies().join(), /^530 /);
    assert.equal(bench.server.ended, true);
    await bench.serverSays('331 p', '230 in');
    assert.equal(bench.session.server, '');
    await bench.advance(GATEWAY_LIMITS.closing);
    assert.ok(bench.server.resetWith, 'a server that does not close is reset');
  });
});

describe('TLS at a shared port', () => {
  it('the name it was asked for chooses the tunnel, and the session knows what was agreed on', async () => {
    const bench = await new VisitBench().settle();
    await bench.says('AUTH TLS');
    assert.match(bench.replies().at(-1) ?? '', /^234 /);
    await bench.secured('shop');
    await bench.says('PBSZ 0', 'PROT P', 'USER joe', 'PASS p');
    assert.deepEqual(
      bench.replies().map((line) => line.slice(0, 3)),
      ['200', '200', '331'],
    );
    await bench.serverSays('220 hi');
    await bench.serverSays('230 in');
    assert.deepEqual(bench.doors, ['shop with TLS open', 'shop with TLS entered by joe']);
    assert.deepEqual(bench.security, { is: 'secured', sized: true, protection: 'private' });
  });

  it('where TLS begins at once nothing is said before it stands', async () => {
    const bench = await new VisitBench({ implicit: true }).settle();
    assert.deepEqual(bench.replies(), []);
    await bench.secured();
    assert.match(bench.replies().join(), /^220 /);
    await bench.says('AUTH TLS', 'USER joe@shop', 'PASS p');
    await bench.serverSays('220 hi');
    await bench.serverSays('230 in');
    assert.deepEqual(bench.security, { is: 'secured', sized: true, protection: 'private' });
  });

  it('a handshake that fails ends the visit', async () => {
    const bench = await new VisitBench().settle();
    await bench.says('AUTH TLS');
    bench.client.break({ by: 'peer', code: 'tls-failed', reason: 'no TLS' });
    await bench.settle();
    assert.equal(bench.over, 'no TLS');
  });
});

describe('the end of a visit', () => {
  it('a client that goes in the middle of his login leaves nothing behind', async () => {
    const bench = await loggingIn();
    bench.client.break();
    await bench.settle();
    assert.equal(bench.over, 'read ECONNRESET');
    assert.deepEqual(bench.doors, ['shop open', 'shop left: read ECONNRESET']);
    assert.equal(bench.server.ended, true);
    await bench.advance(GATEWAY_LIMITS.login);
    assert.equal(bench.timers.waiting, 0);
  });

  it('a client that does not log in is told so in time, and what he sends then is not kept', async () => {
    const bench = await new VisitBench().settle();
    await bench.advance(GATEWAY_LIMITS.login);
    assert.match(bench.replies().join(), /421 No login within 120 seconds/);
    assert.equal(bench.client.ended, true);
    await bench.says('USER joe@shop', 'PASS p');
    assert.deepEqual([bench.servers, bench.replies()], [[], []]);
    await bench.advance(GATEWAY_LIMITS.closing);
    assert.ok(bench.client.resetWith, 'a client that does not close is reset');
  });

  it('QUIT is answered, and the connection ends in an orderly way', async () => {
    const bench = await new VisitBench().settle();
    await bench.says('QUIT', 'USER joe@shop', 'PASS p');
    assert.deepEqual(bench.replies().slice(1), ['221 Goodbye.']);
    assert.deepEqual(
      [bench.client.ended, bench.client.resetWith, bench.over],
      [true, undefined, 'quit'],
    );
  });

  it('a client that half-closes behind his login is told of its outcome all the same', async () => {
    const bench = await loggingIn();
    bench.client.finish();
    await bench.serverSays('220 hi');
    await bench.serverSays('230 in');
    await bench.settle();
    assert.equal(bench.session.server, '230 in\r\n');
    assert.equal(bench.session.clientEnded, true);
  });
});
