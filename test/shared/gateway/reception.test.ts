import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Reception, type ReceptionStep } from '../../../shared/gateway/reception.ts';
import type { TlsRules } from '../../../shared/gateway/tls-rules.ts';
import { RECEPTION_LIMITS } from '../../../shared/limits.ts';
import { splits } from '../ftp/splits.ts';

type Policy = TlsRules['login'];

const open = (policy: Policy = 'off'): Reception =>
  new Reception({
    relayName: 'relay.example.org',
    implicit: false,
    tls: () => ({ login: policy, data: policy }),
  });

/** A step in one line: `331 Password required.`, `login joe@shop:secret by HOST shop.example.org`. */
function told(step: ReceptionStep): string {
  if (step.do === 'login') {
    const { user, password, host, before } = step.wish;
    const by = host === undefined ? '' : ` by ${host.by} ${host.name}`;
    const notes = before.map((line) => ` after ${line.toString().trim()}`).join('');
    return `login ${user.toString()}:${password?.toString() ?? ''}${by}${notes}`;
  }
  const text = step.reply.lines.map((line) => line.toString()).join('|');
  return step.do === 'reply' ? text : `${step.do} ${text}`;
}

/** What lines lead to, a CRLF behind each. */
function say(reception: Reception, ...lines: string[]): string[] {
  return reception.push(Buffer.from(lines.map((line) => `${line}\r\n`).join(''))).map(told);
}

/** The codes only. */
function codes(reception: Reception, ...lines: string[]): string[] {
  return say(reception, ...lines).map((line) => line.slice(0, 3));
}

describe('the reception of a shared port', () => {
  it('any split of the bytes leads to the same steps, and leaves the same bytes', () => {
    const bytes = Buffer.from('NOOP\r\nHOST a.example.org\nUSER joe\r\nPASS p w\r\nPWD\r\nRE');
    for (const chunks of splits(bytes)) {
      const reception = open();
      const steps = chunks.flatMap((chunk) => reception.push(chunk)).map(told);
      assert.deepEqual(steps, [
        '200 OK.',
        '220 Host accepted.',
        '331 Password required.',
        'login joe:p w by HOST a.example.org',
      ]);
      assert.equal(reception.takeRest().toString(), 'PWD\r\nRE');
    }
  });

  it('a client that names no tunnel reads how to, whatever else he asks', () => {
    const reception = open();
    for (const line of ['USER joe', 'USER joe@', 'USER @shop', 'PWD', 'LIST', 'EPSV', 'STAT']) {
      assert.match(say(reception, line).join(), /^530 .*USER name@tunnel.*SNI.*HOST/, line);
    }
    assert.match(say(reception, 'HELP').join(), /^214 .*USER name@tunnel/);
    assert.deepEqual(codes(reception, 'PASS x', 'USER', 'SYST', 'QUIT'), [
      '503',
      '501',
      '215',
      'clo',
    ]);
  });

  it('a password may be empty or missing, and a user name holds what it likes', () => {
    assert.deepEqual(say(open(), 'USER a@b@shop', 'PASS').slice(1), ['login a@b@shop:']);
    assert.deepEqual(say(open(), 'USER  é @shop', 'PASS ').slice(1), ['login  é @shop:']);
  });

  it('nothing behind a password is looked at before the login has failed', () => {
    const reception = open();
    assert.equal(say(reception, 'USER joe@shop', 'PASS x', 'NOOP', 'SYST').length, 2);
    assert.deepEqual(say(reception, 'NOOP'), []);
    const after = reception.refused().map(told);
    assert.match(after[0] ?? '', /^530 Login incorrect/);
    assert.deepEqual(
      after.slice(1).map((line) => line.slice(0, 3)),
      ['200', '215', '200'],
    );
    assert.deepEqual(codes(reception, 'PASS x'), ['503'], 'the user must be named again');
  });

  it('after a few failed logins the connection is closed', () => {
    const reception = open();
    for (let login = 1; login < RECEPTION_LIMITS.logins; login += 1) {
      say(reception, 'USER joe@shop', 'PASS x');
      assert.equal(reception.refused().length, 1);
    }
    say(reception, 'USER joe@shop', 'PASS x', 'NOOP');
    assert.match(reception.refused().map(told).join('|'), /^530 .*\|close 421 Too many failed/);
    assert.deepEqual(say(reception, 'NOOP'), []);
  });

  it('what concerns the session is told to the server before the login, the last word of each', () => {
    const lines = ['CLNT a', 'OPTS UTF8 ON', 'opts utf8', 'CLNT b', 'USER j@s', 'PASS p'];
    assert.equal(say(open(), ...lines).at(-1), 'login j@s:p after CLNT b after opts utf8');
    assert.deepEqual(codes(open(), 'OPTS MLST size;'), ['530']);
  });

  it('REIN begins anew', () => {
    const reception = open();
    assert.deepEqual(codes(reception, 'HOST a.org', 'USER joe', 'REIN'), ['220', '331', '220']);
    assert.deepEqual(codes(reception, 'PASS x', 'USER joe'), ['503', '530']);
  });

  it('FEAT tells what holds before a login', () => {
    const features = '211-Features:| EPRT| EPSV| HOST| PASV|211 End';
    assert.deepEqual(say(open(), 'FEAT'), [features]);
  });
});

describe('HOST at a shared port (case 73, RFC 7151)', () => {
  it('every name that is one is accepted, so nobody learns which are somebody’s', () => {
    for (const name of ['shop.example.org', 'nobody.example.org', 'shop', '192.0.2.1', '[::1]']) {
      assert.deepEqual(say(open(), `HOST ${name}`, 'USER joe', 'PASS p').slice(0, 2), [
        '220 Host accepted.',
        '331 Password required.',
      ]);
    }
    for (const name of ['', 'a b', 'ä.org', 'x'.repeat(254)]) {
      assert.deepEqual(codes(open(), `HOST ${name}`), ['501'], name);
    }
  });

  it('the second takes the place of the first; after USER there is none', () => {
    const reception = open();
    assert.deepEqual(codes(reception, 'HOST a.org', 'HOST B.org', 'USER joe', 'HOST c.org'), [
      '220',
      '220',
      '331',
      '503',
    ]);
    assert.deepEqual(say(reception, 'PASS p'), ['login joe:p by HOST b.org']);
  });

  it('the relay’s own name chooses nobody', () => {
    assert.deepEqual(codes(open(), 'HOST Relay.example.org', 'USER joe'), ['220', '530']);
  });
});

describe('TLS at a shared port', () => {
  const secured = (serverName?: string): Reception => {
    const reception = open('optional');
    say(reception, 'AUTH TLS');
    reception.secured(serverName);
    return reception;
  };

  it('the name asked for in the handshake is a choice, known or not; the relay’s own is none', () => {
    const chosen = say(secured('Shop.example.org'), 'USER joe', 'PASS p');
    assert.deepEqual(chosen, ['331 Password required.', 'login joe:p by SNI shop.example.org']);
    assert.deepEqual(codes(secured('relay.example.org'), 'USER joe'), ['530']);
    assert.deepEqual(codes(secured(), 'USER joe'), ['530']);
  });

  it('HOST must be the name TLS was asked for', () => {
    const reception = secured('a.org');
    assert.deepEqual(codes(reception, 'HOST b.org', 'HOST a.org'), ['504', '220']);
    assert.deepEqual(say(reception, 'USER joe', 'PASS p').slice(1), ['login joe:p by HOST a.org']);
    assert.deepEqual(codes(secured(), 'HOST b.org'), ['220']);
  });

  it('case 86: what comes in clear behind AUTH ends it', () => {
    const steps = say(open('optional'), 'AUTH TLS', 'USER joe@shop', 'PASS p');
    assert.match(steps.join(), /^close 503 Nothing may be sent behind AUTH/);
    const half = open('optional').push(Buffer.from('AUTH TLS\r\nUS'));
    assert.match(half.map(told).join(), /^close 503/);
  });

  it('what was said in clear is forgotten', () => {
    const reception = open('optional');
    assert.match(say(reception, 'HOST a.org', 'USER joe', 'AUTH TLS').at(-1) ?? '', /^secure 234/);
    reception.secured(undefined);
    assert.deepEqual(codes(reception, 'NOOP', 'PASS p', 'USER joe'), ['200', '503', '530']);
  });

  it('where every tunnel wants TLS nobody says a password in clear', () => {
    const refused = say(open('required'), 'USER joe@shop', 'PASS p');
    assert.match(refused.join('|'), /^530 TLS is required here.*\|503/);
  });

  it('case 88: PBSZ and PROT come after AUTH, in this order, and AUTH once', () => {
    const reception = open('optional');
    assert.deepEqual(codes(reception, 'PBSZ 0', 'PROT P', 'AUTH X', 'AUTH'), [
      '503',
      '503',
      '504',
      '504',
    ]);
    const tls = secured();
    const lines = ['PROT P', 'PBSZ 0', 'PROT S', 'PROT p', 'AUTH TLS', 'CCC', 'REIN'];
    assert.deepEqual(codes(tls, ...lines), ['503', '200', '536', '200', '503', '533', '502']);
    assert.deepEqual(tls.security, { is: 'secured', sized: true, protection: 'private' });
  });

  it('FEAT offers TLS where there is some', () => {
    assert.match(say(open('optional'), 'FEAT').join(), /AUTH TLS\| PBSZ\| PROT/);
    assert.doesNotMatch(say(open(), 'FEAT').join(), /AUTH|PROT/);
    assert.deepEqual(codes(open(), 'AUTH TLS'), ['502']);
  });
});

describe('a hostile client at a shared port', () => {
  it('has a bounded number of commands', () => {
    const steps = say(open(), ...Array.from({ length: 1_000 }, () => 'NOOP'));
    assert.equal(steps.length, RECEPTION_LIMITS.commands + 1);
    assert.match(steps.at(-1) ?? '', /^close 421 Too many commands/);
  });

  it('is told what is no command, and closed on if it sends too many, or another protocol', () => {
    const steps = say(open(), ...Array.from({ length: 30 }, () => 'NO\0OP'));
    assert.match(steps[0] ?? '', /^500 A NUL/);
    assert.match(steps.at(-1) ?? '', /^close 421 Too many lines/);
    assert.match(say(open(), 'GET / HTTP/1.1').join(), /^close 421 .*another protocol/);
  });

  it('cannot fill the memory with a line that has no end', () => {
    const reception = open();
    const chunk = Buffer.alloc(64 * 1024, 'A');
    const steps = Array.from({ length: 40 }, () => reception.push(chunk))
      .flat()
      .map(told);
    assert.match(steps.join('|'), /^500 Command line longer.*\|close 421/);
  });
});
