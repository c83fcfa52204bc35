import { encodeCommandLine, parseCommand, type Command } from '../ftp/command.ts';
import { CommandLineReader, type CommandLine } from '../ftp/line-reader.ts';
import type { Reply } from '../ftp/reply.ts';
import { FTP_LIMITS, GATEWAY_LIMITS, RECEPTION_LIMITS } from '../limits.ts';
import { splitUser, type LoginWish } from './login-wish.ts';
import { RECEPTION_REPLIES } from './reception-replies.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import { IMPLICIT, Security, type SecurityState } from './security.ts';
import { TLS_REPLIES } from './tls-replies.ts';
import type { TlsRules } from './tls-rules.ts';
import { handlingOf } from './verbs.ts';

/** What is to be done for a client, in order. */
export type ReceptionStep =
  | { do: 'reply'; reply: Reply }
  /** Say so, and begin TLS; {@link Reception.secured} tells when it stands. Nothing is taken until then. */
  | { do: 'secure'; reply: Reply }
  /** Try this login; {@link Reception.refused} tells if it failed. Nothing is taken until then. */
  | { do: 'login'; wish: LoginWish }
  /** Say so, and close. The last step. */
  | { do: 'close'; reply: Reply; reason: string };

export interface ReceptionOptions {
  /** The relay's own public name: a client that names it has chosen no tunnel by it. */
  readonly relayName: string;
  /** What is asked of every client of the port as to TLS. Asked each time: it holds at once. */
  readonly tls: () => TlsRules;
  /** TLS begins at once, before anything is said. */
  readonly implicit: boolean;
}

const LF = 10;
/** What HOST takes: a DNS name, or an address in digits (RFC 7151 §3.1). */
const HOST_NAME = /^[A-Za-z0-9_.-]{1,253}$|^\[?[0-9A-Fa-f:.]{2,45}\]?$/;

/**
 * What a client and a shared port say to each other until it is clear which tunnel the client means, and its
 * server lets it in. All that is said depends on what the client said and on nothing else: neither here nor
 * by a failed login does anybody learn which tunnels there are.
 *
 * - `open`: commands are taken.
 * - `held`: TLS is being begun, or a login tried. What comes meanwhile waits, untouched.
 * - `over`: the connection is being closed.
 */
export class Reception {
  readonly #relayName: string;
  readonly #security: Security;
  /** The name TLS was asked for (SNI). */
  #serverName: string | undefined;
  #reader = new CommandLineReader(FTP_LIMITS.commandLine);
  #stage: 'open' | 'held' | 'over' = 'open';
  /** Bytes not looked at yet: behind a command that is being carried out. */
  #waiting: Buffer = Buffer.alloc(0);
  #host: string | undefined;
  #user: Buffer | undefined;
  #before = new Map<string, Buffer>();
  #commands = 0;
  #badLines = 0;
  #failures = 0;

  constructor({ relayName, tls, implicit }: ReceptionOptions) {
    this.#relayName = relayName.toLowerCase();
    this.#security = implicit ? new Security(tls, IMPLICIT) : new Security(tls);
  }

  /** What the client reads first. */
  get greeting(): Reply {
    return RECEPTION_REPLIES.greeting();
  }

  /** What was agreed on about TLS, for the session to come. */
  get security(): SecurityState {
    return this.#security.state;
  }

  /** Bytes of the client. Keeps no reference to `chunk`. */
  push(chunk: Uint8Array): ReceptionStep[] {
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
    return this.#go();
  }

  /**
   * TLS stands. Half of a line that came in clear belongs to nothing any more, and what was said before it
   * counts no more.
   * @param serverName the name the client asked for (SNI)
   */
  secured(serverName: string | undefined): void {
    this.#serverName = serverName?.toLowerCase();
    this.#reader = new CommandLineReader(FTP_LIMITS.commandLine);
    this.#beginAnew();
    this.#stage = 'open';
  }

  /** The login failed. */
  refused(): ReceptionStep[] {
    this.#user = undefined;
    this.#failures += 1;
    const said = { do: 'reply', reply: RECEPTION_REPLIES.loginFailed() } as const;
    if (this.#failures >= RECEPTION_LIMITS.logins) {
      return [said, this.#close(RECEPTION_REPLIES.tooManyLogins(), 'too many failed logins')];
    }
    this.#stage = 'open';
    return [said, ...this.#go()];
  }

  /** The login succeeded: what was not looked at belongs to the session. */
  takeRest(): Buffer {
    this.#stage = 'over';
    return this.#waiting;
  }

  /** Looks at one line after the other, so that what is behind the last one taken stays as it came. */
  #go(): ReceptionStep[] {
    const steps: ReceptionStep[] = [];
    while (this.#stage === 'open' && this.#waiting.length > 0) {
      const end = this.#waiting.indexOf(LF) + 1;
      const line = end === 0 ? this.#waiting : this.#waiting.subarray(0, end);
      this.#waiting = this.#waiting.subarray(line.length);
      for (const one of this.#reader.push(line)) {
        if (this.#stage === 'open') steps.push(this.#line(one));
      }
      if (this.#stage === 'open' && this.#reader.discarded > GATEWAY_LIMITS.discardedLine) {
        steps.push(this.#close(GATEWAY_REPLIES.tooManyBadLines(), 'a line without an end'));
      }
    }
    return steps;
  }

  #line(line: CommandLine): ReceptionStep {
    const isFirst = this.#commands === 0;
    this.#commands += 1;
    if (this.#commands > RECEPTION_LIMITS.commands) {
      return this.#close(RECEPTION_REPLIES.tooManyCommands(), 'too many commands');
    }
    if (line.kind === 'fault') {
      const { badLine } = GATEWAY_REPLIES;
      const { fault } = line;
      return this.#bad(
        fault === 'too-long' ? badLine[fault](FTP_LIMITS.commandLine) : badLine[fault](),
      );
    }
    const command = parseCommand(line.line);
    const handling = handlingOf(command, isFirst);
    if (handling.do === 'hang-up') return this.#close(handling.reply, 'another protocol');
    if (handling.do === 'answer' && handling.reply.code === 500) return this.#bad(handling.reply);
    return handling.do === 'security' ? this.#secure(command) : this.#command(command);
  }

  #bad(reply: Reply): ReceptionStep {
    this.#badLines += 1;
    if (this.#badLines <= GATEWAY_LIMITS.badLines) return { do: 'reply', reply };
    return this.#close(GATEWAY_REPLIES.tooManyBadLines(), 'too many lines that are no commands');
  }

  #command(command: Command): ReceptionStep {
    switch (command.verb) {
      case 'PASS':
        return this.#password(command);
      case 'QUIT':
        return this.#close(RECEPTION_REPLIES.farewell(), 'quit');
      default:
        return { do: 'reply', reply: this.#answer(command) };
    }
  }

  #answer(command: Command): Reply {
    switch (command.verb) {
      case 'USER':
        return this.#name(command);
      case 'HOST':
        return this.#chooseHost(command);
      case 'REIN':
        if (this.#security.secured) return TLS_REPLIES.noReinWithTls();
        this.#beginAnew();
        return RECEPTION_REPLIES.begunAnew();
      case 'FEAT':
        return RECEPTION_REPLIES.features(this.#features);
      case 'CLNT':
        return this.#note(command);
      case 'OPTS':
        return /^UTF-?8( ON)?$/i.test(textOf(command))
          ? this.#note(command)
          : RECEPTION_REPLIES.whichServer();
      case 'NOOP':
        return RECEPTION_REPLIES.alive();
      case 'SYST':
        return RECEPTION_REPLIES.system();
      case 'HELP':
        return RECEPTION_REPLIES.help();
      default:
        return RECEPTION_REPLIES.whichServer();
    }
  }

  /** What holds before a login, and of the server's own nothing. */
  get #features(): string[] {
    return [...this.#security.features, 'EPRT', 'EPSV', 'HOST', 'PASV'];
  }

  /** The client's own business with a server: it is told there, before the login. The last word counts. */
  #note({ verb, line }: Command): Reply {
    this.#before.set(verb, encodeCommandLine(line));
    return RECEPTION_REPLIES.noted();
  }

  #name(command: Command): Reply {
    const user = command.argument ?? Buffer.alloc(0);
    this.#user = undefined;
    if (user.length === 0) return RECEPTION_REPLIES.noUser();
    const refusal = this.#security.loginRefusal;
    if (refusal !== undefined) return refusal;
    if (this.#choice === undefined && splitUser(user) === undefined) {
      return RECEPTION_REPLIES.whichServer();
    }
    this.#user = user;
    return RECEPTION_REPLIES.passwordWanted();
  }

  #password(command: Command): ReceptionStep {
    const user = this.#user;
    if (user === undefined) return { do: 'reply', reply: RECEPTION_REPLIES.userFirst() };
    this.#stage = 'held';
    const before = [...this.#before.values()];
    return {
      do: 'login',
      wish: { host: this.#choice, user, password: command.argument, before },
    };
  }

  /** A second HOST takes the place of the first (RFC 7151 §3.3). Whether it is anybody's shows at the login. */
  #chooseHost(command: Command): Reply {
    const name = textOf(command).toLowerCase();
    const serverName = this.#serverName;
    if (this.#user !== undefined) return RECEPTION_REPLIES.hostAfterUser();
    if (!HOST_NAME.test(name)) return RECEPTION_REPLIES.badHost();
    if (serverName !== undefined && name !== serverName) {
      return RECEPTION_REPLIES.hostNotServerName();
    }
    this.#host = name;
    return RECEPTION_REPLIES.hostAccepted();
  }

  /** Whom the client has named apart from his user name. */
  get #choice(): LoginWish['host'] {
    const serverName = this.#serverName;
    const host = this.#host;
    if (host !== undefined && host !== this.#relayName) return { name: host, by: 'HOST' };
    if (serverName === undefined || serverName === this.#relayName) return undefined;
    return { name: serverName, by: 'SNI' };
  }

  #secure(command: Command): ReceptionStep {
    const { reply, begin } = this.#security.answer(command, false);
    if (begin !== true) return { do: 'reply', reply };
    // Commands have been put into somebody else's session in this way (RFC 4217 §4; CVE-2011-1575).
    if (this.#waiting.length > 0) {
      return this.#close(TLS_REPLIES.pipelinedAuth(), 'commands in clear behind AUTH');
    }
    this.#stage = 'held';
    return { do: 'secure', reply };
  }

  /** As if the client had just come. */
  #beginAnew(): void {
    this.#host = undefined;
    this.#user = undefined;
    this.#before.clear();
  }

  #close(reply: Reply, reason: string): ReceptionStep {
    this.#stage = 'over';
    return { do: 'close', reply, reason };
  }
}

/** The argument as Latin-1, without blanks around it. */
function textOf({ argument }: Command): string {
  return argument?.toString('latin1').trim() ?? '';
}
