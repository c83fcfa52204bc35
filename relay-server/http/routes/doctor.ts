import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { API_LIMITS } from '../../../shared/limits.ts';
import type { AuditTrail } from '../../audit.ts';
import type { DoctorDesk } from '../../doctor/desk.ts';
import { PageQuery, pageOf } from '../../views/common.ts';
import { DoctorRun, StartDoctor } from '../../views/doctor.ts';
import { ErrorBody } from '../errors.ts';

export interface DoctorRoutesOptions {
  readonly doctor: Pick<DoctorDesk, 'start' | 'run' | 'list'>;
  readonly audit?: AuditTrail | undefined;
}

const failures = { '4xx': ErrorBody, '5xx': ErrorBody };
const OneRun = Type.Object({ run: DoctorRun });
const RunParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const ListQuery = Type.Object(
  { ...PageQuery, tunnel: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })) },
  { additionalProperties: false },
);

/** `/doctor`: begins runs of the doctor and shows them as they come about. */
export function doctorRoutes({ doctor, audit }: DoctorRoutesOptions): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.post(
      '/doctor',
      {
        config: { access: 'admin' },
        schema: { body: StartDoctor, response: { 202: OneRun, ...failures } },
      },
      async (request, reply) => {
        const run = await doctor.start(request.body);
        const change = { action: 'doctor.start', target: run.tunnel, after: { run: run.id } };
        await audit?.record(change, request.principal);
        return reply.code(202).send({ run });
      },
    );
    api.get(
      '/doctor',
      {
        config: { access: 'viewer' },
        schema: { querystring: ListQuery, response: { 200: pageOf(DoctorRun), ...failures } },
      },
      (request) => {
        const { limit = API_LIMITS.pageItems, ...filter } = request.query;
        return doctor.list(limit, filter);
      },
    );
    api.get(
      '/doctor/:id',
      {
        config: { access: 'viewer' },
        schema: { params: RunParams, response: { 200: OneRun, ...failures } },
      },
      async (request) => ({ run: await doctor.run(request.params.id) }),
    );
  };
}
