import { choice, hostPort, text, yesOrNo, type HostPort } from '../../shared/config/values.ts';
import { setting, type Parser, type Setting } from '../../shared/config.ts';

/** Whether the HTTP port speaks TLS: not at all, to those who begin with it, or to everybody. */
export type HttpTls = 'off' | 'optional' | 'required';

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

/** Settings of `gangway relay` about its certificates. */
export const TLS_SETTINGS = {
  tlsCert: files(
    "certificate with its chain, PEM; taken anew when it changes. Default: one of the relay's own",
  ),
  tlsKey: files('key of each --tls-cert, in the same order'),
  httpTls: setting<HttpTls>({
    description: 'HTTPS on the HTTP port: off, optional (both on one port) or required',
    placeholder: 'WHEN',
    parse: choice('off', 'optional', 'required'),
    default: 'optional',
  }),
  acme: setting({
    description: 'have certificates issued by an authority, whose terms this agrees to',
    parse: yesOrNo,
    default: false,
  }),
  acmeEmail: optional('ADDRESS', 'whom the authority writes to'),
  acmeDirectory: setting<string>({
    description: 'ACME directory of the authority',
    placeholder: 'URL',
    parse: directory,
    default: LETS_ENCRYPT,
    defaultText: "Let's Encrypt",
  }),
  acmeCa: optional('FILE', "PEM file of the authority to trust for a private directory's HTTPS"),
  acmeHttp: setting<HostPort>({
    description: 'where authorities check names; port 80 of the names must lead here',
    placeholder: 'HOST:PORT',
    parse: hostPort(0),
    default: { host: '0.0.0.0', port: 80 },
    defaultText: '0.0.0.0:80',
  }),
  acmeDnsHook: optional('COMMAND', 'prove names by DNS: run as COMMAND present|cleanup NAME VALUE'),
};

function optional(placeholder: string, description: string): Setting<string | undefined> {
  return setting<string | undefined>({ placeholder, description, parse: text, default: undefined });
}

function files(description: string): Setting<readonly string[]> {
  const parse: Parser<readonly string[]> = (raw) => {
    const path = text(raw);
    return path.ok ? { ok: true, value: [path.value] } : path;
  };
  return setting({
    placeholder: 'FILE',
    description,
    parse,
    default: [],
    defaultText: 'none',
    many: true,
  });
}

/** Parsed here because an account's key must not be sent to an authority in clear. */
function directory(raw: string): ReturnType<Parser<string>> {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  if (url?.protocol === 'https:') return { ok: true, value: url.href };
  return {
    ok: false,
    problem: 'is not the URL of an ACME directory',
    remedy: 'Write it like https://acme.example.org/directory.',
  };
}
