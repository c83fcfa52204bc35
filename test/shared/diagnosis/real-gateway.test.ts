/** The events of the real gateway, played on both ends in memory, lead to the findings they are to lead to. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { diagnose } from '../../../shared/diagnosis/diagnose.ts';
import type { Finding } from '../../../shared/diagnosis/finding.ts';
import type { DiagnosisContext, TimedEvent } from '../../../shared/diagnosis/record.ts';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { beginPassive } from '../../support/running-transfer.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';
import { BEGIN, CLIENT, contextOf } from '../../support/visits.ts';

/** A session whose events are kept with the time at which they were made. */
class Visited {
  readonly bench: SessionBench;
  readonly #events: TimedEvent[] = [];

  constructor(options: BenchOptions = {}) {
    this.bench = new SessionBench(options);
    this.keep();
  }

  /** Keeps what happened so far, at the time it is now. */
  keep(): this {
    const { events, timers } = this.bench;
    const at = BEGIN + timers.now();
    this.#events.push(...events.slice(this.#events.length).map((event) => ({ at, event })));
    return this;
  }

  wait(ms: number): this {
    this.keep();
    for (let left = ms; left > 0; left -= 1000) {
      this.bench.advance(Math.min(left, 1000));
      this.keep();
    }
    return this;
  }

  findings(context: Partial<DiagnosisContext> = {}): Finding[] {
    this.keep();
    const client = { host: CLIENT, port: 40_000 };
    const record = { id: 'bench', client, port: 21, events: this.#events, omitted: 0 };
    return diagnose(record, contextOf(context));
  }

  codes(context: Partial<DiagnosisContext> = {}): string[] {
    return this.findings(context).map(({ code }) => code);
  }
}

function loggedIn(options: BenchOptions = {}): Visited {
  const visited = new Visited(options);
  visited.bench.login();
  return visited.keep();
}

suite('what the gateway tells of active mode', () => {
  test('a private address', () => {
    const visited = loggedIn();
    visited.bench.clientSays('PORT 192,168,1,7,200,10');
    const [finding] = visited.findings();
    assert.equal(finding?.code, 'active-private-address');
    assert.equal(finding.facts['named'], '192.168.1.7');
  });

  test('the address of another', () => {
    const visited = loggedIn();
    visited.bench.clientSays('PORT 203,0,113,9,200,10');
    assert.deepEqual(visited.codes(), ['active-other-address']);
  });

  test('a client that cannot be reached', () => {
    const visited = loggedIn();
    visited.bench.active().clientSays('LIST').serverSays('150 here');
    visited.wait(GATEWAY_LIMITS.clientDial + 1000);
    visited.bench.serverSays('426 broken');
    const [finding, ...others] = visited.findings();
    assert.equal(finding?.code, 'active-blocked-at-client');
    assert.match(String(finding.facts['reason']), /no answer within 7 seconds/);
    assert.deepEqual(others, []);
  });

  test('a tunnel without it, and what the client does then', () => {
    const visited = loggedIn({ rules: { clientMode: () => 'passive' } });
    visited.bench.clientSays('EPRT |1|198.51.100.7|5000|');
    assert.deepEqual(visited.codes(), ['active-not-allowed']);
  });
});

suite('what the gateway tells of passive mode', () => {
  test('a port nobody comes to', () => {
    const visited = loggedIn();
    visited.bench.passive();
    visited.keep().bench.clientSays('LIST');
    visited.wait(GATEWAY_LIMITS.dataAccept + 1000);
    visited.bench.serverSays('425 no connection');
    const [finding, ...others] = visited.findings({ others: { arrived: 3, missed: 0 } });
    assert.equal(finding?.code, 'passive-blocked-at-client');
    assert.equal(finding.facts['port'], 50_000);
    assert.equal(finding.facts['seconds'], 60);
    assert.deepEqual(others, []);
  });

  test('a client that gives up first', () => {
    const visited = loggedIn();
    visited.bench.passive();
    visited.keep().bench.clientSays('LIST');
    visited.wait(20_000).bench.client.finish();
    visited.bench.settle();
    assert.deepEqual(visited.codes(), ['passive-not-dialled']);
  });

  test('no port left, which is not the fault of the server', () => {
    const visited = loggedIn({ ports: 0 });
    visited.bench.clientSays('EPSV').serverSays('229 ok (|||5001|)');
    assert.deepEqual(visited.codes(), ['passive-ports-exhausted']);
  });

  test('a server that refuses every way', () => {
    const visited = loggedIn({ rules: { serverMode: () => 'pasv' } });
    visited.bench.clientSays('PASV').serverSays('502 no');
    assert.deepEqual(visited.codes(), ['server-refuses-data']);
  });

  test('a server that names no port', () => {
    const visited = loggedIn({ rules: { serverMode: () => 'pasv' } });
    visited.bench.clientSays('PASV').serverSays('227 hello');
    assert.deepEqual(visited.codes(), ['server-passive-broken']);
  });
});

suite('what the gateway tells of logins', () => {
  test('a wrong password', () => {
    const visited = new Visited();
    visited.bench.serverSays('220 hi').clientSays('USER anna').serverSays('331 password');
    visited.bench.clientSays('PASS no').serverSays('530 Login incorrect.');
    const [finding, ...others] = visited.findings();
    assert.equal(finding?.code, 'wrong-password');
    assert.equal(finding.facts['user'], 'anna');
    assert.deepEqual(others, []);
  });

  test('a server that is full', () => {
    const visited = new Visited();
    visited.bench.serverSays('421 Too many users are connected.').server.finish();
    visited.bench.settle();
    assert.deepEqual(visited.codes(), ['server-limit']);
  });

  test('a server that wants TLS', () => {
    const visited = new Visited();
    visited.bench.serverSays('220 hi').clientSays('USER anna');
    visited.bench.serverSays('530 Non-anonymous sessions must use encryption.');
    assert.deepEqual(visited.codes(), ['server-wants-tls']);
  });

  test('a tunnel that wants TLS', () => {
    const tls = (): { login: 'required'; data: 'optional' } => ({
      login: 'required',
      data: 'optional',
    });
    const visited = new Visited({ rules: { tls } });
    visited.bench.serverSays('220 hi').clientSays('USER anna');
    assert.deepEqual(visited.codes(), ['tls-required']);
  });

  test('nobody who logs in', () => {
    const visited = new Visited();
    visited.bench.serverSays('220 hi');
    assert.deepEqual(visited.wait(GATEWAY_LIMITS.login + 1000).codes(), ['login-timeout']);
  });

  test('a server that does not greet', () => {
    const visited = new Visited();
    assert.deepEqual(visited.wait(GATEWAY_LIMITS.greeting + 1000).codes(), ['server-silent']);
  });

  test('a server that greets late', () => {
    const visited = new Visited().wait(12_000);
    visited.bench.serverSays('220 hi');
    assert.deepEqual(visited.codes(), ['server-slow-greeting']);
  });

  test('what is no FTP server', () => {
    const visited = new Visited();
    visited.bench.serverSays('SSH-2.0-OpenSSH_9.2');
    assert.deepEqual(visited.codes(), ['server-not-ftp']);
  });

  test('a client that is a browser', () => {
    const visited = new Visited();
    visited.bench.clientSays('GET / HTTP/1.1');
    assert.deepEqual(visited.codes(), ['speaks-http']);
  });
});

suite('what the gateway tells of channels that break', () => {
  const LOST = { by: 'carrier', code: 'link-lost', reason: 'no pong' } as const;

  test('the link', () => {
    const visited = loggedIn();
    visited.bench.server.break(LOST);
    visited.bench.settle();
    assert.deepEqual(visited.codes(), ['link-lost']);
  });

  test('the dial of the server', () => {
    const visited = new Visited();
    visited.bench.server.break({ by: 'peer', code: 'connect-refused', reason: 'refused' });
    visited.bench.settle();
    assert.deepEqual(visited.codes(), ['server-down']);
  });

  test('the certificate of the server', () => {
    const visited = new Visited();
    const code = 'server-certificate-refused';
    visited.bench.server.break({ by: 'peer', code, reason: 'it is self-signed' });
    visited.bench.settle();
    assert.deepEqual(visited.codes(), ['server-certificate-refused']);
  });

  test('the TLS of the client', () => {
    const visited = new Visited();
    const reason = 'the client refuses the certificate';
    visited.bench.client.break({ by: 'peer', code: 'tls-failed', reason });
    visited.bench.settle();
    assert.deepEqual(visited.codes(), ['certificate-refused']);
  });

  for (const [code, reason, finding] of [
    ['ECONNRESET', 'the connection was reset', 'client-broke-off'],
    ['tls-failed', 'what the client sent is not TLS', 'data-tls-missing'],
    ['tls-not-resumed', 'the client has not resumed the TLS session', 'session-reuse-missing'],
    ['ERR_TLS_TRUNCATED', 'the TLS connection ended without close_notify', 'upload-truncated'],
  ] as const) {
    test(`a data connection of the client: ${code}`, () => {
      const { bench, client } = beginPassive('STOR a');
      client.break({ by: 'peer', code, reason });
      bench.settle().serverSays('426 broken');
      assert.deepEqual(codesOf(bench), [finding]);
    });
  }

  for (const [broken, finding] of [
    [{ by: 'peer', code: 'connection-reset', reason: 'reset' }, 'server-broke-off'],
    [LOST, 'link-lost'],
  ] as const) {
    test(`a data connection of the server: ${broken.code}`, () => {
      const { bench, server } = beginPassive('RETR a');
      server.break(broken);
      bench.settle().serverSays('426 broken');
      assert.deepEqual(codesOf(bench), [finding]);
    });
  }

  test('ABOR', () => {
    const { bench } = beginPassive('RETR a');
    bench.clientSays('ABOR').serverSays('426 aborted').serverSays('226 done');
    assert.deepEqual(codesOf(bench), ['client-cancelled']);
  });

  test('a transfer on which nothing moves', () => {
    const { bench } = beginPassive('RETR a');
    bench.advance(GATEWAY_LIMITS.transferStall + 1000).serverSays('426 broken');
    assert.deepEqual(codesOf(bench), ['transfer-stalled']);
  });

  test('a full disk', () => {
    const { bench } = beginPassive('STOR a');
    bench.serverSays('452 Insufficient storage space.');
    assert.deepEqual(codesOf(bench), ['disk-full']);
  });
});

suite('what the gateway tells of commands', () => {
  test('a read-only tunnel', () => {
    const visited = loggedIn({ rules: { readOnly: () => true } });
    visited.bench.clientSays('DELE a');
    assert.deepEqual(visited.codes(), ['read-only']);
  });

  test('a missing file', () => {
    const visited = loggedIn();
    visited.bench.passive();
    visited.bench.clientSays('RETR a').connect();
    visited.bench.serverSays('550 a: No such file or directory');
    assert.deepEqual(visited.codes(), ['file-not-found']);
  });

  test('a name that is no UTF-8', () => {
    const visited = loggedIn();
    visited.bench.clientSays(Buffer.from('CWD Gesch\xe4fte\r\n', 'latin1'));
    visited.bench.serverSays('550 Failed to change directory.');
    assert.deepEqual(visited.codes(), ['encoding-trouble']);
  });

  test('an idle client', () => {
    const visited = loggedIn();
    assert.deepEqual(visited.wait(GATEWAY_LIMITS.idle + 1000).codes(), ['idle-timeout']);
  });
});

function codesOf(bench: SessionBench): string[] {
  const events = bench.events.map((event, index) => ({ at: BEGIN + index, event }));
  const client = { host: CLIENT, port: 40_000 };
  const record = { id: 'bench', client, port: 21, events, omitted: 0 };
  return diagnose(record, contextOf()).map(({ code }) => code);
}
