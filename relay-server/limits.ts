/**
 * Bounds of what the relay takes from outside besides FTP, as shared/limits.ts has those of both programs.
 * Sizes are bytes, times are milliseconds, everything else is a count.
 */

const KiB = 1024;

/** Bounds of a tunnel's policy, and what holds where it says nothing (relay-server/policy). */
export const POLICY_LIMITS = {
  /** Networks in one list: all lists full of IPv6 networks fit into one request (`API_LIMITS.body`). */
  networks: 100,
  /** Most sessions a tunnel may be given, and its default: what a link has streams for, two or three each. */
  sessions: 10_000,
  /** Default for one address: a large office behind one NAT address, yet a tenth of the tunnel at most. */
  sessionsPerAddress: 1_000,
  /** Shortest time-out: below it a slow line alone would end sessions. */
  shortestTimeout: 1_000,
  /** Longest time-out: a day; what is silent for longer is dead. */
  longestTimeout: 86_400_000,
  /** Slowest bandwidth, bytes per second: below it a transfer moves so rarely that it looks dead. */
  slowestBandwidth: 10_000,
  /** Fastest bandwidth, bytes per second: beyond every network card, and a double counts it exactly. */
  fastestBandwidth: 100_000_000_000,
} as const;

/** Bounds of the links of all agents together. */
export const LINK_LIMITS = {
  /** Receive windows of all streams in bytes: sixteen transfers at the fullest, or a thousand short ones. */
  windows: 256 * 1024 * KiB,
} as const;

/** Bounds of PROXY protocol headers (relay-server/proxy-protocol). */
export const PROXY_LIMITS = {
  /** A version 1 header with its CRLF: the longest there is by the specification (§2.1). */
  v1Header: 107,
  /** What follows the 16 fixed bytes of version 2: addresses and TLVs, a client certificate at most. */
  v2Payload: 4 * KiB,
  /** Time for the header to come: the specification asks for 3 s at least, for a segment sent twice. */
  headerTime: 5_000,
} as const;

/** Bounds of the relay's HTTP API and administration. */
export const API_LIMITS = {
  /** Body of a request; the largest is a policy: four lists of 100 networks of 46 bytes each. */
  body: 32 * KiB,
  /** Time for a whole request to arrive: a slow sender may not hold a connection for ever. */
  requestTime: 30_000,
  /** Characters of a tunnel's name: it becomes a DNS label. */
  tunnelName: 63,
  /** Characters of the name an agent or an API token is given; it is shown in tables. */
  displayName: 64,
  /** Characters of an agent's version. */
  version: 32,
  /** Characters of a secret sent to us (code, credential, token) before it is even hashed. */
  secret: 256,
  /** Characters of a code of a second factor as it is typed, with dashes and spaces. */
  typedCode: 64,
  /** Characters of a session token (JWT) before its signature is looked at; ours have 200. */
  sessionToken: 1024,
  /** Refused enrolments of one address within `enrolWindow`: enough for typing errors, not for trying codes. */
  enrolFailures: 20,
  /** Length of the window in which refused enrolments are counted. */
  enrolWindow: 60_000,
  /** Addresses counted apart in one window; all further ones share a count. */
  enrolAddresses: 10_000,
  /** How long an enrolment code can be used: a week covers handing it to a customer. */
  codeValidity: 7 * 86_400_000,
  /** How long a used or expired code is remembered, to say which of the two it was. */
  codeMemory: 30 * 86_400_000,
  /** Ports tried for a tunnel created without one before giving up. */
  portTries: 200,
  /** Characters of a text that is searched for: a host name. */
  search: 253,
  /** Items of one page of a list. */
  pageItems: 200,
  /** Items of a page whose length nobody asked for: what fits on a screen or two. */
  pageDefault: 50,
  /** Characters of a password of a person: what is shorter is guessed. */
  passwordShortest: 12,
  /** Bytes of a relay's answer the command line reads. */
  answer: 8 * 1024 * KiB,
  /** How long the command line waits for a relay's answer. */
  answerTime: 10_000,
} as const;

/** Bounds and times of people's access to administration (relay-server/access). Times are milliseconds. */
export const ACCESS_LIMITS = {
  /** Life of a session token: after it a browser shows its refresh secret, and gets new ones of both. */
  session: 5 * 60_000,
  /** A browser that was not used for so long is logged out: a week's holiday is a new login. */
  loginIdle: 7 * 86_400_000,
  /** A browser is logged out after so long, however busy it was. */
  loginLife: 30 * 86_400_000,
  /** How long the secret before the last one is taken without harm: two tabs refresh at once. */
  rotationGrace: 10_000,
  /** A use of a login is noted so often, not with every request. */
  useNoted: 60_000,
  /** Browsers one user is logged in with; a further one ends the one used longest ago. */
  loginsPerUser: 20,
  /** Refused logins of one address within `addressWindow`: typing errors of an office. */
  addressFailures: 20,
  addressWindow: 5 * 60_000,
  /** Wrong passwords of one user within `userWindow`, from wherever; NIST SP 800-63B allows 100 in all. */
  userFailures: 50,
  userWindow: 15 * 60_000,
  /** Wrong codes of one user within `userWindow`, each after the right password: one in 100,000 is guessed. */
  codeFailures: 10,
  /** Addresses or users counted apart in one window; all further ones share a count. */
  counted: 10_000,
  /** Passwords hashed at once: each takes 19 MiB and a thread of four. */
  hashesAtOnce: 2,
  /** Passwords that wait to be hashed, half a second of work; who comes then is told to try again. */
  hashesWaiting: 32,
  /** Recovery codes of a user. */
  recoveryCodes: 10,
  /** Characters of a browser's own name that are kept. */
  browser: 120,
  /** Users: a relay's webmasters, listed whole. */
  users: 1_000,
  /** API tokens, listed whole. */
  tokens: 1_000,
  /** Entries of the audit that are kept; a busy year. */
  auditEntries: 100_000,
  /** Characters of JSON kept of how something was, and of how it became. */
  auditState: 16 * KiB,
} as const;

/** Bounds of the relay's HTTP port, where HTTP and HTTPS are told apart (relay-server/http/secure-port). */
export const HTTP_PORT_LIMITS = {
  /** Wait for the first byte of a connection: nobody connects ahead of time to say nothing. */
  firstByte: 10_000,
  /** Time for a TLS handshake, over slow lines and busy machines. */
  handshake: 20_000,
} as const;

/** Bounds and times of certificates (relay-server/certificates). */
export const CERTIFICATE_LIMITS = {
  /** How often files are looked at for a change and certificates for their age. */
  look: 1_000,
  /** Bytes of a certificate with its chain, or of a key. */
  file: 256 * KiB,
  /** How long a certificate and a key that do not fit may be two halves of one change. */
  pairSettle: 5_000,
  /** Names of a self-signed certificate, and names certificates are asked for: one for each tunnel of a large relay. */
  names: 100,
  /** Length of a certificate's life that we make: nobody vouches for it, so nothing is won by making it short. */
  selfSignedLife: 3_650 * 86_400_000,
  /** Before its first second a certificate is valid for clocks that are slow. */
  clockSkew: 86_400_000,
  /** A certificate that ends so soon is warned of: two weeks are left to act in. */
  expiresSoon: 14 * 86_400_000,
  /** How often a certificate that ends soon, or has ended, is told of. */
  warnAgain: 86_400_000,
  /** First wait after an authority did not issue; doubled each time. Let's Encrypt takes five failures an hour. */
  firstRetry: 60_000,
  /** Longest wait before an authority is asked again: four times a day, within weeks. */
  lastRetry: 6 * 3_600_000,
  /** Time for one answer of an authority. */
  authorityAnswer: 30_000,
  /** How often an authority is asked whether it has made up its mind. */
  authorityPoll: 2_000,
  /** How long it may take to check a name and to issue. */
  authorityDecision: 300_000,
  /** Time for the program that publishes a DNS record, the record's way to all name servers included. */
  dnsHook: 300_000,
  /** Bytes kept of what that program prints, for the log. */
  dnsHookOutput: 2 * KiB,
} as const;

/** Bounds of the passive ports (relay-server/gateway/passive-ports). Milliseconds. */
export const PASSIVE_LIMITS = {
  /** How long a stranger who was told which port it is may keep his connection. */
  introduction: 2_000,
} as const;

/** Bounds of the demo's FTP server (relay-server/demo/ftp-server), which serves a few people at most. */
export const DEMO_FTP_LIMITS = {
  /** Sessions at once; each may hold a listener, a data connection and an open file. */
  sessions: 512,
  /** Failed logins on one connection before it is closed. */
  loginAttempts: 3,
  /** Pause before a failed login is answered, so that trying passwords takes time. */
  loginPause: 250,
  /** Time from connect to a successful login. */
  loginTime: 60_000,
  /** Control connection without a command and without a transfer; RFC 1123 §4.1.3.2 asks for ≥ 5 min. */
  idle: 300_000,
  /** Wait for the client's data connection after a transfer command. */
  dataConnect: 30_000,
  /** Data connection on which nothing moves. */
  dataIdle: 120_000,
  /** Wait for the client to close its side after the last byte of a download. */
  dataLinger: 5_000,
  /** Command lines waiting for their turn before the control connection is no longer read. */
  queuedCommands: 64,
  /** Unknown commands and faulty lines of one session: whoever sends more speaks another protocol. */
  badCommands: 50,
  /** Bytes of faulty lines of one session thrown away before it is closed. */
  discarded: 256 * KiB,
  /** Files listed on the control connection by STAT. */
  statEntries: 1_000,
} as const;
