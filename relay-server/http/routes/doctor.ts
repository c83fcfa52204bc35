import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { API_LIMITS } from '../../limits.ts';
import type { DoctorDesk } from '../../doctor/desk.ts';
import { PageQuery, pageOf } from '../../views/common.ts';
import { DoctorRun, StartDoctor } from '../../views/doctor.ts';
import { failures } from '../answers.ts';
import { audited } from '../audited.ts';

export interface DoctorRoutesOptions {
  readonly doctor: Pick<DoctorDesk, 'start' | 'run' | 'list'>;
}

const tags = ['doctor'];
const OneRun = Type.Object({ run: DoctorRun });
const RunParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const ListQuery = Type.Object(
  { ...PageQuery, tunnel: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })) },
  { additionalProperties: false },
);

/** `/doctor`: begins runs of the doctor and shows them as they come about. */
export function doctorRoutes({ doctor }: DoctorRoutesOptions): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.post(
      '/doctor',
      {
        schema: {
          tags,
          summary: 'Begin to examine a tunnel',
          body: StartDoctor,
          response: { 202: OneRun, ...failures },
        },
      },
      async (request, reply) => {
        const run = await doctor.start(request.body);
        await audited(request, {
          action: 'doctor.start',
          target: run.tunnel,
          after: { run: run.id },
        });
        return reply.code(202).send({ run });
      },
    );
    api.get(
      '/doctor',
      {
        schema: {
          tags,
          summary: 'Examinations, the newest first',
          querystring: ListQuery,
          response: { 200: pageOf(DoctorRun), ...failures },
        },
      },
      (request) => {
        const { limit = API_LIMITS.pageItems, ...filter } = request.query;
        return doctor.list(limit, filter);
      },
    );
    api.get(
      '/doctor/:id',
      {
        schema: {
          tags,
          summary: 'An examination as far as it has come',
          params: RunParams,
          response: { 200: OneRun, ...failures },
        },
      },
      async (request) => ({ run: await doctor.run(request.params.id) }),
    );
  };
}
