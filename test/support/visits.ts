/** Visits of clients as diagnosis is given them, made up event by event. */
import type { SessionEvent } from '../../shared/gateway/events.ts';
import type {
  DiagnosisContext,
  RecordedEvent,
  SessionRecord,
  TimedEvent,
} from '../../shared/diagnosis/record.ts';

/** The client of made-up visits, and its first moment. */
export const CLIENT = '198.51.100.7';
export const BEGIN = Date.UTC(2026, 0, 31, 8, 5, 9);

type Closed = Extract<SessionEvent, { type: 'closed' }>;
type Ended = Extract<SessionEvent, { type: 'transfer-ended' }>;

/** What is known beyond a visit where nothing special is. */
export function contextOf(changes: Partial<DiagnosisContext> = {}): DiagnosisContext {
  return {
    tunnel: {
      name: 'ftp',
      implicit: false,
      clientMode: 'any',
      tls: 'optional',
      tlsData: 'optional',
      requireSessionReuse: false,
      dataSource: 'same',
    },
    passivePorts: [50_000, 50_063],
    others: { arrived: 0, missed: 0 },
    namedBefore: [],
    failedLogins: 0,
    agent: { drops: 0, awaySince: undefined, line: undefined },
    certificate: 'self-signed',
    ...changes,
  };
}

/** A visit that is written down as it goes. Each step takes ten milliseconds unless said. */
export class Visit {
  readonly #events: TimedEvent[] = [];
  readonly #port: number;
  readonly #client: string;
  #at = BEGIN;

  constructor({ port = 21, client = CLIENT }: { port?: number; client?: string } = {}) {
    this.#port = port;
    this.#client = client;
  }

  get record(): SessionRecord {
    const client = { host: this.#client, port: 40_000 };
    return { id: 'visit', client, port: this.#port, events: this.#events, omitted: 0 };
  }

  /** Something happens. */
  on(event: RecordedEvent): this {
    this.#at += 10;
    this.#events.push({ at: this.#at, event });
    return this;
  }

  wait(ms: number): this {
    this.#at += ms;
    return this;
  }

  opened(): this {
    return this.on({ type: 'opened', client: { host: this.#client, port: 40_000 } });
  }

  /** Connected and greeted. */
  greeted(code = 220, text = '220 ready'): this {
    return this.opened().on({ type: 'greeted', code, text });
  }

  command(verb: string, argument?: string): this {
    if (verb === 'USER') this.on({ type: 'user', name: argument ?? '' });
    return this.on({ type: 'command', verb, ...(argument !== undefined && { argument }) });
  }

  answer(verb: string, code: number, text = '', ms = 10): this {
    const why = code < 400 ? {} : { text };
    return this.on({ type: 'answered', verb, code, ms, ...why });
  }

  /** A command with its answer. */
  ask(command: string, code: number, text = ''): this {
    const [verb = '', ...rest] = command.split(' ');
    return this.command(verb, rest.length === 0 ? undefined : rest.join(' ')).answer(
      verb,
      code,
      text,
    );
  }

  /** Greeted and let in. */
  login(user = 'anna'): this {
    this.greeted().ask(`USER ${user}`, 331).command('PASS');
    return this.on({ type: 'logged-in', code: 230 }).answer('PASS', 230);
  }

  failedLogin(code: number, text: string, user = 'anna'): this {
    this.ask(`USER ${user}`, 331).command('PASS');
    this.on({ type: 'login-failed', code, text: `${code} ${text}` });
    return this.answer('PASS', code, text);
  }

  secured(connection: 'control' | 'data' = 'control', resumed = connection === 'data'): this {
    const cipher = 'TLS_AES_128_GCM_SHA256';
    const facts = { version: 'TLSv1.3', cipher, resumed, serverName: undefined };
    return this.on({ type: 'secured', connection, ...facts });
  }

  /** AUTH TLS that succeeds. */
  tls(): this {
    return this.greeted().ask('AUTH TLS', 234).secured();
  }

  /** A command that the gateway refuses itself. */
  refused(
    command: string,
    code: number,
    why: Extract<SessionEvent, { type: 'refused' }>['why'],
    text = 'not here',
  ): this {
    const [verb = '', ...rest] = command.split(' ');
    this.command(verb, rest.length === 0 ? undefined : rest.join(' '));
    this.on({ type: 'refused', verb, code, text, why });
    return this.answer(verb, code, text);
  }

  /** A passive port is promised. */
  passive(port = 50_017, verb = 'EPSV'): this {
    this.command(verb);
    const host = verb === 'PASV' ? { host: '192.0.2.1' } : {};
    this.on({ type: 'passive-offered', verb, port, ...host, serverWay: 'EPSV', serverPort: 5001 });
    return this.answer(verb, verb === 'PASV' ? 227 : 229);
  }

  active(host = this.#client, serverWay: 'EPSV' | 'active' = 'EPSV'): this {
    this.command('PORT', `${host.replaceAll('.', ',')},200,10`);
    this.on({ type: 'active-offered', verb: 'PORT', host, port: 51_210, serverWay });
    return this.answer('PORT', 200);
  }

  arrive(port = 50_017, from = this.#client): this {
    return this.on({ type: 'data-accepted', port, from: { host: from, port: 41_000 } });
  }

  dialled(host = this.#client): this {
    return this.on({ type: 'data-dialled', host, port: 51_210, localPort: 20 });
  }

  begin(verb: string, name = 'report.pdf'): this {
    const direction = isUpload(verb) ? 'upload' : 'download';
    return this.command(verb, name).on({ type: 'transfer-started', verb, name, direction });
  }

  /** A transfer ends, and the client reads so. */
  end(verb: string, ended: Partial<Ended> & { text?: string } = {}): this {
    const { text = '', ...facts } = ended;
    const direction = isUpload(verb) ? 'upload' : 'download';
    const event: Ended = {
      type: 'transfer-ended',
      verb,
      name: 'report.pdf',
      direction,
      bytes: 1000,
      ms: 50,
      code: 226,
      ...facts,
    };
    return this.on(event).answer(verb, event.code, text);
  }

  /** A download in passive mode that goes well. */
  download(port = 50_017): this {
    return this.passive(port).arrive(port).begin('RETR').end('RETR');
  }

  /** The line to the agent is down for so long, and back. */
  lineDown(ms = 12_000): this {
    return this.on({ type: 'line-lost' }).wait(ms).on({ type: 'line-back', ms });
  }

  closed(code = 'client-closed', more: Partial<Closed> = {}): this {
    const ms = this.#at - BEGIN;
    return this.on({
      type: 'closed',
      by: 'client',
      code,
      reason: `because of ${code}`,
      ms,
      ...more,
    });
  }

  quit(): this {
    return this.ask('QUIT', 221).closed('quit');
  }
}

function isUpload(verb: string): boolean {
  return verb === 'STOR' || verb === 'APPE' || verb === 'STOU';
}
