import type { JSX } from 'preact';
import type { TunnelBrief } from '../../../views/live.ts';
import { TUNNEL_STATES } from '../states.ts';
import { Badge } from './badge.tsx';
import { Since } from './times.tsx';

/** A tunnel's name as the way to its page. */
export function TunnelLink({ name }: { name: string }): JSX.Element {
  return (
    <a class="name" href={`/tunnels/${name}`} title={name}>
      {name}
    </a>
  );
}

/** Whether a tunnel is up, since when, and why it is not. */
export function TunnelState({ brief }: { brief: TunnelBrief }): JSX.Element {
  const { mood, words } = TUNNEL_STATES[brief.state];
  const isHeldUp = brief.state === 'up' && brief.problem !== null;
  return (
    <span class="state">
      <Badge mood={isHeldUp ? 'warning' : mood}>{words}</Badge>
      {brief.since !== null && (
        <small>
          for <Since at={brief.since} />
        </small>
      )}
      {brief.problem !== null && <small>{brief.problem}</small>}
    </span>
  );
}
