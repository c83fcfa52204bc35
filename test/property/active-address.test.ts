import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseCommand } from '../../shared/ftp/command.ts';
import { parseActive, type SetupContext } from '../../shared/gateway/data-commands.ts';

/** One client may name another server, the others nobody but themselves. */
const LISTED = '192.0.2.9';
const FREE = { epsvAll: false, clientMode: 'any', fxp: () => false, nearby: false } as const;
const CONTEXTS: readonly SetupContext[] = [
  { client: { host: '198.51.100.7', port: 40_000 }, family: 4, ...FREE },
  { client: { host: '2001:db8::7', port: 40_000 }, family: 6, ...FREE },
  {
    client: { host: '198.51.100.8', port: 40_000 },
    family: 4,
    ...FREE,
    fxp: (address) => address === LISTED,
  },
];

const octet = fc.oneof(fc.constantFrom(0, 7, 51, 100, 198, 255, 256), fc.nat(999));
const port = fc.oneof(fc.constantFrom(0, 21, 1023, 1024, 65_535, 65_536), fc.nat(70_000));
const host = fc.oneof(
  fc.constantFrom('198.51.100.7', LISTED, '2001:db8::7', '::ffff:198.51.100.7', '198.51.100.07'),
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ maxLength: 20 }),
);

const line = fc.oneof(
  fc.array(octet, { minLength: 5, maxLength: 7 }).map((parts) => `PORT ${parts.join(',')}`),
  fc.tuple(octet, octet).map(([high, low]) => `PORT 198,51,100,7,${high},${low}`),
  fc.tuple(octet, octet).map(([high, low]) => `PORT 192,0,2,9,${high},${low}`),
  fc
    .tuple(fc.constantFrom('|', '!', ' '), fc.constantFrom(1, 2, 3), host, port)
    .map(([d, family, at, number]) => `EPRT ${d}${family}${d}${at}${d}${number}${d}`),
  fc.string().map((argument) => `EPRT ${argument}`),
  fc.string().map((argument) => `PORT ${argument}`),
);

describe('PORT and EPRT, whatever they say', () => {
  it('nobody but the client itself and who is listed is dialled, and no port below 1024; all else is one 5xx line', () => {
    let agreed = 0;
    let foreign = 0;
    fc.assert(
      fc.property(line, fc.constantFrom(...CONTEXTS), (text, context) => {
        const request = parseActive(parseCommand(Buffer.from(text)), context);
        if ('address' in request) {
          agreed += 1;
          const { host } = request.address;
          if (context.fxp(host)) foreign += 1;
          else assert.equal(host, context.client.host);
          assert.ok(request.address.port >= 1024 && request.address.port <= 65_535);
        } else {
          const { code, lines } = request.refusal;
          assert.ok(code >= 500 && code < 600);
          assert.equal(lines.length, 1);
          assert.doesNotMatch(lines[0]?.toString('latin1') ?? '', /[\r\n\0\u00ff]/);
        }
      }),
      { numRuns: 5000 },
    );
    assert.ok(
      agreed > foreign && foreign > 0,
      'some were agreed to, so the property says something',
    );
  });
});
