import { hostname } from 'node:os';
import { GangwayError } from '../shared/errors.ts';
import { PROTO_LIMITS } from '../shared/limits.ts';
import { ENROL_PATH, type EnrolRequest, type EnrolResponse } from '../shared/proto/handshake.ts';
import { parsePinnedCode, PIN_LETTERS, type PinnedCode } from '../shared/proto/enrolment-code.ts';
import { gangwayVersion } from '../shared/version.ts';
import { hashCode, type Credential, type CredentialFile } from './credential.ts';
import { errorOf, post, type RelayRoute } from './relay-http.ts';

/**
 * The credential to connect with: the stored one, or a new one for the code.
 *
 * The command line with its code stays the same at every start, so a code that was turned into the
 * stored credential before is not sent again; another code replaces it. The relay's key is kept with
 * the credential it came with, so that later starts need no code to verify the relay.
 * @throws GangwayError `credential-missing`, `code-invalid`, `relay-unreachable`,
 *   `relay-certificate-refused`, or the relay's own refusal.
 */
export async function credentialFor(
  file: CredentialFile,
  route: RelayRoute,
  server: string,
  typed: string | undefined,
): Promise<Credential> {
  const stored = file.read();
  const given = typed === undefined ? undefined : readCode(typed);
  if (stored !== undefined && (given === undefined || stored.codeHash === hashCode(given.code))) {
    return given?.pin === undefined || given.pin === stored.pin
      ? stored
      : keep(file, { ...stored, pin: given.pin });
  }
  if (given === undefined) {
    throw new GangwayError('credential-missing', `no credential for ${route.url} in ${file.path}`, {
      remedy: 'Start once with --code CODE; `gangway agent-code TUNNEL` on the relay prints one.',
    });
  }
  const { code, pin } = given;
  const { agentId, credential, tunnel } = await enrol({ ...route, pin }, code);
  return keep(file, {
    relay: route.url,
    server,
    agentId,
    credential,
    tunnel: tunnel.name,
    codeHash: hashCode(code),
    ...(pin !== undefined && { pin }),
  });
}

function keep(file: CredentialFile, credential: Credential): Credential {
  file.write(credential);
  return credential;
}

function readCode(typed: string): PinnedCode {
  const code = parsePinnedCode(typed);
  if (code !== undefined) return code;
  throw new GangwayError('code-invalid', "what follows the dot in --code is not a relay's key", {
    remedy: `Paste the code whole, with the ${PIN_LETTERS} letters and digits after its dot.`,
    exitCode: 2,
  });
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
