import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import acme, { type Authorization, type Client, type Order } from 'acme-client';
import { GangwayError } from '../../shared/errors.ts';
import { CERTIFICATE_LIMITS } from '../limits.ts';
import { trustedRoots } from '../../shared/net/trusted-roots.ts';
import type { TlsIdentity } from '../../shared/net/tls-identity.ts';
import type { CertificateAuthority, Claim, Proof } from './authority.ts';

export interface AcmeAuthorityOptions {
  /** URL of the directory, RFC 8555 §7.1.1. */
  readonly directory: string;
  /** Whom the authority may write to. */
  readonly email: string | undefined;
  /** PEM of the account's key; the account is made where there is none. */
  readonly accountKey: string;
  readonly proof: Proof;
  /** PEM of an authority to trust besides the system's, for a directory within the house. */
  readonly ca: string | undefined;
}

/** A new key for an account, PEM. */
export async function newAccountKey(): Promise<string> {
  return (await acme.crypto.createPrivateEcdsaKey()).toString();
}

/**
 * An authority that speaks ACME (RFC 8555). The package is asked for single steps and not for its
 * automatic flow, which neither can be ended nor says what the authority found wrong.
 */
export class AcmeAuthority implements CertificateAuthority {
  readonly #options: AcmeAuthorityOptions;
  readonly #client: Client;
  readonly #agent: Agent;
  #hasAccount = false;

  constructor(options: AcmeAuthorityOptions) {
    this.#options = options;
    const { directory, accountKey, ca } = options;
    // The package has one HTTP client for all; a process has one authority.
    const { defaults } = acme.axios;
    this.#agent = new Agent({ ca: trustedRoots(ca), keepAlive: false });
    defaults.httpsAgent = this.#agent;
    defaults.timeout = CERTIFICATE_LIMITS.authorityAnswer;
    // Trying again is the caller's decision, who also can be told to stop.
    Object.assign((defaults as { acmeSettings?: object }).acmeSettings ?? {}, {
      retryMaxAttempts: 0,
    });
    this.#client = new acme.Client({ directoryUrl: directory, accountKey });
  }

  async issue(name: string, signal: AbortSignal): Promise<TlsIdentity> {
    try {
      await reach(this.#options.directory, this.#agent);
      await this.#signUp();
      const order = await this.#client.createOrder({ identifiers: [{ type: 'dns', value: name }] });
      for (const authorization of await this.#client.getAuthorizations(order)) {
        await this.#prove(name, order, authorization, signal);
      }
      return await this.#collect(name, order, signal);
    } catch (error) {
      throw error instanceof GangwayError ? error : refused(this.#options.directory, name, error);
    }
  }

  /** Finds the account of the key, or makes it; once, as the package would change it the second time. */
  async #signUp(): Promise<void> {
    if (this.#hasAccount) return;
    const { email } = this.#options;
    const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
    await this.#client.createAccount({ termsOfServiceAgreed: true, ...contact });
    this.#hasAccount = true;
  }

  async #prove(
    name: string,
    order: Order,
    authorization: Authorization,
    signal: AbortSignal,
  ): Promise<void> {
    const { proof } = this.#options;
    if (authorization.status === 'valid') return;
    const challenge = authorization.challenges.find(({ type }) => type === proof.type);
    if (challenge === undefined) {
      throw new GangwayError('acme-refused', `the authority takes no ${proof.type} for ${name}`, {
        remedy: 'Prove names the other way: --acme-dns-hook COMMAND, or without it by HTTP.',
      });
    }
    const keyAuthorization = await this.#client.getChallengeKeyAuthorization(challenge);
    const claim: Claim = { name, token: challenge.token, keyAuthorization };
    try {
      await proof.show(claim);
      await this.#client.completeChallenge(challenge);
      const look = async (): Promise<Authorization | undefined> => {
        const all = await this.#client.getAuthorizations(order);
        return all.find(({ url }) => url === authorization.url);
      };
      const judged = await decided(look, ({ status }) => status !== 'pending', signal);
      if (judged?.status !== 'valid') throw unproven(name, proof, judged);
    } finally {
      await proof.withdraw(claim).catch(() => {});
    }
  }

  async #collect(name: string, order: Order, signal: AbortSignal): Promise<TlsIdentity> {
    const ownKey = await acme.crypto.createPrivateEcdsaKey();
    const [key, request] = await acme.crypto.createCsr({ altNames: [name] }, ownKey);
    await this.#client.finalizeOrder(order, request);
    const look = (): Promise<Order> => this.#client.getOrder(order);
    const isDone = ({ status }: Order): boolean => status === 'valid' || status === 'invalid';
    const done = await decided(look, isDone, signal);
    if (done?.status !== 'valid') throw new Error(`it did not issue: ${detailOf(done?.error)}`);
    return { cert: await this.#client.getCertificate(done), key: key.toString() };
  }
}

/** Looks until something is decided; undefined when that takes too long. @throws AbortError. */
async function decided<T>(
  look: () => Promise<T | undefined>,
  isDecided: (seen: T) => boolean,
  signal: AbortSignal,
): Promise<T | undefined> {
  const { authorityPoll, authorityDecision } = CERTIFICATE_LIMITS;
  for (let waited = 0; waited <= authorityDecision; waited += authorityPoll) {
    const seen = await look();
    if (seen !== undefined && isDecided(seen)) return seen;
    await delay(authorityPoll, undefined, { signal });
  }
  return undefined;
}

function unproven(name: string, proof: Proof, judged: Authorization | undefined): GangwayError {
  const challenge = judged?.challenges.find(({ type }) => type === proof.type);
  const why = judged === undefined ? 'it does not say in time' : detailOf(challenge?.error);
  const message = `the authority could not see that ${name} is this relay's: ${why}`;
  return new GangwayError('acme-name-unproven', message, { remedy: proof.remedy });
}

/** A problem document's words, RFC 7807. */
function detailOf(problem: object | undefined): string {
  const { detail, type } = (problem ?? {}) as { detail?: unknown; type?: unknown };
  return [detail, type].find((text) => typeof text === 'string') ?? 'it does not say why';
}

/**
 * Asks for the directory ahead of the package, which does not tell what is wrong with a connection.
 * @throws GangwayError `acme-unreachable`.
 */
async function reach(directory: string, agent: Agent): Promise<void> {
  const asked = get(directory, { agent, timeout: CERTIFICATE_LIMITS.authorityAnswer });
  asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
  try {
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.destroy();
  } catch (cause) {
    throw unreachable(directory, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unreachable(directory: string, why: string, cause: unknown): GangwayError {
  const message = `the authority at ${directory} cannot be reached: ${why}`;
  const remedy =
    'Check --acme-directory, and that this machine may make connections to it; ' +
    'name the authority of a private one with --acme-ca.';
  return new GangwayError('acme-unreachable', message, { remedy, cause });
}

function refused(directory: string, name: string, cause: unknown): GangwayError {
  // The package's own way of stumbling over an answer that did not come.
  if (cause instanceof TypeError) return unreachable(directory, 'the connection broke', cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  return new GangwayError('acme-refused', `the authority issues nothing for ${name}: ${message}`, {
    remedy: 'Its words say what it wants; check the name and its CAA records.',
    cause,
  });
}
