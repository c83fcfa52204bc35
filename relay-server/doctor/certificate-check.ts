import { CERTIFICATE_LIMITS } from '../limits.ts';
import { day } from '../../shared/net/certificate-facts.ts';
import type { AnswerOf } from '../../shared/proto/probes.ts';
import { failed, ok, skipped, warning, type CheckBook, type Verdict } from './check.ts';
import { reasonOf, type OutsideView } from './outside-view.ts';

/** Whether clients believe the certificate that they are shown. */
export async function checkCertificate(book: CheckBook, view: OutsideView): Promise<void> {
  const { name, tunnel } = view;
  const did = `Had the agent begin TLS at port ${tunnel.port} as a client of ${name}, and judge the certificate as its system does.`;
  await book.make('certificate', did, async () => {
    if (tunnel.policy.tls === 'off') return skipped('the tunnel offers no TLS to clients');
    const address = await view.address();
    if (address === undefined) return skipped(`${name} has no address that the agent connects to.`);
    const { port } = tunnel;
    const answer = await view.ask({ kind: 'tls', address, port, begins: 'explicit', name });
    if (answer.kind === 'tls') return judge(answer, name);
    if (answer.kind === 'refused') return skipped(`The agent did not connect: ${answer.reason}.`);
    return failed(
      `TLS did not begin: ${reasonOf(answer)}.`,
      'See the check of the public port, and whom the tunnel lets in (--allow).',
    );
  });
}

function judge(seen: AnswerOf<'tls'>, name: string): Verdict {
  const { refusedAs, subject, issuer, names, notAfter, protocol } = seen;
  const whose = `${subject} for ${names.join(', ') || 'no name'}, by ${issuer}, until ${day(notAfter)} (${protocol})`;
  const get = `Get one for ${name} that everybody believes: --acme, or --tls-cert and --tls-key.`;
  if (refusedAs === null) {
    if (notAfter - Date.now() > CERTIFICATE_LIMITS.expiresSoon) return ok(`Believed: ${whose}.`);
    return warning(
      `It ends soon: ${whose}.`,
      'Renew it; with --acme the log says why that failed.',
    );
  }
  if (refusedAs === 'CERT_HAS_EXPIRED' || refusedAs === 'CERT_NOT_YET_VALID') {
    return failed(
      `It is not valid today: ${whose}.`,
      'Renew it, and look at the clocks of the relay and of the agent.',
    );
  }
  if (refusedAs === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return failed(`It is not for ${name}: ${whose}.`, get);
  }
  return warning(
    `Nobody vouches for it, so clients ask their users or refuse (${refusedAs}): ${whose}.`,
    `${get} Until then tell users its SHA-256: ${seen.fingerprint}.`,
  );
}
