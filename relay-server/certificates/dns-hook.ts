import { execFile } from 'node:child_process';
import { GangwayError } from '../../shared/errors.ts';
import { CERTIFICATE_LIMITS } from '../limits.ts';
import type { Claim, Proof } from './authority.ts';

/**
 * DNS-01 (RFC 8555 §8.4) by a program of the relay's owner, called without a shell as
 * `COMMAND present NAME VALUE` and `COMMAND cleanup NAME VALUE`: NAME is the record
 * (`_acme-challenge.…`), VALUE its text. After `present` it ends when name servers answer with the
 * record, with exit code 0.
 */
export class DnsHook implements Proof {
  readonly type = 'dns-01';
  readonly remedy: string;
  readonly #command: string;

  constructor(command: string) {
    this.#command = command;
    this.remedy =
      `Check that \`${command} present NAME VALUE\` publishes the TXT record, and ends only when ` +
      'the name servers of the zone answer with it.';
  }

  show(claim: Claim): Promise<void> {
    return this.#run('present', claim);
  }

  withdraw(claim: Claim): Promise<void> {
    return this.#run('cleanup', claim);
  }

  #run(step: 'present' | 'cleanup', { name, keyAuthorization }: Claim): Promise<void> {
    const args = [step, `_acme-challenge.${name}`, keyAuthorization];
    const options = { timeout: CERTIFICATE_LIMITS.dnsHook, killSignal: 'SIGKILL' } as const;
    return new Promise((resolve, reject) => {
      execFile(this.#command, args, options, (error, stdout, stderr) => {
        if (error === null) resolve();
        else reject(failed(this.#command, step, error, `${stdout}${stderr}`));
      });
    });
  }
}

function failed(command: string, step: string, cause: Error, output: string): GangwayError {
  const { code, killed = false } = cause as Error & { code?: unknown; killed?: boolean };
  const how = killed
    ? 'took too long'
    : `failed (${typeof code === 'number' ? `exit code ${code}` : String(code)})`;
  const said = output.trim().slice(-CERTIFICATE_LIMITS.dnsHookOutput);
  const words = said === '' ? 'It printed nothing.' : `It printed: ${said}`;
  return new GangwayError('acme-hook-failed', `${command} ${step} ${how}. ${words}`, {
    remedy: 'Run it by hand with the same arguments, as the user the relay runs as.',
    cause,
  });
}
