import { hostname } from 'node:os';
import { GangwayError } from '../shared/errors.ts';
import { PROTO_LIMITS } from '../shared/limits.ts';
import { ENROL_PATH, type EnrolRequest, type EnrolResponse } from '../shared/proto/handshake.ts';
import { gangwayVersion } from '../shared/version.ts';
import { hashCode, type Credential, type CredentialFile } from './credential.ts';
import { errorOf, post, type RelayRoute } from './relay-http.ts';

/**
 * The credential to connect with: the stored one, or a new one for the code.
 *
 * The command line with its code stays the same at every start, so a code that was turned into the
 * stored credential before is not sent again; another code replaces it.
 * @throws GangwayError `credential-missing`, `relay-unreachable`, or the relay's own refusal.
 */
export async function credentialFor(
  file: CredentialFile,
  route: RelayRoute,
  server: string,
  code: string | undefined,
): Promise<Credential> {
  const stored = file.read();
  if (stored !== undefined && (code === undefined || stored.codeHash === hashCode(code))) {
    return stored;
  }
  if (code === undefined) {
    throw new GangwayError('credential-missing', `no credential for ${route.url} in ${file.path}`, {
      remedy: 'Start once with --code CODE; `gangway agent-code TUNNEL` on the relay prints one.',
    });
  }
  const { agentId, credential, tunnel } = await enrol(route, code);
  const fresh = {
    relay: route.url,
    server,
    agentId,
    credential,
    tunnel: tunnel.name,
    codeHash: hashCode(code),
  };
  file.write(fresh);
  return fresh;
}

async function enrol(route: RelayRoute, code: string): Promise<EnrolResponse> {
  const name = hostname().slice(0, PROTO_LIMITS.agentText);
  const request: EnrolRequest = { code, name, version: gangwayVersion() };
  const answer = await post(route, ENROL_PATH, request);
  if (answer.status !== 200 && answer.status !== 201) {
    const { code: word, message, remedy } = errorOf(answer);
    throw new GangwayError(word, message, { remedy });
  }
  const body = answer.body as Partial<EnrolResponse> | undefined;
  if (
    typeof body?.credential !== 'string' ||
    typeof body.agentId !== 'string' ||
    body.tunnel === undefined
  ) {
    throw new GangwayError('relay-answer-invalid', `${route.url} does not answer as a relay does`, {
      remedy: 'Check --relay.',
    });
  }
  return { agentId: body.agentId, credential: body.credential, tunnel: body.tunnel };
}
