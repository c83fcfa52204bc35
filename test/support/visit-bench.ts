/** A client at a shared port, with everything in memory: the test plays the client, the server and time. */
import assert from 'node:assert/strict';
import type { Channel } from '../../shared/channel.ts';
import type { SecurityState } from '../../shared/gateway/security.ts';
import { ReceptionVisit, type TunnelDoor } from '../../shared/gateway/reception-visit.ts';
import { FakeChannel, HandTimers } from './fake-channel.ts';
import { FakeControl, TLS_FACTS } from './fake-client.ts';

export interface VisitBenchOptions {
  /** TLS begins at once. */
  readonly implicit?: boolean;
  /** Names of tunnels that are here but do not let the client in. */
  readonly closed?: readonly string[];
}

/** Tunnels are `shop` and `bank`. */
export class VisitBench {
  readonly #deferred: (() => void)[] = [];
  readonly timers = new HandTimers();
  readonly client = new FakeControl((run) => this.#deferred.push(run));
  readonly visit: ReceptionVisit;
  /** What became of doors, in order: `shop open`, `shop left: …`, `shop entered by joe`. */
  readonly doors: string[] = [];
  /** The code with which the server refused, if it did, of each door that was left. */
  readonly refusals: (number | undefined)[] = [];
  /** Control connections to servers, in order. */
  readonly servers: FakeChannel[] = [];
  /** What the session got of both ends. */
  readonly session = { client: '', server: '', clientEnded: false };
  /** What the session was told of the client's TLS. */
  security: SecurityState | undefined;
  over: string | undefined;

  constructor({ closed = [], implicit = false }: VisitBenchOptions = {}) {
    const names = new Set(['shop', 'bank', ...closed]);
    this.visit = new ReceptionVisit({
      client: this.client,
      relayName: 'relay.example.org',
      implicit,
      tls: () => ({ login: 'optional', data: 'optional' }),
      find: (name) => {
        if (!names.has(name)) return undefined;
        return (secured) =>
          closed.includes(name) ? undefined : this.#door(secured ? `${name} with TLS` : name);
      },
      timers: this.timers,
      over: (why) => {
        this.over = why;
      },
    });
  }

  /** The control connection opened last. */
  get server(): FakeChannel {
    const server = this.servers.at(-1);
    assert.ok(server, 'a server was dialled');
    return server;
  }

  /** The client sends lines, a CRLF behind each. */
  says(...lines: string[]): Promise<this> {
    this.client.say(lines.map((line) => `${line}\r\n`).join(''));
    return this.settle();
  }

  /** The server does. */
  serverSays(...lines: string[]): Promise<this> {
    this.server.say(lines.map((line) => `${line}\r\n`).join(''));
    return this.settle();
  }

  /** What the client got since the last call, line by line. */
  replies(): string[] {
    return this.client.take().split('\r\n').slice(0, -1);
  }

  /** The handshake is over. @param serverName what TLS was asked for */
  secured(serverName?: string): Promise<this> {
    assert.ok(this.client.secured, 'TLS was begun');
    this.client.secured({ ...TLS_FACTS, serverName });
    return this.settle();
  }

  /** Moves time on. */
  async advance(ms: number): Promise<this> {
    this.timers.advance(ms, () => {});
    return this.settle();
  }

  /** Lets everything happen that was put off. */
  async settle(): Promise<this> {
    for (let round = 0; round < 3; round += 1) {
      for (let run = this.#deferred.shift(); run !== undefined; run = this.#deferred.shift()) run();
      await Promise.resolve();
    }
    return this;
  }

  #door(name: string): TunnelDoor {
    this.doors.push(`${name} open`);
    return {
      openControl: () => {
        const server = this.#channel();
        this.servers.push(server);
        return server;
      },
      enter: (client, server, { user, security }) => {
        this.doors.push(`${name} entered by ${user}`);
        this.security = security;
        this.#listen(client, 'client');
        this.#listen(server, 'server');
      },
      leave: (why, code) => {
        this.doors.push(`${name} left: ${why}`);
        this.refusals.push(code);
      },
    };
  }

  #listen(channel: Channel, end: 'client' | 'server'): void {
    channel.start({
      data: (chunk) => {
        this.session[end] += Buffer.from(chunk).toString('latin1');
      },
      end: () => {
        if (end === 'client') this.session.clientEnded = true;
      },
      drain: () => {},
      flushed: () => {},
      closed: () => {},
    });
  }

  #channel(): FakeChannel {
    return new FakeChannel((run) => this.#deferred.push(run));
  }
}
