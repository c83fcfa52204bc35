import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { GangwayError } from '../../shared/errors.ts';
import { API_LIMITS } from '../limits.ts';
import { ENROL_PATH } from '../../shared/proto/handshake.ts';
import type { Enrol } from '../admin/enrol.ts';
import type { AuditTrail } from '../audit.ts';
import { THE_RELAY } from './principal.ts';
import { DisplayName, Version } from '../views/tunnels.ts';
import { addressKey } from './address-key.ts';
import { ErrorBody } from './errors.ts';
import { FixedWindow } from './fixed-window.ts';

const EnrolBody = Type.Object({
  code: Type.String({ minLength: 1, maxLength: API_LIMITS.secret }),
  name: DisplayName,
  version: Version,
});

const EnrolAnswer = Type.Object({
  agentId: Type.String(),
  credential: Type.String(),
  tunnel: Type.Object({ id: Type.String(), name: Type.String(), publicAddress: Type.String() }),
});

/**
 * `POST` of an enrolment: an agent's first contact. Only refused attempts are counted, so that many agents
 * behind one address enrol unhindered.
 * @param now milliseconds, never going back.
 */
export function enrolRoute(
  enrol: Enrol,
  audit: AuditTrail,
  now: () => number,
): FastifyPluginAsyncTypebox {
  return async (agents) => {
    const refusals = new FixedWindow({
      limit: API_LIMITS.enrolFailures,
      window: API_LIMITS.enrolWindow,
      keys: API_LIMITS.enrolAddresses,
      now,
    });
    const response = { 200: EnrolAnswer, '4xx': ErrorBody, '5xx': ErrorBody };
    agents.post(ENROL_PATH, { schema: { body: EnrolBody, response } }, async (request, reply) => {
      const key = addressKey(request.ip);
      const wait = refusals.wait(key);
      if (wait > 0) {
        void reply.header('retry-after', Math.ceil(wait / 1000));
        throw tooMany(wait);
      }
      // Counted before the answer is known and not after, so that attempts sent at once count too.
      refusals.add(key);
      const enrolment = await enrol(request.body);
      refusals.remove(key);
      request.log.info(
        { agent: enrolment.agentId, tunnel: enrolment.tunnel.name, from: request.ip },
        'agent enrolled',
      );
      const { name } = request.body;
      await audit.record(
        {
          action: 'agent.enrol',
          target: enrolment.tunnel.name,
          after: { name, id: enrolment.agentId },
        },
        { ...THE_RELAY, from: request.ip },
      );
      return enrolment;
    });
  };
}

function tooMany(wait: number): GangwayError {
  return new GangwayError('too-many-attempts', 'too many refused enrolments from this address', {
    remedy: `Try again in ${Math.ceil(wait / 1000)} s with a code that is valid.`,
  });
}
