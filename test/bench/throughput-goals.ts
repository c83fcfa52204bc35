import type { Goal } from './table.ts';
import { cpuOf, rateOf, type Case, type ThroughputSamples } from './throughput-samples.ts';
import { GANGWAY, GANGWAY_TLS, PIPE, SSH, SSH_GCM } from './topologies.ts';

const FEW: readonly Case[] = ['U1', 'D1', 'U8', 'D8'];
const MANY: readonly Case[] = ['U64', 'D64'];

/** What a relay and an agent are to reach against what else there is. */
export function throughputGoals(samples: ThroughputSamples): Goal[] {
  const least = (cases: readonly Case[]): number =>
    Math.min(...cases.map((which) => samples.ratio(GANGWAY, PIPE, which, rateOf)));
  const faster = (name: string, base: string, must: number, stretch: number): Goal => ({
    what: `${name} against ${base}, 1 and 8 streams`,
    measured: samples.meanRatio(name, base, FEW, rateOf),
    must,
    stretch,
    better: 'more',
    unit: '×',
  });
  const single = { better: 'more', unit: '×' } as const;
  return [
    faster(GANGWAY, PIPE, 1, 1.2),
    { what: 'the slowest of these four', measured: least(FEW), must: 0.85, stretch: 1, ...single },
    { what: 'the slower of 64 streams', measured: least(MANY), must: 0.9, stretch: 1.1, ...single },
    {
      what: `CPU of ${GANGWAY} against ${PIPE}, 1 and 8 streams`,
      measured: samples.meanRatio(GANGWAY, PIPE, FEW, cpuOf),
      must: 0.85,
      stretch: 0.7,
      better: 'less',
      unit: '×',
    },
    faster(GANGWAY, SSH, 1.5, 2),
    faster(GANGWAY, SSH_GCM, 1, 1.2),
    faster(GANGWAY_TLS, SSH, 1, 1.2),
    faster(GANGWAY_TLS, SSH_GCM, 0.6, 0.75),
    faster(GANGWAY_TLS, PIPE, 0.55, 0.75),
  ];
}
