/** Long lines between agent and relay. */
import { ensureNetworkTools } from '../support/debian.ts';
import { whyNoNamespaces } from '../nat/namespaces.ts';
import { delayLine } from './delay-line.ts';
import type { Part } from './settings.ts';
import { goalTable } from './table.ts';
import { tcpPaths } from './tcp-paths.ts';

export const long: Part = {
  title: 'Long lines',
  async run(settings) {
    const line = await delayLine(settings);
    const { missing } = await ensureNetworkTools();
    const why = missing[0] ?? (await whyNoNamespaces());
    if (why !== undefined) {
      const without = `Real TCP was not measured: ${why}`;
      return [line.text, without, goalTable(line.goals)].join('\n\n');
    }
    const paths = await tcpPaths(settings);
    return [line.text, paths.text, goalTable([...line.goals, ...paths.goals])].join('\n\n');
  },
};
