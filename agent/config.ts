import { setting } from '../shared/config.ts';
import { LINK_SETTINGS } from '../shared/config/link-settings.ts';
import { choice, hostPort, integer, relayUrl, text, yesOrNo } from '../shared/config/values.ts';
import type { HostPort } from '../shared/config/values.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../shared/log.ts';
import type { LogFormat, LogLevel } from '../shared/log.ts';
import { network } from '../shared/net/networks.ts';
import { defaultStateDir } from './credential.ts';
import { SERVER_TLS_SETTINGS } from './server-tls/settings.ts';

/** Settings of `gangway agent`. */
export const AGENT_SETTINGS = {
  relay: setting<string | undefined>({
    description: 'URL of the relay',
    placeholder: 'URL',
    parse: relayUrl,
    default: undefined,
  }),
  code: setting<string | undefined>({
    description: 'enrolment code, for the first start; printed by the relay',
    placeholder: 'CODE',
    parse: text,
    default: undefined,
    secret: true,
  }),
  server: setting<HostPort>({
    description: 'the FTP server',
    placeholder: 'HOST:PORT',
    parse: hostPort(1),
    default: { host: '127.0.0.1', port: 21 },
    defaultText: '127.0.0.1:21',
  }),
  ...SERVER_TLS_SETTINGS,
  stateDir: setting({
    description: 'folder for the credential',
    placeholder: 'DIR',
    parse: text,
    default: defaultStateDir(),
    defaultText: '~/.local/state/gangway',
  }),
  ca: setting<string | undefined>({
    description: 'PEM file of a certificate authority to trust besides those of the system',
    placeholder: 'FILE',
    parse: text,
    default: undefined,
  }),
  dataHosts: setting<readonly string[]>({
    description: "where the FTP server's data connections may be besides its own address",
    placeholder: 'CIDR',
    parse: (raw) => {
      const parsed = network(raw);
      return parsed.ok ? { ok: true, value: [parsed.value] } : parsed;
    },
    default: [],
    defaultText: 'nowhere else',
    many: true,
  }),
  lanDirect: setting({
    description: "let the relay have clients dialled in this machine's own networks",
    parse: yesOrNo,
    default: false,
  }),
  privateRelay: setting({
    description:
      'the relay itself, and no forwarder to it, is at a private address: let its doctor transfer files from here',
    parse: yesOrNo,
    default: false,
  }),
  carriers: setting<number>({
    description: 'most connections to the relay that carry files at once, besides one for control',
    placeholder: 'N',
    parse: integer(1, 8),
    default: 4,
  }),
  ...LINK_SETTINGS,
  proxy: setting<string | undefined>({
    description:
      'HTTP proxy for the way to the relay, instead of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY',
    placeholder: 'URL',
    parse: text,
    default: undefined,
  }),
  logLevel: setting<LogLevel>({
    description: `one of ${LOG_LEVELS.join(', ')}`,
    placeholder: 'LEVEL',
    parse: choice(...LOG_LEVELS),
    default: 'info',
  }),
  logFormat: setting<LogFormat>({
    description: 'auto (pretty on a terminal, else json), json or pretty',
    placeholder: 'FORMAT',
    parse: choice(...LOG_FORMATS),
    default: 'auto',
  }),
};
