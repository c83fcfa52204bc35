import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { GATEWAY_REPLIES } from '../../shared/gateway/replies.ts';
import { TLS_REPLIES } from '../../shared/gateway/tls-replies.ts';
import { SessionBench } from '../support/session-bench.ts';
import { commandsIn, edited, isSubsequence, repliesIn } from './plain-ftp.ts';

/** The gateway's own commands to the server. */
const OWN_COMMANDS: ReadonlySet<string> = new Set(['EPSV', 'PASV']);
/** What leads to at most two of {@link OWN_COMMANDS}, and never passes. */
const SETUP = /^[ \t\v\f]*(?:PASV|EPSV|PORT|EPRT)(?:[ \t\v\f]|$)/i;

type Maker = (...facts: string[]) => { lines: Buffer[] };

const MAKERS = Object.values({ ...GATEWAY_REPLIES, ...TLS_REPLIES }).flatMap((one) =>
  typeof one === 'function' ? [one] : Object.values(one),
) as unknown as Maker[];

/** Everything the gateway words itself, with any facts in it. Some words hang on the fact. */
const OWN_REPLIES: readonly RegExp[] = ['FACT', 'PORT'].flatMap((fact) =>
  MAKERS.map((make) => {
    const text = make(fact, fact).lines.join('\n');
    const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    return new RegExp(`^${escaped.replaceAll(/FACT|NaN|\\\(\d\\\)/g, '.*')}$`, 's');
  }),
);

/** Set-ups, as only the gateway words them. */
const OWN_SETUPS = [
  /^227 Entering Passive Mode \(192,0,2,1,195,\d+\)\.$/,
  /^229 Entering Extended Passive Mode \(\|\|\|500\d\d\|\)$/,
];

const piece = fc.constantFrom(
  'USER a',
  'PASS b',
  'PWD',
  'RETR a',
  'STOR b',
  'LIST',
  'ABOR',
  'QUIT',
  'REIN',
  'NOOP',
  'REST 1',
  'PASV',
  'EPSV',
  'EPSV ALL',
  'EPSV 2',
  'PORT 198,51,100,7,200,10',
  'PORT 1,2,3,4,5,6',
  'EPRT |1|198.51.100.7|5000|',
  'FEAT',
  'AUTH TLS',
  'DELE x',
  ' ',
  'STAT',
  'HOST h',
  '\r\n',
  '\r\n',
  '\r\n',
  '\n',
  '\r',
  '\r\0',
  '\0',
  '\xff\xf4\xff\xf2',
  '\xff\xf4\xf2',
  '\xff\xf4',
  '\xff\xff',
  '\xff\xfb\x01',
  '\xff\xfa\x18',
  '\xff\xf0',
  '\xff',
  '\xf2',
  'a',
  '220 x',
  '227 (1,2,3,4,5,6)',
);
const clientBytes = fc
  .array(fc.oneof({ weight: 9, arbitrary: piece }, { weight: 1, arbitrary: fc.string() }), {
    maxLength: 40,
  })
  .map((pieces) => Buffer.from(pieces.join(''), 'latin1'));

const serverPiece = fc.constantFrom(
  '220 hi',
  '331 p',
  '230 in',
  '150 go',
  '226 done',
  '426 cut',
  '500 what',
  '200 ok',
  '550 no',
  '227 (10,0,0,1,19,137)',
  '227-x\r\n227 (10,0,0,1,19,138)',
  '229 (|||5001|)',
  '229 x',
  '421 bye',
  '211-F\r\n AUTH TLS\r\n SIZE\r\n211 End',
  '213-a\r\n226 b\r\n227 (6,6,6,6,6,6)\r\n213 c',
  '120 wait',
  '221 q',
  '225 ok',
  '530 login',
  '227 (9,9,9,9,999,1)',
  '200 a\rb',
  '200 \0\xff',
);
const serverBytes = serverPiece.map((text) => Buffer.from(`${text}\r\n`, 'latin1'));

/** One step of a conversation. */
type Step =
  | { who: 'client' | 'server'; bytes: Buffer }
  | { who: 'connect' | 'reach' | 'refuse' | 'data-end' | 'data-reset' | 'wait' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: clientBytes.map((bytes): Step => ({ who: 'client', bytes })) },
    { weight: 6, arbitrary: serverBytes.map((bytes): Step => ({ who: 'server', bytes })) },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Step>(
        ...(['connect', 'reach', 'refuse', 'data-end', 'data-reset', 'wait'] as const).map(
          (who) => ({ who }),
        ),
      ),
    },
  ),
  { maxLength: 30 },
);

/** Does what a step says as far as it can be done now. */
function take(bench: SessionBench, one: Step): void {
  const offer = bench.offers.at(-1);
  const dial = bench.dials.at(-1);
  const data = bench.dialled.at(-1)?.channel;
  switch (one.who) {
    case 'client':
      bench.clientSays(one.bytes);
      break;
    case 'server':
      bench.serverSays(one.bytes);
      break;
    case 'connect':
      if (offer !== undefined && !offer.withdrawn) bench.connect(offer).finish();
      break;
    case 'reach':
      if (dial !== undefined && !dial.givenUp) {
        bench.reach();
        dial.givenUp = true;
      }
      break;
    case 'refuse':
      if (dial !== undefined && !dial.givenUp) {
        dial.givenUp = true;
        dial.outcome.failed('connection refused');
      }
      break;
    case 'data-end':
      data?.finish();
      break;
    case 'data-reset':
      data?.break();
      break;
    case 'wait':
      bench.advance(11_000);
      break;
  }
  bench.settle();
}

/** What the steps of one end said. */
function saidBy(who: 'client' | 'server', all: readonly Step[]): string {
  const chunks = all.flatMap((one) => (one.who === who && 'bytes' in one ? [one.bytes] : []));
  return Buffer.concat(chunks).toString('latin1');
}

suite('a session between two ends that say anything', () => {
  test('every line that reaches the server is one the client sent whole, or the gateway’s own', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const bench = new SessionBench();
        for (const one of all) take(bench, one);
        const said = commandsIn(saidBy('client', all));
        const seen = bench.server.take().replaceAll('\xff\xff', '\xff').split('\r\n');
        assert.equal(seen.pop(), '', 'whole lines only');
        const own = seen.filter((line) => OWN_COMMANDS.has(line));
        const passed = seen.filter((line) => !OWN_COMMANDS.has(line));
        const setups = said.filter((line) => SETUP.test(line));
        assert.ok(own.length <= 2 * setups.length, `${own.length} for ${setups.length}`);
        assert.ok(!passed.some((line) => /[\r\n\0]/.test(line)), 'no line in a line');
        const passing = said.filter((line) => !SETUP.test(line));
        assert.ok(isSubsequence(passed, passing), JSON.stringify({ passed, passing }));
      }),
      { numRuns: 2000 },
    );
  });

  test('every reply that reaches the client is one the server gave, once, or the gateway’s own', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const bench = new SessionBench();
        for (const one of all) take(bench, one);
        const given = repliesIn(saidBy('server', all));
        const got = repliesIn(bench.client.take());
        for (const reply of got) {
          const at = given.indexOf(reply);
          if (at >= 0) given.splice(at, 1);
          else {
            const own = [...OWN_REPLIES, ...OWN_SETUPS].some((one) => one.test(reply));
            const feat = given.find((one) => edited(one) === reply);
            assert.ok(own || feat !== undefined, JSON.stringify(reply));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('no bytes of a client have another meaning when they are cut elsewhere', () => {
    fc.assert(
      fc.property(clientBytes, fc.array(fc.nat(300), { maxLength: 8 }), (bytes, cuts) => {
        const results = [[bytes.length], cuts].map((places) => {
          const bench = new SessionBench().serverSays('220 hi');
          let from = 0;
          for (const to of [...places.toSorted((a, b) => a - b), bytes.length]) {
            bench.clientSays(bytes.subarray(from, Math.min(to, bytes.length)));
            from = Math.max(from, Math.min(to, bytes.length));
          }
          return [bench.commands(), bench.replies()];
        });
        assert.deepEqual(results[0], results[1]);
      }),
    );
  });
});

/** A line of a client that knows FTP, and the code its answer must have; setups are 2xx. */
const POLITE: readonly (readonly [string, string])[] = [
  ['PWD', '2'],
  ['CWD x', '2'],
  ['SITE x', '2'],
  ['PASV', '227'],
  ['EPSV', '229'],
  ['EPSV 2', '522'],
  ['PORT 198,51,100,7,200,10', '200'],
  ['PORT 10,0,0,1,200,10', '500'],
  ['EPRT |1|198.51.100.7|5000|', '200'],
  ['AUTH TLS', '502'],
  ['LPSV', '502'],
  ['RETR missing', '550'],
  ['FEAT', '211'],
  ['a\0b', '500'],
];

suite('a session between a client that pipelines and a server that answers in order', () => {
  test('every command is answered once, in its turn, with its own answer', () => {
    const conversation = fc.array(fc.constantFrom(...POLITE), { maxLength: 15 });
    fc.assert(
      fc.property(conversation, fc.boolean(), fc.nat(3), (lines, onlyPasv, patience) => {
        const bench = new SessionBench().login();
        let number = 0;
        let owed: string[] = [];
        const answer = (command: string): void => {
          number += 1;
          if (command === 'EPSV') bench.serverSays(onlyPasv ? '500 what' : '229 (|||5001|)');
          else if (command === 'PASV') bench.serverSays('227 (10,0,0,1,19,137)');
          else if (command.startsWith('RETR')) bench.serverSays(`550 ${command}`);
          else if (command === 'FEAT') bench.serverSays('211-F\r\n SIZE\r\n211 End');
          else bench.serverSays(`250 ${command}`);
        };
        for (const [index, [line]] of lines.entries()) {
          bench.clientSays(line);
          owed.push(...bench.commands());
          // Some answers come while others are still being asked for.
          if (index % (patience + 1) === 0 && owed.length > 0) answer(owed.shift() ?? '');
        }
        for (;;) {
          owed = [...owed, ...bench.commands()];
          const next = owed.shift();
          if (next === undefined) break;
          answer(next);
        }
        const got = repliesIn(bench.client.take());
        assert.equal(got.length, lines.length, `${number} answers: ${got.join(' | ')}`);
        for (const [index, [line, code]] of lines.entries()) {
          const reply = got[index] ?? '';
          assert.ok(reply.startsWith(code), `${line}: ${reply}`);
          if (code === '2') assert.equal(reply, `250 ${line}`);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
