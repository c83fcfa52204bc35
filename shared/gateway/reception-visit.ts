import type { Channel } from '../channel.ts';
import { encodeReply, type Reply } from '../ftp/reply.ts';
import { GATEWAY_LIMITS, RECEPTION_LIMITS } from '../limits.ts';
import { routeLogin } from './login-wish.ts';
import { PassedControl } from './passed-channel.ts';
import type { TlsFacts } from './events.ts';
import { Reception, type ReceptionOptions, type ReceptionStep } from './reception.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import type { SecurityState } from './security.ts';
import { ServerLogin } from './server-login.ts';
import type { ControlChannel, Timers } from './sides.ts';

/** A tunnel that takes this client, if its server does. */
export interface TunnelDoor {
  /** Opens the control connection to the server. Called once, first. */
  openControl(): Channel;
  /** The server has let the client in: what is left of both control connections is the session's. */
  enter(client: ControlChannel, server: Channel, facts: VisitFacts): void;
  /** There will be no session. @param why for the log @param code with which the server refused, if it did */
  leave(why: string, code?: number): void;
}

/** @param secured whether the client has TLS */
export type Knock = (secured: boolean) => TunnelDoor | undefined;

/** What is known of a client that is let in. */
export interface VisitFacts {
  /** His name at the server. */
  readonly user: string;
  readonly security: SecurityState;
  /** What was agreed on, if he has TLS. */
  readonly tls: TlsFacts | undefined;
}

export interface ReceptionVisitOptions extends ReceptionOptions {
  /** The client's control connection, not started. */
  readonly client: ControlChannel;
  /**
   * The tunnel with this name or host, in small letters. Called upon, it opens its door to this client,
   * unless he may not come in.
   */
  readonly find: (name: string) => Knock | undefined;
  readonly timers: Timers;
  /** Called once, when the client is in a session or gone. @param why for the log */
  readonly over: (why: string) => void;
}

/** A client at a shared port, from his connection to the session or to his going away. */
export class ReceptionVisit {
  readonly #options: ReceptionVisitOptions;
  readonly #client: PassedControl;
  readonly #reception: Reception;
  readonly #cancels: (() => void)[] = [];
  #login: { server: ServerLogin; door: TunnelDoor } | undefined;
  #tls: TlsFacts | undefined;
  #isOver = false;

  constructor(options: ReceptionVisitOptions) {
    this.#options = options;
    this.#reception = new Reception(options);
    this.#client = new PassedControl(options.client, {
      data: (chunk) => {
        if (!this.#isOver) this.#take(this.#reception.push(chunk));
      },
      end: () => this.#leave('the client closed the connection'),
      drain: () => {},
      flushed: () => {},
      closed: (broken) => this.#leave(broken?.reason ?? 'the client closed the connection'),
    });
    this.#after(GATEWAY_LIMITS.login, () => {
      const seconds = GATEWAY_LIMITS.login / 1000;
      this.close(GATEWAY_REPLIES.loginTimeout(seconds), 'no login in time');
    });
    if (options.implicit) this.#secure(() => this.#say(this.#reception.greeting));
    else this.#say(this.#reception.greeting);
  }

  /** Ends the visit with a last reply. */
  close(lastWords: Reply, reason: string): void {
    if (this.#isOver) return;
    this.#say(lastWords);
    this.#leave(reason);
  }

  #take(steps: readonly ReceptionStep[]): void {
    for (const step of steps) {
      if (this.#isOver) return;
      if (step.do === 'close') this.close(step.reply, step.reason);
      else if (step.do === 'login') this.#tryLogin(step.wish);
      else {
        this.#say(step.reply);
        if (step.do === 'secure') this.#secure(() => {});
      }
    }
  }

  #secure(begun: () => void): void {
    this.#client.secure((facts) => {
      if (this.#isOver) return;
      this.#tls = facts;
      this.#reception.secured(facts.serverName);
      begun();
    });
  }

  #tryLogin(wish: Extract<ReceptionStep, { do: 'login' }>['wish']): void {
    const { timers, find } = this.#options;
    const notBefore = timers.now() + RECEPTION_LIMITS.failure;
    this.#client.pause();
    const route = routeLogin(wish, find);
    const door = route?.tunnel(this.#tls !== undefined);
    if (route === undefined || door === undefined) {
      this.#refuse(notBefore);
      return;
    }
    const { user } = route;
    const server = new ServerLogin({
      server: door.openControl(),
      login: { ...wish, user },
      timers,
      outcome: {
        accepted: (control) => this.#enter(door, control, user.toString()),
        failed: (why, code) => {
          this.#login = undefined;
          door.leave(why, code);
          this.#refuse(notBefore);
        },
      },
    });
    this.#login = { server, door };
  }

  /** Whatever was wrong, it takes the same time. */
  #refuse(notBefore: number): void {
    const left = Math.max(0, notBefore - this.#options.timers.now());
    this.#after(left, () => {
      this.#client.resume();
      this.#take(this.#reception.refused());
    });
  }

  #enter(door: TunnelDoor, server: Channel, user: string): void {
    this.#login = undefined;
    this.#finish('logged in');
    const facts = { user, security: this.#reception.security, tls: this.#tls };
    this.#client.pass(this.#reception.takeRest());
    door.enter(this.#client, server, facts);
  }

  /** The one way out without a session. */
  #leave(why: string): void {
    if (this.#isOver) return;
    this.#finish(why);
    this.#login?.server.abandon();
    this.#login?.door.leave(why);
    this.#client.end();
    this.#client.resume();
    this.#options.timers.after(GATEWAY_LIMITS.closing, () => this.#client.reset(why));
  }

  #finish(why: string): void {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
    this.#options.over(why);
  }

  #say(reply: Reply): void {
    this.#client.write(encodeReply(reply));
  }

  #after(ms: number, expired: () => void): void {
    this.#cancels.push(this.#options.timers.after(ms, expired));
  }
}
