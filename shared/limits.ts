/**
 * Every bound on what an outside byte may cost, with its reason.
 * Sizes are bytes, times are milliseconds, everything else is a count.
 */

const KiB = 1024;

/** Bounds of the multiplexer (shared/mux). */
export const MUX_LIMITS = {
  /** Payload of one DATA frame. Larger ones would hold up the control frames behind them. */
  dataPayload: 256 * KiB,
  /** Payload of every other frame: an OPEN request or a reason text is far smaller. */
  controlPayload: 4 * KiB,
  /** Credit both ends assume for a new stream before the first CREDIT, so that OPEN needs no round trip. */
  initialCredit: 64 * KiB,
  /** Receive window of a bulk stream: at 20 ms it carries 50 MB/s. */
  bulkWindow: 1024 * KiB,
  /** Receive window of a control stream: FTP commands and replies are lines. */
  controlWindow: 64 * KiB,
  /** Bytes a stream takes from its writer before `write` answers false. */
  streamBacklog: 256 * KiB,
  /** Bytes handed to a carrier that the kernel has not taken; what is there cannot be overtaken by control. */
  carrierBacklog: 512 * KiB,
  /** Streams open at once on a link; a peer that opens more has them reset. */
  streams: 32_768,
  /** OPENs refused on one link before it is taken for an attack and closed. */
  refusedOpens: 1_000,
  /** UTF-8 bytes of a reason text in RESET and GOAWAY: one line in a log. */
  reasonText: 256,
  /** Bytes one bulk stream sends before the next has its turn. */
  quantum: 256 * KiB,
  /** Chunks smaller than this are merged while they wait, so that a flood of tiny ones costs its bytes only. */
  smallChunk: 4 * KiB,
  /** A PING is sent this long after the one before: three fit into `deadAfter`. */
  pingAfter: 5_000,
  /** Silence after which a carrier is taken for dead. */
  deadAfter: 15_000,
} as const;

/** Buffers that sockets are read into, and used again (shared/net/slab-pool). */
export const SLAB_LIMITS = {
  /** One slab; every data connection and every carrier has one for itself. */
  slab: 128 * KiB,
  /** Slabs that wait unused: as many as a few busy transfers have under way between two reads. */
  spare: 64,
} as const;

/** Bounds of TLS with clients (shared/net/tls-terminator). Milliseconds unless the name says otherwise. */
export const TLS_LIMITS = {
  /** For a whole handshake: a few round trips of the worst line. */
  handshake: 10_000,
  /** Life of a ticket: a session may be idle for hours, and its next transfer is to resume all the same. */
  sessionSeconds: 86_400,
  /** Sessions kept by id, a kilobyte or two each; a ticket needs no keeping, and most clients take one. */
  storedSessions: 256,
} as const;

/** Bounds of a WebSocket carrier (shared/net/websocket-carrier). */
export const WEB_SOCKET_LIMITS = {
  /** Wait for the other end to close, once a close frame was sent or came. */
  close: 5_000,
  /** Unsent bytes beyond which only the newest ping is kept to be answered: a flood of them costs nothing. */
  pongBacklog: 64 * KiB,
} as const;

/** Bounds of one FTP session (shared/gateway). */
export const GATEWAY_LIMITS = {
  /** Commands forwarded whose reply is outstanding; further ones wait in the client's socket. */
  pendingCommands: 64,
  /** Lines that are no FTP command before the session is closed: scanners, not clients. */
  badLines: 20,
  /** Connections of others to one promised port that are told: a scan of the port is no news twice. */
  strangers: 3,
  /** Characters of a server's text that an event carries. */
  eventText: 200,
  /** Bytes of one over-long line that are thrown away before the session is closed. */
  discardedLine: 1024 * KiB,
  /** Wait for the client's data connection after a transfer command: vsftpd's accept_timeout. */
  dataAccept: 60_000,
  /** Wait for an active client to accept; he must read why not within ten seconds, before he gives up. */
  clientDial: 7_000,
  /** How long an unused passive promise holds its port; RFC 6384 §12 asks for at least 30 s. */
  passiveOffer: 120_000,
  /** Wait for the client's close after the last byte of a download: ProFTPD's TimeoutLinger. */
  dataLinger: 10_000,
  /** A transfer that moves nothing for so long is broken off: vsftpd's data_connection_timeout. */
  transferStall: 300_000,
  /** Wait for a server not known yet to answer on the port it named: it is the agent's neighbour. */
  serverProof: 3_000,
  /** How long a server that said 150 may take to accept, before its data connection is reset. */
  serverAccept: 500,
  /** Wait for the server's own final reply after a transfer broke, before the client is told. */
  brokenReply: 10_000,
  /** Wait for the server's word on a broken transfer, before it is asked with NOOP whether it is done. */
  brokenProbe: 2_000,
  /** Time from connect to a successful login. */
  login: 120_000,
  /** Control connection without a command and without a transfer; RFC 1123 §4.1.3.2 asks for ≥ 5 min. */
  idle: 900_000,
  /** Wait for the next reply that is owed to a client which has closed its end: it may never come. */
  owedReplies: 60_000,
  /** Wait for both ends to close after the last words, before they are reset. */
  closing: 5_000,
  /** Wait for the server's greeting. Some send 120 and take their time. */
  greeting: 60_000,
} as const;

/** What is remembered of visits (relay-server/journal). Times are milliseconds. */
export const JOURNAL_LIMITS = {
  /** Events kept from the beginning of a visit: login, features and first set-ups. */
  firstEvents: 60,
  /** Events kept from its end, up to twice as many for a while: a few transfers. */
  lastEvents: 60,
  /** Characters of one text of an event: a path is still recognised. */
  text: 300,
  /** Files whose length is remembered until they are fetched. */
  sizes: 16,
  /** Visits of one address that are remembered, of those turned away within `turnedAwayTime`. */
  turnedAway: 30,
  turnedAwayTime: 60_000,
  /** How long visits say something about others. */
  neighbourTime: 3_600_000,
  /** Client addresses that are remembered. */
  neighbours: 5_000,
  /** Times remembered of each kind and address. */
  neighbourTimes: 50,
  /** Addresses of their own networks remembered that clients behind one address have named. */
  namedAddresses: 8,
} as const;

/** Bounds of what is kept of the past (relay-server/history). Times are milliseconds. */
export const HISTORY_LIMITS = {
  /** Visits and transfers that wait to be written: what a busy relay sees in minutes. */
  waiting: 20_000,
  /** How long something waits at most, so that many are written together. */
  writeEvery: 250,
  /** Visits written without a break: their records are kilobytes, and SQLite works in this process. */
  visitsAtOnce: 5,
  /** Other rows written without a break. */
  rowsAtOnce: 100,
  /** Characters of the events of one visit that are kept: a typical one has a tenth of it. */
  record: 32 * KiB,
  /** Rows of each kind: beyond it the oldest go, however young. */
  rows: 1_000_000,
  /** Rows sorted at once; where more are meant, the newest are looked for by their time. */
  sortAtOnce: 2_000,
  /** Rows counted without a break, where it is found out which are too many. */
  countAtOnce: 20_000,
  /** Rows deleted without a break. */
  forgetAtOnce: 100,
  /** Pause between two such deletions, in which transfers go on. */
  forgetPause: 10,
  /** How often the oldest are looked for. */
  forgetEvery: 3_600_000,
  /** Rows of one table of transfers (CSV): a spreadsheet takes a million. */
  csvRows: 100_000,
  /** Longest and shortest time history may be kept, in days. */
  longestDays: 3_650,
  shortestDays: 1,
} as const;

/** Bounds of bans (relay-server/bans). Milliseconds unless the name says otherwise. */
export const BAN_LIMITS = {
  /** Bans there may be at once; each is compared with clients that come. */
  bans: 10_000,
  /** Client addresses whose failed logins are counted apart. */
  counted: 10_000,
  /** Characters of a reason. */
  reason: 200,
  /** Networks that are never banned by themselves. */
  never: 100,
  /** Longest time within which failures count, and longest ban by itself. */
  longest: 30 * 86_400_000,
  shortest: 1_000,
} as const;

/** Bounds of live updates (relay-server/live). Milliseconds unless the name says otherwise. */
export const LIVE_LIMITS = {
  /** How often a page is told how things stand. */
  tick: 1_000,
  /** How often it is asked whether who listens may still do so. */
  recheck: 2_000,
  /** Events kept for a page that comes back after a short break. */
  news: 1_000,
  /** Pages that listen at once. */
  listeners: 200,
  /** Bytes that wait for a slow page before it is let go; it comes back and begins anew. */
  backlog: 1024 * KiB,
  /** Live sessions of one watched page. */
  watched: 100,
  /** Running transfers of the overview. */
  transfers: 12,
  /** Samples kept for charts: the last ten minutes by the second, then a day by the minute. */
  seconds: 600,
  minutes: 1_440,
} as const;

/** Bounds of metrics (relay-server/metrics). Milliseconds unless the name says otherwise. */
export const METRICS_LIMITS = {
  /** Tunnels with series of their own, a dozen each; all further ones share the name `other`. */
  tunnels: 1_000,
  /** Different words of one label (why clients are turned away, codes of findings); further ones are `other`. */
  words: 100,
  /** Agents remembered to tell who comes for the first time from who comes again. */
  agents: 10_000,
  /** How often round trips are measured: the agent is pinged as often. */
  sample: 5_000,
  /** Connections at once of a listener of its own: a few collectors. */
  connections: 16,
  /** Time for a request to arrive there. */
  requestTime: 10_000,
  /** Bytes of the headers of such a request. */
  headers: 8 * KiB,
} as const;

/** Bounds of alerts (relay-server/alerts). Milliseconds unless the name says otherwise. */
export const ALERT_LIMITS = {
  /** How long an agent is away before somebody is told, unless set otherwise: a restart of its machine's network. */
  agentGrace: 60_000,
  /** Shortest and longest grace that can be set. */
  shortestGrace: 1_000,
  longestGrace: 86_400_000,
  /** Sessions in a row that failed, within `failingTime`, before a tunnel is said to fail. */
  failingSessions: 5,
  failingTime: 600_000,
  /** A limit that is not met for so long is no longer said to be reached. */
  limitQuiet: 600_000,
  /** After a ban was told of further ones are counted so long, and told of together. */
  banQuiet: 3_600_000,
  /** How often a certificate that ends soon is told of. */
  certificateAgain: 86_400_000,
  /** Subjects (agents, certificates, limits) that are followed at once. */
  subjects: 10_000,
  /** Alerts that wait for one channel; beyond it the oldest is given up. */
  queue: 200,
  /** Attempts to deliver that are remembered for people. */
  log: 100,
  /** Characters of what a receiver said that are kept with it. */
  detail: 200,
  /** Time for a receiver to answer a webhook. */
  answer: 10_000,
  /** Time for each step of the conversation with a mail server. */
  mailStep: 20_000,
  /** First wait before an alert is sent again; doubled each time, and up to half of it left out. */
  firstRetry: 10_000,
  /** Longest wait before it is sent again. */
  lastRetry: 3_600_000,
  /** Age at which an alert that cannot be delivered is given up: news of yesterday. */
  giveUp: 86_400_000,
  /** Characters of a URL, and of a mail address (RFC 5321 §4.5.3.1.3). */
  url: 2_048,
  mailAddress: 254,
  /** Whom mail is sent to. */
  recipients: 20,
  /** Characters of the secret that webhooks are signed with: what is shorter is guessed. */
  shortestSecret: 16,
} as const;

/** Bounds of clients at a shared port that have not reached a tunnel yet (shared/gateway/reception). */
export const RECEPTION_LIMITS = {
  /** Commands before a login: a client sends ten at most. */
  commands: 64,
  /** Failed logins before the connection is closed: ProFTPD's MaxLoginAttempts. */
  logins: 3,
  /**
   * A failed login is answered this long after its password at the earliest, whether there is such a server
   * or not: longer than servers take to say no. vsftpd and pyftpdlib delay it by three seconds, Pure-FTPd
   * by a little more than four.
   */
  failure: 6_000,
  /** Wait for a server to greet, and to say whether it lets the client in. */
  server: 30_000,
  /** Clients of one port; each holds a socket and a few lines. */
  clients: 2_000,
  /** Clients of one address: an office behind one address that begins its day. */
  clientsPerAddress: 100,
} as const;

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

/** How bytes are let through where a tunnel limits its bandwidth (shared/gateway/token-bucket). */
export const BANDWIDTH_LIMITS = {
  /**
   * What may pass at once after a pause, as time at the limit (milliseconds): 3 % too much in ten seconds,
   * and a busy program whose timer is late by no more than that loses nothing.
   */
  burst: 300,
  /** What one connection passes in its turn, as time at the limit (milliseconds): an even pace. */
  slice: 50,
  /** Bytes of one turn at least: below it a turn costs more than its bytes. */
  leastSlice: KiB,
  /** Bytes of one turn at most: what was paid for under a limit that is lowered meanwhile is small. */
  mostSlice: 1024 * KiB,
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

/** Bounds of configuration and logging (shared/config, shared/log.ts). */
export const CONFIG_LIMITS = {
  /** Bytes of a configuration file; a real one has a few hundred. */
  file: 256 * KiB,
  /** Bytes of log lines waiting for a slow reader of stdout; later lines are dropped, transfers go on. */
  logBacklog: 4096 * KiB,
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

/** From when on something in a visit is taken for a sign, and how much of it is shown (shared/diagnosis). */
export const DIAGNOSIS_LIMITS = {
  /** Characters of a name or a text from outside in a finding or a timeline: a line on a page. */
  factText: 200,
  /** A passive port nobody came to for so long was tried in vain: a client connects within a round trip. */
  promiseTried: 3_000,
  /** Transfers from this length on outlive the memory of many NAT routers for silent connections. */
  longTransfer: 300_000,
  /** Silence on the control connection from which on a NAT router may have forgotten it. */
  natSilence: 120_000,
  /** A server that greets later waits for something, most often for the name of its client. */
  slowGreeting: 5_000,
  /** A server that answers later is busy or waits for something: people give up. */
  slowAnswer: 10_000,
  /** Silence before the server's parting word from which on it is its own idle time-out. */
  serverIdle: 30_000,
  /** Failed logins of one address in an hour that are more than typing errors. */
  failedLogins: 5,
  /** Times an agent's link is lost in an hour that are more than one restart of a router. */
  agentDrops: 3,
  /** Commands by which a program is recognised: what comes later is its user's doing. */
  habitCommands: 30,
  /** Entries of a timeline; a page shows hundreds, and events kept are bounded as well. */
  timelineEntries: 2_000,
} as const;

/** Bounds of FTP text (shared/ftp). */
export const FTP_LIMITS = {
  /** One command line without its end: a path of PATH_MAX bytes; FileZilla Server has the same bound. */
  commandLine: 4096,
  /** One reply line: servers put whole paths and banners there, but never this much. */
  replyLine: 64 * KiB,
  /** One whole reply, line ends excluded: STAT and SITE answers carry listings on the control connection. */
  replyBytes: 1024 * KiB,
  /** Lines of one reply; many short lines cost more memory than their bytes. */
  replyLines: 20_000,
} as const;

/** Bounds of what agents and relay tell each other (shared/proto). */
export const PROTO_LIMITS = {
  /** One message on the link stream, a line of JSON. */
  message: 8 * KiB,
  /** Streams the relay opens on one link; an agent opens one. Two for each of 10,000 sessions, and room. */
  relayStreams: 32_768,
  /** Streams other than its link stream an agent may try to open before its link is closed. */
  refusedOpens: 100,
  /** Time for an agent to finish the WebSocket handshake once the upgrade was accepted. */
  handshake: 10_000,
  /** What is sent to the FTP server before the first command: a PROXY header as we write it has 107 bytes. */
  preamble: 128,
  /** An agent's name and version as it states them. */
  agentText: 64,
} as const;

/** Bounds of what an agent is asked to look at from outside, and of the answers (agent/outside, relay-server/agents). */
export const PROBE_LIMITS = {
  /** Ports of one question: the answers on all of them fit into one message (`PROTO_LIMITS.message`). */
  ports: 32,
  /** Questions an agent works on at once; a relay that asks more is refused. */
  atOnce: 8,
  /** Connections made for questions within `window`: ten runs over the largest range that is looked at. */
  connections: 10_240,
  /** Length of the window in which connections are counted: an hour. */
  window: 3_600_000,
  /** Wait for one port to accept: three SYNs of a lossy line. */
  connect: 4_000,
  /** Wait for a port of many to say something: what the relay says there it says at once. */
  said: 1_500,
  /** Wait for a greeting, which may come from the FTP server behind everything. */
  greeting: 8_000,
  /** Characters kept of what a port of many said. */
  saidText: 64,
  /** Characters kept of a greeting. */
  greetingText: 256,
  /** Addresses told of one name. */
  addresses: 16,
  /** Connections to the relay from outside that an agent keeps for it at once: a control and a data connection, and room. */
  outside: 8,
  /** Questions of a relay without an answer on one link. */
  questions: 16,
  /** How long a relay waits for the answer to a question: all that an agent may take, and the way there. */
  answer: 15_000,
  /** Credentials an agent was sent and may have kept without saying so; all of them are good until one is used. */
  pendingCredentials: 8,
} as const;

/** Bounds of the passive ports (relay-server/gateway/passive-ports). Milliseconds. */
export const PASSIVE_LIMITS = {
  /** How long a stranger who was told which port it is may keep his connection. */
  introduction: 2_000,
} as const;

/** Bounds of a run of the doctor (relay-server/doctor). */
export const DOCTOR_LIMITS = {
  /** A whole run; what is not done by then is skipped. */
  run: 55_000,
  /** Wait for one answer of an FTP server. */
  reply: 10_000,
  /** One transfer of a few bytes with everything that belongs to it. */
  transfer: 12_000,
  /** Passive ports that are looked at; of a larger range the first ones. */
  passivePorts: 1_024,
  /** Bytes read of a listing. */
  listing: 256 * KiB,
  /** Bytes of the file that is sent and fetched again: more than one packet, nothing to anybody's quota. */
  file: 4 * KiB,
  /** Runs kept of each tunnel. */
  runsKept: 20,
  /** Difference of clocks that is worth a word: sessions resume and tokens hold all the same. */
  skew: 5_000,
  /** Difference of clocks with which certificates and TOTP begin to fail. */
  skewHarmful: 60_000,
  /** How often the command line asks whether a run is over. */
  poll: 500,
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

/** Bounds of the agent. */
export const AGENT_LIMITS = {
  /** Time for the FTP server, a neighbour, to accept a connection. */
  dial: 10_000,
  /** Wait for the FTP server's greeting where the agent reads it, before TLS. Some send 120 and take their time. */
  serverGreeting: 60_000,
  /** Bytes of a reply before or while TLS is agreed on, a greeting with a long banner among them. */
  serverReply: 64 * KiB,
  /** Wait for the FTP server's next word while TLS is agreed on: a reply, or its whole handshake. */
  serverTls: 15_000,
  /** Data connections of a server in active mode waited for on one control connection: one, and the last. */
  listeners: 4,
  /** Time for a client in the agent's own network to accept, before its data goes through the relay. */
  nearDial: 2_000,
  /** How often the relay is told how many bytes went past it: half of the shortest stall time-out. */
  movedReports: 500,
  /** How often the link looks after itself: pings, and notices a dead carrier. */
  tick: 1000,
  /** Announced data ports remembered of one control connection; servers close the old one at a new PASV. */
  announcedPorts: 16,
  /** Time for the WebSocket handshake, through proxies and over slow lines. */
  handshake: 20_000,
  /** Body of an answer of the relay to enrolment or a refused upgrade. */
  answer: 16 * KiB,
  /** First wait before connecting again; doubled at each failure, with full jitter. */
  firstRetry: 500,
  /** Longest wait before connecting again. */
  lastRetry: 15_000,
  /** A link that lived so long ended for a new reason: waiting begins anew. */
  settled: 30_000,
} as const;
