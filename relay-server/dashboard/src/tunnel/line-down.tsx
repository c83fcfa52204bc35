import type { JSX } from 'preact';
import type { TunnelView } from '../../../views/tunnels.ts';
import { Notice } from '../components/notice.tsx';
import { Moment } from '../components/times.tsx';

/** Says while a link of the tunnel waits that it does, and since when. It is read out, so nothing in it moves. */
export function LineDown({ tunnel }: { tunnel: TunnelView }): JSX.Element {
  const waiting = tunnel.agents.flatMap(({ id, name, link }) =>
    link === null || link.waitingSince === null ? [] : [{ id, name, since: link.waitingSince }],
  );
  return (
    <div role="status" class="line-down">
      {waiting.map(({ id, name, since }) => (
        <Notice key={id} mood="warning">
          <strong>
            The line to the agent {name} is down since <Moment at={since} />
          </strong>
          <p>Transfers wait and go on when it is back.</p>
        </Notice>
      ))}
    </div>
  );
}
