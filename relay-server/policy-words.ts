import type { TunnelPolicy } from './policy.ts';

/** What a field of a policy is about, to people. */
export interface PolicyWords {
  /** A heading. */
  readonly title: string;
  /** Half a sentence for the help of the command line. */
  readonly brief: string;
  /** What it is good for and what it costs, for who sees it the first time. */
  readonly explanation: string;
}

/** Every field of a tunnel's policy in words, for the command line and the dashboard. */
export const POLICY_WORDS: Readonly<Record<keyof TunnelPolicy, PolicyWords>> = {
  allow: {
    title: 'Only these clients',
    brief: 'only these clients may connect',
    explanation:
      'Addresses and networks that may connect; everybody else is turned away before a login. Empty lets everybody try.',
  },
  deny: {
    title: 'Not these clients',
    brief: 'these clients may not',
    explanation: 'Addresses and networks that are turned away, even if the list above has them.',
  },
  maxSessions: {
    title: 'Sessions at once',
    brief: 'sessions at once',
    explanation:
      'Further clients are told that the tunnel is full. Many programs open several at a time.',
  },
  maxSessionsPerAddress: {
    title: 'Sessions of one address',
    brief: 'sessions of one address at once',
    explanation:
      'Keeps one client from taking all places. A whole office may stand behind one address; an IPv6 network of 64 bits counts as one.',
  },
  readOnly: {
    title: 'Read only',
    brief: 'refuse what changes files of the server',
    explanation:
      'Uploads, renaming and deleting are refused here, whatever the FTP server would allow.',
  },
  idleTimeout: {
    title: 'Without a command',
    brief: 'without a command',
    explanation:
      'A session in which nothing is asked for this long is ended. A running transfer is not idle.',
  },
  loginTimeout: {
    title: 'Until the login',
    brief: 'until the login',
    explanation: 'Who connects and does not log in within this time makes room for others.',
  },
  stallTimeout: {
    title: 'Stalled transfer',
    brief: 'transfer on which nothing moves',
    explanation:
      'A transfer on which no byte moves this long is broken off, and the client is told so.',
  },
  dataSource: {
    title: 'Where data may come from',
    brief: 'where passive data connections come from',
    explanation:
      'A passive data connection has to come from the client’s own address, so that nobody else can fetch his file. Clients whose provider spreads connections over several addresses need “same network”.',
  },
  serverMode: {
    title: 'How the server moves data',
    brief: "how the FTP server's data connections come about",
    explanation:
      'Between agent and FTP server; clients notice nothing of it. “auto” finds out what works.',
  },
  clientMode: {
    title: 'Modes for clients',
    brief: 'modes clients may use',
    explanation:
      'Passive: the client opens data connections, which most firewalls allow. Active: the relay dials the client, which works where the client has no firewall.',
  },
  bandwidth: {
    title: 'Bandwidth of the tunnel',
    brief: 'bytes per second of all sessions together',
    explanation: 'Both directions of all sessions together, shared fairly.',
  },
  sessionBandwidth: {
    title: 'Bandwidth of a session',
    brief: 'bytes per second of each session',
    explanation: 'Both directions of each session by itself.',
  },
  fxp: {
    title: 'Server-to-server transfers',
    brief: 'servers that may exchange files with it',
    explanation:
      'FTP servers that may exchange files with this one directly (FXP). Empty forbids it, which is safest.',
  },
  proxyFrom: {
    title: 'Balancers in front',
    brief: 'balancers that send a PROXY header',
    explanation:
      'Addresses of balancers whose connections begin with a PROXY header that says who the client is. Others may not send one.',
  },
  proxyProtocol: {
    title: 'Tell the server who the client is',
    brief: 'PROXY header to the FTP server',
    explanation:
      'Begins each control connection to the FTP server with a PROXY header. Only for servers that expect it: others refuse every client.',
  },
  proxyProtocolData: {
    title: 'Tell it on data connections, too',
    brief: 'send it on data connections, too',
    explanation: 'For servers that expect the PROXY header on data connections as well.',
  },
  lanDirect: {
    title: 'Short way inside the server’s network',
    brief: "let data of active clients in the server's own network stay in it",
    explanation:
      'Active clients in the FTP server’s own network get their data from it directly and not by way of the relay.',
  },
  tls: {
    title: 'TLS with clients',
    brief: 'TLS with clients, who log in without it only if not required',
    explanation:
      'Required: nobody logs in without TLS, so no password crosses the internet in clear. Optional: clients choose. Off: none is offered.',
  },
  tlsData: {
    title: 'TLS on data connections',
    brief: 'TLS on their data connections, too',
    explanation:
      'Whether files and listings of clients with TLS have to be encrypted as well. Some old clients encrypt the login only.',
  },
  requireSessionReuse: {
    title: 'Demand TLS session reuse',
    brief: 'refuse a data connection whose TLS session is not resumed',
    explanation:
      'Proves that the data connection is the client’s own. Some clients cannot do it and fail at the first listing.',
  },
  strictClose: {
    title: 'Demand an orderly TLS end',
    brief: 'take a TLS data connection that ends without close_notify for broken',
    explanation:
      'Without it a cut connection could pass for a whole file. Some clients never send it, and each of their uploads would fail.',
  },
};
