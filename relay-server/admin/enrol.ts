import { GangwayError } from '../../shared/errors.ts';
import type { EnrolRequest, EnrolResponse } from '../../shared/proto/handshake.ts';
import type { Redemption, Store } from '../store/store.ts';
import { publicAddresses, publicHostName } from './facts.ts';
import type { RelayRuntime } from './runtime.ts';

/** Turns a code into a credential. @throws GangwayError `code-unknown`, `code-used`, `code-expired`, `code-tunnel-deleted`. */
export type Enrol = (request: EnrolRequest) => Promise<EnrolResponse>;

/** Enrolment on a store. */
export function enrolOn(store: Store, runtime?: RelayRuntime): Enrol {
  return async ({ code, name, version }) => {
    const result = await store.codes.redeem(code, { name, version });
    if (!result.ok) throw refused(result.reason);
    const { agent, tunnel, credential } = result;
    const { publicAddress } = publicAddresses(tunnel, await publicHostName(store, runtime));
    return {
      agentId: agent.id,
      credential,
      tunnel: { id: tunnel.id, name: tunnel.name, publicAddress },
    };
  };
}

type Reason = Extract<Redemption, { ok: false }>['reason'];

const REFUSALS: Readonly<Record<Reason, { code: string; message: string }>> = {
  unknown: { code: 'code-unknown', message: 'the relay does not know this enrolment code' },
  used: {
    code: 'code-used',
    message: 'this enrolment code was used before; each is good for one agent',
  },
  expired: { code: 'code-expired', message: 'this enrolment code has expired' },
  'tunnel-deleted': {
    code: 'code-tunnel-deleted',
    message: 'the tunnel of this enrolment code was deleted',
  },
};

function refused(reason: Reason): GangwayError {
  const { code, message } = REFUSALS[reason];
  const remedy =
    reason === 'unknown'
      ? 'Check it for typing errors and that it is this relay it was made on.'
      : 'Ask the administrator of the relay for a new one: `gangway agent-code TUNNEL`.';
  return new GangwayError(code, message, { remedy });
}
