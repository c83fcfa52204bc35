import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { beginActive } from '../../support/running-transfer.ts';
import { SessionBench, type BenchOptions } from '../../support/session-bench.ts';

/** The client's own address in the bench, port 51210. */
const PORT = 'PORT 198,51,100,7,200,10';
const IPV6: BenchOptions = { family: 6, client: '2001:db8::7' };

const loggedIn = (options?: BenchOptions): SessionBench => new SessionBench(options).login();

describe('PORT and EPRT of the client', () => {
  it('ask the server for its data port like PASV, and are answered 200', () => {
    const bench = loggedIn().clientSays(PORT);
    assert.deepEqual(bench.commands(), ['EPSV']);
    assert.deepEqual(bench.replies(), [], 'not before the server named its port');
    bench.serverSays('229 ok (|||5001|)');
    assert.deepEqual(bench.replies(), ['200 PORT command successful.']);
    bench.clientSays('eprt |1|198.51.100.7|51211|').serverSays('229 ok (|||5002|)');
    assert.deepEqual(bench.replies(), ['200 EPRT command successful.']);
    assert.equal(bench.dials.length + bench.dialled.length + bench.offers.length, 0);
    const [first] = bench.eventsOf('active-offered');
    assert.deepEqual(first, {
      type: 'active-offered',
      verb: 'PORT',
      host: '198.51.100.7',
      port: 51_210,
      serverWay: 'EPSV',
      serverPort: 5001,
    });
  });

  it("the server's own reason for having no port passes unchanged", () => {
    const bench = loggedIn().clientSays(PORT).serverSays('530 Please login.');
    assert.deepEqual(bench.replies(), ['530 Please login.']);
    bench.clientSays('LIST').serverSays('425 no').serverSays('150 nobody asked');
    assert.equal(bench.dials.length, 0);
  });

  it('a server without EPSV is asked PASV', () => {
    const bench = loggedIn().clientSays(PORT).serverSays('500 what?');
    assert.deepEqual(bench.commands(), ['EPSV', 'PASV']);
    bench.serverSays('227 ok (10,0,0,1,19,137)').answers();
    assert.deepEqual(bench.replies(), ['200 PORT command successful.']);
  });

  it('case 47: EPRT with another delimiter, over IPv4 and IPv6, in any spelling of the address', () => {
    const asks: [BenchOptions, string][] = [
      [{}, 'EPRT !1!198.51.100.7!51210!'],
      [IPV6, 'EPRT |2|2001:db8::7|51210|'],
      [IPV6, 'EPRT |2|2001:0DB8:0:0:0:0:0:7|51210|'],
    ];
    for (const [options, ask] of asks) {
      const bench = loggedIn(options).active(ask).clientSays('LIST').serverSays('150 here');
      const host = options.client ?? '198.51.100.7';
      assert.deepEqual(bench.lastDial.address, { host, port: 51_210 }, ask);
    }
  });

  it('what cannot be served is refused here, with the reason, and the server hears nothing', () => {
    const asks: [BenchOptions, string, RegExp][] = [
      [{}, 'PORT', /^501 /],
      [{}, 'PORT 198,51,100,7,200', /^501 /],
      [{}, 'PORT 198,51,100,7,256,1', /^501 /],
      [{}, 'PORT 198,51,100,7,0,0', /^501 /],
      [{}, 'EPRT 198,51,100,7,200,10', /^501 /],
      [{}, 'EPRT |1|client.example|51210|', /^501 /],
      [{}, 'EPRT |1|2001:db8::7|51210|', /^501 /],
      [{}, 'EPRT |3|198.51.100.7|51210|', /^522 .*\(1\)$/],
      [{}, 'EPRT |2|2001:db8::7|51210|', /^522 .*\(1\)$/],
      [IPV6, 'EPRT |1|198.51.100.7|51210|', /^522 .*\(2\)$/],
      [IPV6, PORT, /^500 .*use EPRT/],
      [{}, 'PORT 198,51,100,7,0,22', /^504 .*RFC 2577/],
      [{}, 'EPRT |1|198.51.100.7|1023|', /^504 .*RFC 2577/],
      [{}, 'PORT 198,51,100,8,200,10', /^500 .*FXP/],
      [IPV6, 'EPRT |2|2001:db8::8|51210|', /^500 .*FXP/],
      [{}, 'PORT 192,168,1,5,200,10', /^500 .*192\.168\.1\.5.*198\.51\.100\.7.*NAT.*passive mode/],
      [{}, 'PORT 10,0,0,5,200,10', /^500 .*NAT/],
      [{}, 'PORT 100,64,0,5,200,10', /^500 .*NAT/],
      [{}, 'PORT 127,0,0,1,200,10', /^500 .*NAT/],
      [{}, 'PORT 0,0,0,0,200,10', /^500 .*NAT/],
      [IPV6, 'EPRT |2|fd00::5|51210|', /^500 .*NAT/],
      [{ client: '192.168.1.7' }, 'PORT 192,168,1,5,200,10', /^500 .*FXP/],
    ];
    for (const [options, ask, expected] of asks) {
      const bench = loggedIn(options).clientSays(ask);
      const [said = ''] = bench.replies();
      assert.match(said, expected, ask);
      assert.deepEqual(bench.commands(), [], ask);
      assert.equal(bench.eventsOf('refused')[0]?.code, Number(said.slice(0, 3)));
      bench.clientSays('LIST').serverSays('150 go');
      assert.equal(bench.dials.length + bench.dialled.length, 0, ask);
    }
  });

  it('case 102: a listed server is dialled in the place of the client, from port 1024 on', () => {
    let listed = '192.0.2.9';
    const rules = { fxp: (address: string): boolean => address === listed };
    const bench = loggedIn({ rules }).active('PORT 192,0,2,9,200,10');
    bench.clientSays('RETR file').serverSays('150 here');
    assert.deepEqual(bench.lastDial.address, { host: '192.0.2.9', port: 51_210 });
    const refused = loggedIn({ rules });
    refused.clientSays('PORT 192,0,2,9,0,80').clientSays('EPRT |2|2001:db8::9|51210|');
    const [privileged = '', family = ''] = refused.replies();
    assert.match(privileged, /^504 /);
    assert.match(family, /^522 /);
    listed = '';
    refused.clientSays('EPRT |1|192.0.2.9|51210|');
    assert.match(refused.replies().join(), /^500 .*FXP/, 'the list holds at once');
    assert.deepEqual(refused.commands(), []);
    listed = '192.0.2.9';
    const own = loggedIn({ rules }).active(PORT).clientSays('LIST').serverSays('150 here');
    assert.equal(own.lastDial.address.host, '198.51.100.7');
  });

  it('case 48: after EPSV ALL they are refused', () => {
    const bench = loggedIn().clientSays('EPSV ALL');
    bench.replies();
    bench.clientSays(PORT).clientSays('EPRT |1|198.51.100.7|51210|');
    const [port = '', eprt = ''] = bench.replies();
    assert.match(port, /^503 PORT/);
    assert.match(eprt, /^503 EPRT/);
    assert.deepEqual(bench.commands(), []);
  });

  it('a command behind PORT waits until the server named its port', () => {
    const bench = loggedIn().clientSays(`${PORT}\r\nLIST\r\nNOOP`);
    assert.deepEqual(bench.commands(), ['EPSV']);
    bench.serverSays('229 ok (|||5001|)');
    assert.deepEqual(bench.commands(), ['LIST', 'NOOP']);
    assert.equal(bench.dialled[0]?.port, 5001);
    bench.serverSays('150 here');
    bench.reach();
    assert.deepEqual(bench.replies(), ['200 PORT command successful.', '150 here']);
  });

  it('case 32: PASV then PORT: the promise is taken back and the client is dialled', () => {
    const bench = loggedIn();
    const offer = bench.passive(5001);
    bench.active(PORT, 5002);
    assert.ok(offer.withdrawn);
    bench.clientSays('LIST').serverSays('150 here');
    assert.equal(bench.dials.length, 1);
    assert.equal(bench.dialled.at(-1)?.port, 5002);
  });

  it('case 32: PORT then PASV: the client is not dialled', () => {
    const bench = loggedIn().active(PORT, 5001);
    bench.passive(5002);
    bench.clientSays('LIST').serverSays('150 here');
    assert.deepEqual(bench.replies(), ['150 here']);
    const client = bench.connect();
    bench.serverData.say('data');
    bench.settle();
    assert.equal(client.take(), 'data');
    assert.equal(bench.dials.length, 0);
  });

  it('case 32: of two PORTs the last one counts', () => {
    const bench = loggedIn().active(PORT, 5001).active('PORT 198,51,100,7,200,11', 5002);
    bench.clientSays('LIST').serverSays('150 here');
    assert.equal(bench.lastDial.address.port, 51_211);
    assert.equal(bench.dialled.at(-1)?.port, 5002);
  });

  it('an address is kept for as long as the session lives', () => {
    const bench = loggedIn().active().advance(GATEWAY_LIMITS.passiveOffer);
    bench.clientSays('LIST').serverSays('150 here');
    bench.reach();
    assert.deepEqual(bench.replies(), ['150 here']);
  });
});

describe('an active transfer', () => {
  it('the server is dialled with the command, the client with 150, which waits until it is reached', () => {
    const bench = loggedIn().active().clientSays('RETR a');
    assert.equal(bench.dialled.length, 1);
    assert.equal(bench.dials.length, 0);
    bench.serverSays('150 here');
    assert.equal(bench.dials.length, 1);
    assert.deepEqual(bench.replies(), []);
    const client = bench.reach();
    assert.deepEqual(bench.replies(), ['150 here']);
    assert.deepEqual(bench.eventsOf('data-dialled'), [
      { type: 'data-dialled', host: '198.51.100.7', port: 51_210, localPort: 20 },
    ]);
    bench.serverData.say('data');
    bench.serverData.finish();
    bench.settle();
    assert.equal(client.take(), 'data');
    assert.ok(client.ended && bench.serverData.ended);
    bench.serverSays('226 done');
    assert.deepEqual(bench.replies(), [], 'the client has not closed');
    client.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['226 done']);
    assert.equal(bench.eventsOf('transfer-started').length, 1);
    assert.equal(bench.eventsOf('transfer-ended')[0]?.bytes, 4);
  });

  it('bytes and the end that come while the client is dialled are kept for it', () => {
    const bench = loggedIn().active().clientSays('RETR a').serverSays('125 here');
    bench.serverData.say('data');
    bench.serverData.finish();
    bench.settle();
    assert.equal(bench.serverData.delivered, 0);
    const client = bench.reach();
    assert.equal(client.take(), 'data');
    assert.ok(client.ended);
  });

  it('a 226 that comes while the client is dialled waits behind 150 and the last byte', () => {
    const bench = loggedIn().active().clientSays('RETR a').serverSays('150 here\r\n226 done');
    bench.serverData.say('data');
    bench.serverData.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), []);
    const client = bench.reach();
    assert.deepEqual(bench.replies(), ['150 here']);
    client.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['226 done']);
  });

  it('a 226 without 150 leads to a dial too', () => {
    const bench = loggedIn().active().clientSays('LIST').serverSays('226 done');
    bench.serverData.finish();
    bench.settle();
    const client = bench.reach();
    client.finish();
    bench.settle();
    assert.deepEqual(bench.replies(), ['226 done']);
  });

  it('a reply that overtakes a transfer does not overtake the 150 that is kept back', () => {
    for (const reached of [true, false]) {
      const bench = loggedIn().active().clientSays('LIST\r\nNOOP').serverSays('150 here\r\n200 ok');
      assert.deepEqual(bench.replies(), []);
      if (reached) {
        const client = bench.reach();
        bench.serverData.finish();
        bench.settle().serverSays('226 done');
        client.finish();
        bench.settle();
      } else {
        bench.lastDial.outcome.failed('connection refused');
        bench.settle();
      }
      const codes = bench.replies().map((line) => line.slice(0, 3));
      assert.deepEqual(codes, reached ? ['150', '226', '200'] : ['425', '200']);
    }
  });

  it('a second preliminary reply waits with the first and is not a second dial', () => {
    const bench = loggedIn().active().clientSays('RETR a').serverSays('150 here\r\n110 mark');
    assert.deepEqual(bench.replies(), []);
    bench.reach();
    assert.deepEqual(bench.replies(), ['150 here', '110 mark']);
    assert.equal(bench.dials.length, 1);
    assert.equal(bench.eventsOf('transfer-started').length, 1);
  });

  it('an upload', () => {
    const { bench, client, server } = beginActive('STOR a');
    client.say('data');
    client.finish();
    bench.settle();
    assert.equal(server.take(), 'data');
    assert.ok(server.ended);
    server.finish();
    bench.settle().serverSays('226 stored');
    assert.deepEqual(bench.replies(), ['226 stored']);
    assert.equal(bench.eventsOf('transfer-ended')[0]?.bytes, 4);
  });

  it('a refusal without 150 leads to no dial; the next command uses the same PORT', () => {
    const bench = loggedIn().active().clientSays('RETR missing').serverSays('550 No such file.');
    assert.deepEqual(bench.replies(), ['550 No such file.']);
    assert.equal(bench.dials.length, 0);
    bench.clientSays('RETR there').serverSays('150 here');
    bench.reach();
    assert.equal(bench.dials.length, 1);
    assert.equal(bench.dialled.length, 1);
    assert.deepEqual(bench.replies(), ['150 here']);
  });
});
