import type { X509Certificate } from 'node:crypto';
import { GangwayError } from '../shared/errors.ts';
import { certificateFacts, describeCertificate } from '../shared/net/certificate-facts.ts';

/** Whom to trust, and where. */
export interface RelayTrust {
  /** URL of the relay. */
  readonly url: string;
  /** PEM of an authority to trust besides the system's. */
  readonly ca: string | undefined;
  /** Key of the relay, which is trusted whatever its certificate says. */
  readonly pin: string | undefined;
}

/** What a handshake has shown. */
export interface Shown {
  /** The certificate is for the relay's name, valid, and an authority that is trusted vouches for it. */
  readonly authorized: boolean;
  /** Node's word for why not. */
  readonly why: string;
  readonly certificate: X509Certificate | undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody vouches for it',
  SELF_SIGNED_CERT_IN_CHAIN: 'no authority trusted here vouches for it',
  UNABLE_TO_GET_ISSUER_CERT: 'no authority trusted here vouches for it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'no authority trusted here vouches for it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'no authority trusted here vouches for it',
  CERT_SIGNATURE_FAILURE: 'the authority that it names has not signed it',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for other names',
};

/** Why a relay is not to be talked to: `relay-certificate-refused`; undefined if it proved who it is. */
export function refusalOf(trust: RelayTrust, shown: Shown): GangwayError | undefined {
  if (shown.authorized) return undefined;
  const facts = shown.certificate && certificateFacts(shown.certificate);
  if (facts !== undefined && facts.pin === trust.pin) return undefined;
  const reason = REASONS[shown.why] ?? shown.why;
  const seen = facts === undefined ? 'no certificate' : describeCertificate(facts);
  return new GangwayError(
    'relay-certificate-refused',
    `what answers at ${trust.url} does not prove to be the relay: its certificate is refused, as ${reason}. ` +
      `Seen: ${seen}. Expected: ${expected(trust)}.`,
    { remedy: remedy(trust) },
  );
}

function expected({ url, ca, pin }: RelayTrust): string {
  const authority =
    ca === undefined ? 'an authority of this system' : 'one in --ca or of this system';
  const vouched = `a certificate for ${new URL(url).hostname} from ${authority}`;
  return pin === undefined ? vouched : `the key ${pin}, or ${vouched}`;
}

function remedy({ ca, pin }: RelayTrust): string {
  const authority =
    ca === undefined ? 'If an authority of your own issued it, name it with --ca FILE. ' : '';
  const own =
    pin === undefined
      ? 'If the relay made it itself'
      : 'If the relay lost its key and made another, or was set up anew';
  return (
    `${authority}${own}, start with a new code (\`gangway agent-code TUNNEL\` on the relay), which carries its key. ` +
    'Otherwise check --relay: somebody else may answer in its place.'
  );
}
