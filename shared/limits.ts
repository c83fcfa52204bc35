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
  /** Receive window a bulk stream begins with, two reads: at 10 ms it carries 50 MB/s. */
  bulkWindow: 512 * KiB,
  /** Receive window a bulk stream may grow to: at 100 ms it carries 160 MB/s. */
  mostWindow: 16 * 1024 * KiB,
  /** Receive windows of all streams of a link together; also what a link keeps until it is acknowledged. */
  linkWindows: 64 * 1024 * KiB,
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
  /** A carrier that shows no progress for so long while another of its link answers is given up. */
  lagAfter: 3_000,
  /** A bulk stream whose carrier had no room for so long uses the others as well. */
  spreadAfter: 50,
  /** Carriers a link may have: one for control, bulk ones, and as many again that are not known to be dead. */
  carriers: 16,
  /** A window that grew is given back when its stream received nothing for so long. */
  windowIdle: 5_000,
} as const;

/** When a link is said to be busy (shared/mux/link). */
export const MUX_PACE = {
  /** Bytes either way since the last tick: a listing is less, a file worth the name more. */
  busy: 256 * KiB,
  /** Stream ids left from which on a link is replaced when nothing is under way: ten minutes of the busiest. */
  fewIds: 1_000_000,
  /** Stream ids left from which on it is replaced whatever is under way. */
  lastIds: 1_000,
} as const;

/** How an agent keeps its link in carriers (agent/carriers). Milliseconds unless the name says otherwise. */
export const CARRIER_LIMITS = {
  /** A relay that asked for more would keep an agent from noticing that it is gone. */
  mostGrace: 3_600_000,
  /** Carriers a link has when nothing moves: one for control, one that is there when a transfer begins. */
  idle: 2,
  /** Without bytes worth the name for so long those beyond that are closed. */
  idleAfter: 60_000,
  /** Bytes a second that are nothing: PINGs, and sessions that keep themselves alive. */
  idleBytes: 16 * KiB,
  /** Handshake of a further carrier: one that takes longer is better tried anew. */
  handshake: 10_000,
  /** Without any carrier another is dialled this long after the last one, which may hang. */
  again: 2_000,
  /** Dials under way at once, without any carrier. */
  dials: 3,
  /** Wait after the first dial that failed; it doubles with each, up to the longest. */
  firstRetry: 100,
  lastRetry: 2_000,
  /** The longest, while there is a carrier: the others are no more than a help. */
  lastRetryBeside: 15_000,
  /** After a change of the network each carrier has this long to show that it lives. */
  doubt: 3_000,
} as const;

/** Buffers that sockets are read into, and used again (shared/net/slab-pool). */
export const SLAB_LIMITS = {
  /** One slab; every data connection and every carrier has one for itself. Half of it costs 15 % more CPU. */
  slab: 256 * KiB,
  /** Slabs that wait unused: as many as a few busy transfers have under way between two reads. */
  spare: 48,
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
  /** Most plain bytes of a TLS record: what is read at once. */
  record: 16 * KiB,
  /** Reads from TLS from this size on are gathered: a record of it has 16 KiB, what is smaller is the last. */
  gathered: 8 * KiB,
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

/** Bounds of configuration and logging (shared/config, shared/log.ts). */
export const CONFIG_LIMITS = {
  /** Bytes of a configuration file; a real one has a few hundred. */
  file: 256 * KiB,
  /** Bytes of log lines waiting for a slow reader of stdout; later lines are dropped, transfers go on. */
  logBacklog: 4096 * KiB,
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
  /** Losses of a line this far around one time of day are at the same time of day. */
  lineWindow: 1_800_000,
  /** Days of the last seven on which it has to be, to be no chance. */
  lineDays: 3,
  /** Ages of connections that are compared, the last ones, and how many of them have to be alike. */
  lineAges: 8,
  lineAgesAlike: 6,
  /** Ages at which proxies cut connections: shorter ones are other troubles, longer ones a matter of days. */
  lineAgeShortest: 10_000,
  lineAgeLongest: 43_200_000,
  /** Losses of a line within a day that are more than bad luck. */
  lineLosses: 10,
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
  /**
   * How long the FTP server may take for a word on an upload that is broken off, before it is shown more:
   * pyftpdlib answers ABOR within milliseconds, vsftpd and ProFTPD not at all, so agents that stop wait so long.
   */
  lastWord: 200,
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
