import { setting, type Parsed } from '../../shared/config.ts';
import { choice, host, text, yesOrNo } from '../../shared/config/values.ts';
import { SERVER_TLS_MODES } from '../../shared/proto/link-messages.ts';

/** Settings of `gangway agent` about TLS between it and the FTP server. */
export const SERVER_TLS_SETTINGS = {
  serverTls: setting<(typeof SERVER_TLS_MODES)[number]>({
    description:
      'TLS to the FTP server: none, explicit (AUTH TLS) or implicit (from the first byte)',
    placeholder: 'HOW',
    parse: choice(...SERVER_TLS_MODES),
    default: 'none',
  }),
  serverCa: setting<string | undefined>({
    description: "PEM file of a certificate authority to trust for the FTP server's certificate",
    placeholder: 'FILE',
    parse: text,
    default: undefined,
  }),
  serverFingerprint: setting<string | undefined>({
    description: "SHA-256 of the FTP server's certificate; then no authority and no name counts",
    placeholder: 'HEX',
    parse: sha256,
    default: undefined,
  }),
  serverTlsInsecure: setting({
    description: "take any certificate of the FTP server's: for a network you trust only",
    parse: yesOrNo,
    default: false,
  }),
  serverName: setting<string | undefined>({
    description: "name in the FTP server's certificate, and to ask it for (SNI)",
    placeholder: 'NAME',
    parse: host,
    default: undefined,
    defaultText: 'the host of --server',
  }),
  serverDataTls: setting<'required' | 'off'>({
    description: 'TLS for data connections with the FTP server: required (PROT P) or off (PROT C)',
    placeholder: 'WHETHER',
    parse: choice('required', 'off'),
    default: 'required',
  }),
  serverClientCert: setting<string | undefined>({
    description: 'PEM file of a certificate to show to the FTP server, with its chain',
    placeholder: 'FILE',
    parse: text,
    default: undefined,
  }),
  serverClientKey: setting<string | undefined>({
    description: 'PEM file of its key',
    placeholder: 'FILE',
    parse: text,
    default: undefined,
  }),
};

/** 32 bytes in hexadecimal, with or without colons; the value is in small letters without. */
function sha256(raw: string): Parsed<string> {
  const digits = raw.replaceAll(':', '').toLowerCase();
  if (/^[\da-f]{64}$/.test(digits)) return { ok: true, value: digits };
  return {
    ok: false,
    problem: 'is not the SHA-256 of a certificate',
    remedy:
      'Give its 64 hexadecimal digits, with or without colons: openssl x509 -fingerprint -sha256.',
  };
}
