import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { lineFinding } from '../../../shared/diagnosis/catalogue/line.ts';
import { explain } from '../../../shared/diagnosis/explain.ts';
import { unknownTunnel } from '../../admin/checks.ts';
import type { Lines } from '../../line/lines.ts';
import type { HistoryStore } from '../../store/history.ts';
import type { TunnelStore } from '../../store/store.ts';
import { PageQuery } from '../../views/common.ts';
import { LineView } from '../../views/line.ts';
import { TunnelName } from '../../views/tunnels.ts';
import { failures } from '../answers.ts';

export interface LineRoutesOptions {
  readonly tunnels: Pick<TunnelStore, 'byName'>;
  readonly history: Pick<HistoryStore, 'lineLosses'>;
  readonly lines: Pick<Lines, 'pattern'>;
}

/** `/tunnels/:name/line`: when the lines to a tunnel's agents were down. */
export function lineRoutes(options: LineRoutesOptions): FastifyPluginAsyncTypebox {
  const { tunnels, history, lines } = options;
  return async (api) => {
    api.get(
      '/tunnels/:name/line',
      {
        schema: {
          tags: ['tunnels'],
          summary: 'When the line to the agent was down, the newest first, and what that shows',
          params: Type.Object({ name: TunnelName }),
          querystring: Type.Object(PageQuery, { additionalProperties: false }),
          response: { 200: LineView, ...failures },
        },
      },
      async ({ params: { name }, query }) => {
        if ((await tunnels.byName(name)) === undefined) throw unknownTunnel(name);
        const page = await history.lineLosses({ ...query, tunnel: name });
        const pattern = lines.pattern(name);
        const finding = pattern === undefined ? null : causeOf(lineFinding(pattern));
        return { finding, ...page };
      },
    );
  };
}

/** In words; there is no user to tell anything. */
function causeOf(found: ReturnType<typeof lineFinding>): LineView['finding'] {
  const { tellUser: _tell, program: _program, ...cause } = explain({ ...found, at: 0 }, 'generic');
  return cause;
}
