import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { AGENT_SETTINGS } from '../../../agent/config.ts';
import { serverTlsPlan, type ServerTlsPlan } from '../../../agent/server-tls/plan.ts';
import { loadConfig, type ConfigProblem } from '../../../shared/config.ts';
import { testAuthority } from '../../support/certificates.ts';
import { runGangway } from '../../support/gangway.ts';

const authority = await testAuthority();
const own = await authority.issue({ names: ['agent.test'] });
const PIN = 'ab'.repeat(32);

/** What these flags come to, as `gangway agent` reads them. */
function planned(
  flags: Readonly<Record<string, unknown>>,
  host = '127.0.0.1',
): { plan: ServerTlsPlan | undefined; problems: string[] } {
  const { config } = loadConfig(AGENT_SETTINGS, { flags, env: {} });
  const problems: ConfigProblem[] = [];
  const plan = serverTlsPlan(config, host, problems);
  return { plan, problems: problems.map(({ source, problem }) => `${source} ${problem}`) };
}

async function file(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-pem-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'file.pem'), text);
  return join(folder, 'file.pem');
}

describe('what the flags about TLS to the FTP server come to', () => {
  it('nothing without --server-tls', () => {
    assert.deepEqual(planned({}), { plan: undefined, problems: [] });
  });

  it('the host of --server is the name to expect and to ask for; an address is only expected', () => {
    const named = planned({ serverTls: 'explicit' }, 'ftp.test').plan;
    assert.deepEqual([named?.trust, named?.name], [{ by: 'ca', name: 'ftp.test' }, 'ftp.test']);
    const plain = planned({ serverTls: 'implicit' }).plan;
    assert.deepEqual([plain?.trust, plain?.name], [{ by: 'ca', name: '127.0.0.1' }, undefined]);
    const told = planned({ serverTls: 'explicit', serverName: 'ftp.test' }).plan;
    assert.deepEqual([told?.trust, told?.name], [{ by: 'ca', name: 'ftp.test' }, 'ftp.test']);
  });

  it('a fingerprint is read with and without colons, in capitals and small letters', () => {
    for (const serverFingerprint of [PIN, PIN.toUpperCase().replaceAll(/..(?!$)/g, '$&:')]) {
      const { plan } = planned({ serverTls: 'explicit', serverFingerprint });
      assert.deepEqual(plan?.trust, { by: 'fingerprint', sha256: PIN });
    }
    assert.throws(() => planned({ serverTls: 'explicit', serverFingerprint: PIN.slice(2) }), {
      code: 'config-invalid',
    });
  });

  it('data connections are protected unless that is switched off', () => {
    assert.equal(planned({ serverTls: 'explicit' }).plan?.protectsData, true);
    const { plan } = planned({ serverTls: 'explicit', serverDataTls: 'off' });
    assert.equal(plan?.protectsData, false);
  });

  it('a certificate of our own and its key', () => {
    const [serverClientCert, serverClientKey] = [own.certFile, own.keyFile];
    const { plan, problems } = planned({
      serverTls: 'explicit',
      serverClientCert,
      serverClientKey,
    });
    assert.deepEqual(problems, []);
    assert.ok(plan);
  });
});

describe('flags about TLS to the FTP server that cannot be', () => {
  it('what means nothing without TLS is not silently ignored', () => {
    const flags = { serverCa: authority.caFile, serverTlsInsecure: 'true', serverName: 'ftp.test' };
    assert.deepEqual(planned(flags).problems, [
      '--server-ca means nothing without TLS to the FTP server',
      '--server-tls-insecure means nothing without TLS to the FTP server',
      '--server-name means nothing without TLS to the FTP server',
    ]);
  });

  it('two ways to believe a certificate contradict each other, and both are told', () => {
    const more = { serverFingerprint: PIN, serverTlsInsecure: 'true', serverCa: authority.caFile };
    const { plan, problems } = planned({ serverTls: 'explicit', ...more });
    assert.equal(plan, undefined);
    assert.deepEqual(problems, [
      '--server-tls-insecure contradicts --server-fingerprint',
      '--server-ca contradicts --server-fingerprint',
    ]);
  });

  it('half of a certificate and key', () => {
    const cert = planned({ serverTls: 'explicit', serverClientCert: own.certFile });
    assert.match(cert.problems.join(), /^--server-client-key is missing/);
    const key = planned({ serverTls: 'explicit', serverClientKey: own.keyFile });
    assert.match(key.problems.join(), /^--server-client-cert is missing/);
  });

  it('files that are not there, or hold something else', async (t) => {
    const nothing = await file(t, 'nothing of use');
    const absent = planned({ serverTls: 'explicit', serverCa: '/no/such/file' });
    assert.deepEqual(absent.problems, ['--server-ca cannot be read (ENOENT)']);
    const wrong = planned({ serverTls: 'explicit', serverCa: nothing });
    assert.match(wrong.problems.join(), /^--server-ca is of no use/);
    const [serverClientCert, serverClientKey] = [own.certFile, nothing];
    const key = planned({ serverTls: 'explicit', serverClientCert, serverClientKey });
    assert.match(key.problems.join(), /^--server-client-cert is of no use/);
  });

  it('gangway agent tells them with everything else that is wrong, and ends with 2', async () => {
    const args = ['agent', '--ca', '/no/such/file', '--server-name', 'ftp.test'];
    const { status, output } = await runGangway(args);
    assert.equal(status, 2);
    for (const flag of ['--relay is missing', '--ca "/no/such/file"', '--server-name means']) {
      assert.ok(output.includes(flag), output);
    }
  });
});
