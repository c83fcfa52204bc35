/**
 * The gateway with both of its sides in memory: nothing here is a socket, a clock or asynchronous. A
 * test says what client and server do, and reads what each of them got. What real channels do later
 * (`flushed`, `closed`, delivery after `resume`) is put off until the test's own step has returned.
 */
import assert from 'node:assert/strict';
import type { HostPort } from '../../shared/ftp/address.ts';
import type { SessionEvent } from '../../shared/gateway/events.ts';
import { ServerTraits } from '../../shared/gateway/server-traits.ts';
import type { SessionRules } from '../../shared/gateway/session-rules.ts';
import { Session } from '../../shared/gateway/session.ts';
import type { Protection, SecurityState } from '../../shared/gateway/security.ts';
import type {
  ClientConnection,
  DialOutcome,
  ListenOutcome,
  PassiveOffer,
  PassiveOutcome,
  PassiveRefusal,
} from '../../shared/gateway/sides.ts';
import { GATEWAY_LIMITS } from '../../shared/limits.ts';
import { FakeChannel, HandTimers } from './fake-channel.ts';
import { FakeConnection, FakeControl } from './fake-client.ts';

/** An attempt of the gateway to reach the client. */
export interface FakeDial {
  readonly address: HostPort;
  readonly outcome: DialOutcome;
  givenUp: boolean;
}

/** A passive port the gateway promised. */
export interface FakeOffer {
  readonly port: number;
  withdrawn: boolean;
  accept: (connection: ClientConnection, from: HostPort) => void;
  /** Somebody else connects. */
  intrude: (from: HostPort) => void;
}

/** A data connection of the server that the gateway listens for. */
export interface FakeListen {
  readonly outcome: ListenOutcome;
  givenUp: boolean;
}

export interface BenchOptions {
  family?: 4 | 6;
  /** What is known of the server; by default that it serves EPSV. Null for nothing. */
  traits?: ServerTraits | null;
  /** The client's address. */
  client?: string;
  /** IPv4 address for 227; null for a public side that has none. */
  host?: string | null;
  /** Whether the data ports the server names answer; they do by default. */
  answers?: boolean;
  /** How many promises may be outstanding. */
  ports?: number;
  rules?: Partial<SessionRules>;
  /** The client's TLS at the beginning. */
  security?: SecurityState;
  /** Whether TLS is spoken with the server. */
  serverSecured?: boolean;
}

const DEFAULT_RULES: SessionRules = {
  login: GATEWAY_LIMITS.login,
  idle: GATEWAY_LIMITS.idle,
  stall: GATEWAY_LIMITS.transferStall,
  readOnly: () => false,
  fxp: () => false,
  nearby: () => false,
  clientMode: () => 'any',
  serverMode: () => 'auto',
  tls: () => ({ login: 'off', data: 'off' }),
};

function servingEpsv(): ServerTraits {
  const traits = new ServerTraits();
  traits.proved('EPSV');
  return traits;
}

/** One session between a client and a server that the test plays. */
export class SessionBench {
  readonly #deferred: (() => void)[] = [];
  #serverData: FakeChannel | undefined;
  readonly timers = new HandTimers();
  readonly client: FakeControl;
  readonly server: FakeChannel;
  /** How the client's data connections were opened, in order. */
  readonly protections: Protection[] = [];
  readonly events: SessionEvent[] = [];
  readonly offers: FakeOffer[] = [];
  /** Attempts to reach the client (PORT, EPRT). */
  readonly dials: FakeDial[] = [];
  readonly dialled: { port: number; channel: FakeChannel; connected: () => void }[] = [];
  /** Attempts to reach the client in the server's own network. */
  readonly nearDials: FakeDial[] = [];
  /** Whether the last connection with the server was asked for held, and how many were released. */
  held = false;
  released = 0;
  /** Data connections of the server that are listened for. */
  readonly listens: FakeListen[] = [];
  /** `end` and `reset` the gateway did, in order: `data-server reset`. */
  readonly order: string[] = [];
  readonly session: Session;
  /** How often the session said that nothing is left of it. */
  closed = 0;

  constructor(options: BenchOptions = {}) {
    const client = options.client ?? '198.51.100.7';
    const { family = 4, host = '192.0.2.1', ports = 64 } = options;
    const traits = options.traits === null ? new ServerTraits() : (options.traits ?? servingEpsv());
    this.client = this.#named('client', new FakeControl((run) => this.#deferred.push(run)));
    this.server = this.#channel('server');
    this.session = new Session({
      client: this.client,
      ...(options.security && { security: options.security }),
      publicSide: {
        client: { host: client, port: 40_000 },
        family,
        offerPassive: (outcome) => this.#offer(outcome, host ?? undefined, ports),
        dialClient: (address, outcome) => this.#dialClient(address, outcome),
      },
      serverSide: {
        secured: options.serverSecured === true,
        openControl: () => this.server,
        openData: (port, connected, held) => {
          this.held = held;
          const channel = this.#channel('data-server');
          this.dialled.push({ port, channel, connected });
          this.#serverData = channel;
          if (options.answers !== false) this.#deferred.push(connected);
          return channel;
        },
        describeFailure: ({ reason }) => `the server failed: ${reason}`,
        listenData: (outcome, held) => {
          this.held = held;
          const listen: FakeListen = { outcome, givenUp: false };
          this.listens.push(listen);
          return () => {
            listen.givenUp = true;
          };
        },
        dialNear: (server, address, outcome) => {
          assert.equal(server, this.serverData, "the server's connection");
          const dial: FakeDial = { address, outcome, givenUp: false };
          this.nearDials.push(dial);
          return () => {
            dial.givenUp = true;
          };
        },
        release: (server) => {
          assert.equal(server, this.serverData, "the server's connection");
          this.released += 1;
        },
      },
      traits,
      rules: { ...DEFAULT_RULES, ...options.rules },
      timers: this.timers,
      emit: (event) => this.events.push(event),
      closed: () => {
        this.closed += 1;
      },
    });
    this.settle();
  }

  /** The client sends a line (CRLF is added), or bytes as they are. */
  clientSays(text: string | Uint8Array): this {
    this.client.say(typeof text === 'string' ? `${text}\r\n` : text);
    return this.settle();
  }

  /** The server sends a line (CRLF is added), or bytes as they are. */
  serverSays(text: string | Uint8Array): this {
    this.server.say(typeof text === 'string' ? `${text}\r\n` : text);
    return this.settle();
  }

  /** Greets and logs in; both ends have read everything. */
  login(): this {
    this.serverSays('220 hello').clientSays('USER u').serverSays('331 password');
    this.clientSays('PASS p').serverSays('230 in');
    this.client.take();
    this.server.take();
    return this;
  }

  /** A client's PASV, answered by the server with its port; both ends have read everything. */
  passive(serverPort = 5001): FakeOffer {
    const before = this.offers.length;
    this.clientSays('PASV');
    const asked = this.server.take();
    if (asked.endsWith('EPSV\r\n')) this.serverSays(`229 ok (|||${serverPort}|)`);
    else this.serverSays(`227 ok (10,0,0,1,${serverPort >> 8},${serverPort & 255})`);
    assert.equal(this.offers.length, before + 1);
    this.client.take();
    return this.lastOffer;
  }

  /** A client's PORT, answered by the server with its data port; both ends have read everything. */
  active(command = 'PORT 198,51,100,7,200,10', serverPort = 5001): this {
    this.clientSays(command);
    assert.equal(this.server.take(), 'EPSV\r\n');
    this.serverSays(`229 ok (|||${serverPort}|)`);
    assert.match(this.client.take(), /^200 /);
    return this;
  }

  /** The agent listens for the server; the channel is the connection to come. */
  listening(at: HostPort = { host: '10.0.0.2', port: 6001 }): FakeChannel {
    const listen = this.listens.at(-1);
    assert.ok(listen, 'the agent was asked to listen');
    const channel = this.#channel('data-server');
    this.#serverData = channel;
    listen.outcome.listening(at, channel);
    this.settle();
    return channel;
  }

  /** The port of the server that was dialled last answers. */
  answers(): this {
    const last = this.dialled.at(-1);
    assert.ok(last, 'the server was dialled');
    last.connected();
    return this.settle();
  }

  /** The attempt to reach the client that was made last. */
  get lastDial(): FakeDial {
    const dial = this.dials.at(-1);
    assert.ok(dial, 'the client was dialled');
    return dial;
  }

  /** The client is reached by the last attempt. */
  reach(): FakeChannel {
    assert.equal(this.lastDial.givenUp, false, 'the attempt goes on');
    const channel = this.#channel('data-client');
    this.lastDial.outcome.connected(this.#connection(channel), 20);
    this.settle();
    return channel;
  }

  /** The client is reached in the server's own network. */
  reachNear(): FakeChannel {
    const dial = this.nearDials.at(-1);
    assert.ok(dial, 'the client was dialled there');
    const channel = this.#channel('data-client');
    dial.outcome.connected(this.#connection(channel), 0);
    this.settle();
    return channel;
  }

  get lastOffer(): FakeOffer {
    const offer = this.offers.at(-1);
    assert.ok(offer, 'a port was promised');
    return offer;
  }

  /** The client connects to a promised port. */
  connect(offer: FakeOffer = this.lastOffer): FakeChannel {
    assert.equal(offer.withdrawn, false, 'the promise stands');
    const channel = this.#channel('data-client');
    offer.accept(this.#connection(channel), { host: '198.51.100.7', port: 41_000 });
    this.settle();
    return channel;
  }

  /** The data connection with the server that was dialled or listened for last. */
  get serverData(): FakeChannel {
    const channel = this.#serverData;
    assert.ok(channel, 'the server was dialled or listened for');
    return channel;
  }

  advance(ms: number): this {
    this.timers.advance(ms, () => this.settle());
    return this.settle();
  }

  /** What the client got since the last call, line by line. */
  replies(): string[] {
    return this.client.take().split('\r\n').slice(0, -1);
  }

  /** What the server got since the last call, line by line. */
  commands(): string[] {
    return this.server.take().split('\r\n').slice(0, -1);
  }

  eventsOf<T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<SessionEvent, { type: T }> => {
      return event.type === type;
    });
  }

  /** Runs what was put off, and what that puts off. */
  settle(): this {
    for (let run = this.#deferred.shift(); run !== undefined; run = this.#deferred.shift()) run();
    return this;
  }

  #channel(name: string): FakeChannel {
    return this.#named(name, new FakeChannel((run) => this.#deferred.push(run)));
  }

  #named<C extends FakeChannel>(name: string, channel: C): C {
    channel.onNote = (note) => this.order.push(`${name} ${note}`);
    return channel;
  }

  #connection(channel: FakeChannel): ClientConnection {
    return new FakeConnection(channel, (protection) => this.protections.push(protection));
  }

  #dialClient(address: HostPort, outcome: DialOutcome): () => void {
    const dial: FakeDial = { address, outcome, givenUp: false };
    this.dials.push(dial);
    return () => {
      dial.givenUp = true;
    };
  }

  #offer(
    outcome: PassiveOutcome,
    host: string | undefined,
    ports: number,
  ): PassiveOffer | PassiveRefusal {
    if (this.offers.filter((one) => !one.withdrawn).length >= ports) {
      return { refused: 'no port is free' };
    }
    const offer: FakeOffer = {
      port: 50_000 + this.offers.length,
      withdrawn: false,
      intrude: (from) => outcome.stranger(from),
      accept: (connection, from) => {
        offer.withdrawn = true;
        outcome.accepted(connection, from);
      },
    };
    this.offers.push(offer);
    const withdraw = (): void => {
      offer.withdrawn = true;
    };
    return { host, port: offer.port, withdraw };
  }
}
