/**
 * Bounds of what the relay remembers and tells of what happens. Sizes are bytes, times are milliseconds unless
 * the name says otherwise, everything else is a count.
 */

const KiB = 1024;

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

/** Bounds of what is remembered of the lines to agents (relay-server/line). */
export const LINE_LIMITS = {
  /** Losses of one tunnel: a line that drops so often shows what is wrong with it in the last ones. */
  losses: 500,
  /** Tunnels that are remembered. */
  tunnels: 10_000,
  /** Losses taken over from the history at the start, of all tunnels together. */
  recalled: 20_000,
  /** How old what they show may be, milliseconds: days pass, and sessions are many. */
  lookAgain: 300_000,
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
  /** Findings of the overview. */
  findings: 20,
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
