import { BEGIN, Visit } from '../../../support/visits.ts';
import type { Case } from './case.ts';

const LOST = { by: 'tunnel', reason: 'the connection to the agent was lost' } as const;

/** Findings about the agent and the relay. */
export const AGENT_CASES: readonly Case[] = [
  {
    code: 'agent-offline',
    when: 'no agent is connected',
    visit: new Visit().on({
      type: 'turned-away',
      why: 'offline',
      code: 421,
      text: 'Service not available: the agent beside the FTP server has been away since 08:00.',
    }),
    unless: 'the relay is restarting',
    healthy: new Visit().on({
      type: 'turned-away',
      why: 'draining',
      code: 421,
      text: 'restarting',
    }),
  },
  {
    code: 'agent-offline',
    when: 'no agent of the tunnel behind a shared port is connected',
    visit: new Visit().on({ type: 'reception-failed', why: 'offline', user: 'anna@shop' }),
    context: { agent: { drops: 1, awaySince: BEGIN, line: undefined } },
    facts: { text: 'the agent is away since 2026-01-31 08:05:09 UTC' },
    unless: 'the password is wrong',
    healthy: new Visit().on({
      type: 'reception-failed',
      why: 'the FTP server said: 530 Login incorrect.',
      user: 'anna@shop',
    }),
  },
  {
    code: 'link-lost',
    when: 'the link goes in a transfer',
    visit: new Visit()
      .login()
      .passive()
      .arrive()
      .begin('RETR')
      .end('RETR', { code: 426, broken: { ...LOST, code: 'link-lost' } })
      .closed('link-lost', LOST),
    context: { agent: { drops: 1, awaySince: undefined, line: undefined } },
    unless: 'it goes again and again',
    healthy: new Visit().login().closed('link-lost', LOST),
    healthyContext: { agent: { drops: 4, awaySince: undefined, line: undefined } },
  },
  {
    code: 'agent-flapping',
    when: 'the link is lost for the fourth time in an hour',
    visit: new Visit().login().closed('link-lost', LOST),
    context: { agent: { drops: 4, awaySince: undefined, line: undefined } },
    facts: { drops: 4 },
    unless: 'this session was not affected',
    healthy: new Visit().login().download().quit(),
    healthyContext: { agent: { drops: 4, awaySince: undefined, line: undefined } },
  },
  {
    code: 'agent-overloaded',
    when: 'the link has no stream left',
    visit: new Visit().opened().closed('too-many-streams', { by: 'server' }),
    unless: 'the server is down',
    healthy: new Visit().opened().closed('connect-refused', { by: 'server' }),
  },
  {
    code: 'relay-restarting',
    when: 'the session ends for a restart',
    visit: new Visit().login().closed('restarting', { by: 'gateway' }),
    unless: 'the client leaves',
    healthy: new Visit().login().quit(),
  },
  {
    code: 'session-killed',
    when: 'an administrator ends it',
    visit: new Visit().login().closed('killed', { by: 'gateway', reason: 'ended by anna' }),
    facts: { reason: 'ended by anna' },
    unless: 'the relay is restarting',
    healthy: new Visit().login().closed('restarting', { by: 'gateway' }),
  },
];
