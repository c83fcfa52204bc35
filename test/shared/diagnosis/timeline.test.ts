import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { timeline } from '../../../shared/diagnosis/timeline.ts';
import { BEGIN, Visit } from '../../support/visits.ts';

function story(visit: Visit): string[] {
  return timeline(visit.record).map(
    ({ side, text, fault }) => `${side}: ${text}${fault ? ' (!)' : ''}`,
  );
}

suite('the timeline of a visit', () => {
  test('tells a download on both sides', () => {
    const visit = new Visit()
      .login()
      .ask('PWD', 257)
      .passive(50_017, 'PASV')
      .arrive()
      .on({ type: 'server-data', serverWay: 'EPSV', serverPort: 5001 })
      .begin('RETR')
      .end('RETR', { ms: 3000, bytes: 1_200_000 })
      .quit();
    assert.deepEqual(story(visit), [
      'client: connected from 198.51.100.7 to port 21',
      'server: greeted: 220 ready',
      'client: gave the user name anna; answered 331',
      'client: sent a password',
      'server: accepted the login (230)',
      'client: sent PWD; answered 257',
      'client: asked for passive mode (PASV); was told to connect to port 50017 at 192.0.2.1',
      'client: connected to port 50017',
      'agent: connected to the FTP server for the data',
      'server: began sending report.pdf',
      'relay: RETR of report.pdf is complete: 1.2 MB in 3 seconds',
      'client: said goodbye (QUIT); answered 221',
      'client: left',
    ]);
  });

  test('tells who failed, and marks it', () => {
    const visit = new Visit().login().passive().command('LIST').wait(60_000);
    visit.end('LIST', {
      name: '',
      code: 425,
      bytes: 0,
      ms: 60_000,
      broken: { by: 'client', code: 'no-connection', reason: 'no data connection came' },
    });
    assert.equal(
      story(visit).at(-1),
      'client: did not connect to port 50017 within 60 seconds (!)',
    );
  });

  test('tells why a command was refused here, and by the server', () => {
    const visit = new Visit()
      .login()
      .refused('PORT 192,168,1,7,200,10', 500, 'behind-nat', 'Switch it to passive mode.')
      .ask('DELE a', 550, 'Permission denied.')
      .ask('FEAT', 500, 'Unknown command.');
    assert.deepEqual(story(visit).slice(-3), [
      'relay: refused PORT: 500 Switch it to passive mode. (!)',
      'client: sent DELE a; answered 550 Permission denied. (!)',
      'client: sent FEAT; answered 500 Unknown command.',
    ]);
  });

  test('tells what happens before there is a session', () => {
    const visit = new Visit()
      .on({ type: 'turned-away', why: 'offline', code: 421, text: 'the agent is away' })
      .on({ type: 'handshake-failed', reason: 'the client refuses the certificate' })
      .on({ type: 'reception-failed', why: 'no such server', user: 'anna@shpo' });
    assert.deepEqual(story(visit), [
      'relay: turned the client away: 421 the agent is away (!)',
      'client: did not agree on TLS: the client refuses the certificate (!)',
      'relay: the login of anna@shpo came to nothing: no such server (!)',
    ]);
  });

  test('tells what is repeated once', () => {
    const visit = new Visit().login().ask('NOOP', 200).ask('NOOP', 200).ask('NOOP', 200);
    assert.equal(story(visit).at(-1), 'client: sent NOOP; answered 200 (3 times)');
  });

  test('keeps the time of each step', () => {
    const [first, second] = timeline(
      new Visit().opened().wait(1000).on({ type: 'greeted', code: 220, text: '220 hi' }).record,
    );
    assert.equal(first?.at, BEGIN + 10);
    assert.equal(second?.at, BEGIN + 1020);
  });

  test('never tells secrets', () => {
    const visit = new Visit()
      .login()
      .command('PASS', 'geheim')
      .ask('ACCT geheim', 230)
      .ask('ADAT geheim', 235)
      .ask('PSAS geheim', 500, 'What?')
      .ask('SITE PSWD geheim geheim', 200);
    const text = story(visit).join('\n');
    assert.doesNotMatch(text, /geheim/);
    assert.match(text, /sent SITE PSWD; answered 200/);
    assert.match(text, /sent PSAS; answered 500/);
  });

  test('shows what comes from outside bounded and without control characters', () => {
    const visit = new Visit().login().ask(`CWD \u001b]0;x\u0007${'y'.repeat(5000)}`, 250);
    const last = story(visit).at(-1) ?? '';
    assert.ok(last.length < 300);
    // eslint-disable-next-line no-control-regex -- that is what must not be in it
    assert.doesNotMatch(last, /[\u0000-\u001f\u007f]/);
  });

  test('tells of a line that was down, and that the transfer went on', () => {
    const visit = new Visit().login().passive().arrive().begin('RETR').lineDown().end('RETR');
    const told = story(visit.lineDown(90_000)).filter((step) => step.startsWith('agent: '));
    assert.deepEqual(told, [
      'agent: lost its line to the relay; the transfer waits (!)',
      'agent: was without a line for 12 seconds; the transfer went on',
      'agent: lost its line to the relay; the session waits (!)',
      'agent: was without a line for 90 seconds; the session went on',
    ]);
  });
});
