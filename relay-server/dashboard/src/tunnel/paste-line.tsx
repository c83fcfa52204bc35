import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AgentCode, RelayStatus } from '../../../views/tunnels.ts';
import { api, at } from '../api.ts';
import { CopyLine } from '../components/copy.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { TimeAgo } from '../components/times.tsx';
import { useResource } from '../resource.ts';
import { useSubmit } from '../submit.ts';

interface PasteLineProps {
  readonly enrolmentCode: string;
  /** HOST:PORT of the FTP server as the agent sees it; null for the usual place. */
  readonly server: string | null;
}

/** A page that was opened on the relay's own machine knows no address that others reach it at. */
const isLocal = /^(?:localhost|127\.|\[::1\])/.test(location.hostname);

/** What to paste beside the FTP server. Secret: the code lets one agent in. */
export function PasteLine({ enrolmentCode, server }: PasteLineProps): JSX.Element {
  const { data, error } = useResource<RelayStatus>(isLocal ? '/status' : undefined);
  const relay = isLocal ? data?.relayUrl : location.origin;
  if (relay === undefined)
    return error === undefined ? <p aria-busy="true" /> : <ErrorNotice error={error} />;
  const parts = ['npx gangway agent', '--relay', relay ?? location.origin, '--code', enrolmentCode];
  return (
    <CopyLine text={[...parts, '--server', server ?? '127.0.0.1:21'].join(' ')} what="the line" />
  );
}

/** Makes a code for one more agent on demand, and shows the line with it. */
export function NewAgent({
  tunnel,
  server,
}: {
  tunnel: string;
  server: string | null;
}): JSX.Element {
  const [made, setMade] = useState<AgentCode | undefined>(undefined);
  const { busy, error, run } = useSubmit(async () => {
    setMade(await api.post<AgentCode>(`${at('/tunnels', tunnel)}/agent-codes`));
  });
  return (
    <>
      <ErrorNotice error={error} />
      {made === undefined ? (
        <button type="button" class="quiet" aria-busy={busy} disabled={busy} onClick={() => run()}>
          Make a code for an agent
        </button>
      ) : (
        <div role="status">
          <p>
            Paste this beside the FTP server. The code is good for one agent and ends{' '}
            <TimeAgo at={made.expiresAt} />; it is not shown again.
          </p>
          <PasteLine enrolmentCode={made.enrolmentCode} server={server} />
        </div>
      )}
    </>
  );
}
