import { EventEmitter } from 'node:events';
import type {
  AuditView,
  BanView,
  LoginView,
  Me,
  TokenView,
  UserView,
} from '../../../relay-server/views/access.ts';
import type { DoctorRun } from '../../../relay-server/views/doctor.ts';
import type { Tick } from '../../../relay-server/views/live.ts';
import type { SessionView } from '../../../relay-server/views/sessions.ts';
import type { TunnelView } from '../../../relay-server/views/tunnels.ts';
import { cycled } from './cycled.ts';
import { liveSession, movedOn } from './sessions.ts';
import { briefOf, sample, tunnel } from './tunnels.ts';

/** How the made-up relay is; what is left out is a small healthy one with an admin signed in. */
export interface FixtureOptions {
  /** 12 by default. */
  readonly tunnels?: number;
  /** 40 by default. */
  readonly sessions?: number;
  /** Milliseconds from tick to tick; 1,000 by default, 0 for none. */
  readonly tickMs?: number;
  readonly role?: Me['role'];
  readonly signedIn?: boolean;
  /** Signing in asks for the code, which is {@link FIXTURE_CODE}. */
  readonly secondFactor?: boolean;
  readonly mustChangePassword?: boolean;
}

export const FIXTURE_PASSWORD = 'correct horse battery';
export const FIXTURE_CODE = '123456';
const SCREEN_TRANSFERS = 20;

/** A made-up relay, in memory. Tests may change what is in it. */
export class FixtureState {
  readonly tunnels: TunnelView[];
  sessions: SessionView[];
  readonly users: UserView[];
  readonly tokens: TokenView[];
  readonly bans: BanView[];
  readonly audit: AuditView[];
  readonly logins: LoginView[];
  readonly doctorRuns: DoctorRun[] = [];
  me: Me;
  signedIn: boolean;
  readonly secondFactor: boolean;
  /** Listeners are the open event streams: (kind, data). */
  readonly events = new EventEmitter<{ event: [kind: string, data: unknown] }>();
  #sentBriefs = '';

  constructor(options: FixtureOptions = {}) {
    const { tunnels = 12, sessions = 40, role = 'admin', signedIn = true } = options;
    this.events.setMaxListeners(0);
    this.tunnels = Array.from({ length: tunnels }, (_, index) => tunnel(index));
    const names = this.tunnels.map(({ name }) => name);
    this.sessions = Array.from({ length: names.length === 0 ? 0 : sessions }, (_, index) =>
      liveSession(index, cycled(names, index)),
    );
    this.signedIn = signedIn;
    this.secondFactor = options.secondFactor ?? false;
    const mustChangePassword = options.mustChangePassword ?? false;
    this.me = {
      name: 'admin',
      role,
      totp: this.secondFactor,
      mustChangePassword,
      recoveryCodesLeft: 0,
    };
    const now = Date.now();
    this.users = (['admin', 'viewer'] as const).map((each, index) => ({
      name: index === 0 ? 'admin' : 'kim',
      role: each,
      disabled: false,
      totp: index === 0,
      createdAt: now - 4_000_000_000,
      lastLoginAt: index === 0 ? now - 60_000 : null,
      revision: 1,
    }));
    this.tokens = [
      {
        id: 'k1',
        name: 'backup-check',
        role: 'viewer',
        createdAt: now - 9e8,
        lastUsedAt: now - 6e4,
        expiresAt: null,
      },
      {
        id: 'k2',
        name: 'provisioning',
        role: 'admin',
        createdAt: now - 9e8,
        lastUsedAt: null,
        expiresAt: now + 9e8,
      },
    ];
    const banned = { tunnel: null, createdAt: now - 300_000 };
    this.bans = [
      {
        ...banned,
        id: 'b1',
        network: '203.0.113.9',
        reason: '10 failed logins',
        automatic: true,
        until: now + 600_000,
      },
      {
        ...banned,
        id: 'b2',
        network: '198.51.100.0/24',
        reason: 'scanners',
        automatic: false,
        until: null,
      },
    ];
    this.audit = Array.from({ length: 60 }, (_, index) => ({
      id: `a${index}`,
      at: now - index * 4_000_000,
      actor: cycled(['user:admin', 'command-line', 'token:provisioning'], index),
      from: '192.0.2.80',
      action: cycled(['tunnel.update', 'agent.revoke', 'user.create'], index),
      target: cycled(names.length === 0 ? ['shop'] : names, index),
      before: { policy: { readOnly: false } },
      after: { policy: { readOnly: true } },
    }));
    this.logins = ['Firefox on Linux', 'Safari on iPhone'].map((browser, index) => ({
      id: `l${index}`,
      current: index === 0,
      createdAt: now - 86_400_000 * (index + 1),
      lastUsedAt: now - 60_000 * (index * 500 + 1),
      from: '192.0.2.80',
      browser,
    }));
  }

  /** The next second: transfers move on, and who listens is told. */
  next(): void {
    this.sessions = this.sessions.map(movedOn);
    this.events.emit('event', 'tick', this.tick(false));
    this.events.emit('event', 'watched', undefined);
  }

  /** @param all with every tunnel, as in the first tick of a stream. */
  tick(all: boolean): Tick {
    const at = Date.now();
    const briefs = this.tunnels.map((each) => briefOf(each, at));
    const text = JSON.stringify(briefs);
    const tunnels = all || text !== this.#sentBriefs ? briefs : [];
    this.#sentBriefs = text;
    return {
      sample: sample(at, this.sessions.length),
      tunnelsUp: briefs.filter(({ state }) => state === 'up').length,
      tunnelsDown: briefs.filter(({ state }) => state === 'down').length,
      written: 0,
      transfers: this.sessions
        .filter(({ transfer }) => transfer !== null)
        .toSorted((a, b) => (b.transfer?.rate ?? 0) - (a.transfer?.rate ?? 0))
        .slice(0, SCREEN_TRANSFERS),
      tunnels,
    };
  }

  /** Says that a tunnel is another than it was; null that it is gone. */
  tellTunnel(name: string): void {
    const found = this.tunnels.find((each) => each.name === name);
    const brief = found === undefined ? null : briefOf(found, Date.now());
    this.events.emit('event', 'tunnel', { name, brief });
  }
}
