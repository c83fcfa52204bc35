import { Type } from 'typebox';
import { pageOf } from '../../../relay-server/views/common.ts';
import { DoctorRun, type CheckView } from '../../../relay-server/views/doctor.ts';
import { CatalogueEntry, FindingView } from '../../../relay-server/views/findings.ts';
import { Overview, Sample } from '../../../relay-server/views/live.ts';
import { PastSession, SessionStory, TransferView } from '../../../relay-server/views/sessions.ts';
import { CATALOGUE } from '../../../shared/diagnosis/catalogue/all.ts';
import { catalogueText } from '../../../shared/diagnosis/explain.ts';
import { matching, Nothing, pageOfList, refusal, type AddRoute } from './answers.ts';
import { cycled } from './cycled.ts';
import { finding, pastSession, pastTransfer, story } from './sessions.ts';
import type { FixtureState } from './state.ts';
import { sample } from './tunnels.ts';

const HISTORY = 230;

/** What was: visits, transfers, findings, doctor runs and throughput. */
export function historyRoutes(add: AddRoute, state: FixtureState): void {
  const list = <T>(make: (index: number, tunnel: string) => T): T[] =>
    state.tunnels.length === 0
      ? []
      : Array.from({ length: HISTORY }, (_, index) =>
          make(index, cycled(state.tunnels, index).name),
        );
  add('GET /history', pageOf(PastSession), ({ query: { address, outcome, ...query } }) => {
    const visits = list(pastSession).filter(
      (visit) =>
        outcome === undefined ||
        (outcome === 'failed' ? visit.outcome !== 'ok' : visit.outcome === outcome),
    );
    const asked = { ...query, client: address };
    return pageOfList(matching(visits, asked, ['tunnel', 'client', 'user']), query);
  });
  add('GET /transfers', pageOf(TransferView), ({ query: { address, ...query } }) =>
    pageOfList(
      matching(list(pastTransfer), { ...query, client: address }, [
        'tunnel',
        'client',
        'user',
        'direction',
        'ok',
      ]),
      query,
    ),
  );
  add('GET /findings', pageOf(FindingView), ({ query: { address, ...query } }) =>
    pageOfList(
      matching(list(finding), { ...query, client: address }, [
        'tunnel',
        'client',
        'code',
        'session',
      ]),
      query,
    ),
  );
  const Catalogue = Type.Object({ items: Type.Array(CatalogueEntry) });
  add('GET /findings/catalogue', Catalogue, () => ({ items: CATALOGUE.map(catalogueText) }));
  add('GET /sessions/:id', SessionStory, ({ params: { id = '' } }) => {
    const live = state.sessions.find((one) => one.id === id);
    const told = story(Number(id.slice(1)) || 0, live?.tunnel ?? 'shop');
    return live === undefined ? told : { ...told, live, past: null };
  });
  add('GET /overview', Overview, () => ({
    tick: state.tick(true),
    findings: list(finding).slice(0, 8),
  }));
  add('GET /metrics/series', Type.Object({ items: Type.Array(Sample) }), ({ query }) => {
    const now = Date.now();
    const since = Number(query['since'] ?? now - 900_000);
    const step = 1000 * Math.max(1, Number(query['step'] ?? 10));
    const count = Math.floor((now - since) / step);
    const at = Array.from({ length: count }, (_, index) => since + index * step);
    return { items: at.map((moment) => sample(moment, state.sessions.length)) };
  });
  doctorRoutes(add, state);
}

function doctorRoutes(add: AddRoute, state: FixtureState): void {
  const One = Type.Object({ run: DoctorRun });
  add('POST /doctor', One, ({ body }) => {
    const tunnel = String(body['tunnel']);
    const id = `d${state.doctorRuns.length + 1}`;
    const times = { startedAt: Date.now(), finishedAt: null };
    const run: DoctorRun = { id, tunnel, ...times, result: 'running', checks: [] };
    state.doctorRuns.unshift(run);
    return { run };
  });
  // Each look at a run finds one check more.
  add('GET /doctor/:id', One, ({ params }) => {
    const run = state.doctorRuns.find(({ id }) => id === params['id']);
    if (run === undefined) throw refusal('route-unknown', 'there is no such run');
    if (run.result === 'running') advance(run);
    return { run };
  });
  add('GET /doctor', pageOf(DoctorRun), ({ query }) =>
    pageOfList(matching(state.doctorRuns, query, ['tunnel']), query),
  );
  add('POST /agents/:id/rotate', Nothing, () => null);
}

function advance(run: DoctorRun): void {
  const next = CHECKS[run.checks.length];
  if (next !== undefined) run.checks.push(next);
  if (run.checks.length < CHECKS.length) return;
  run.finishedAt = Date.now();
  run.result = run.checks.some(({ result }) => result === 'failed') ? 'failed' : 'ok';
}

/** The checks of a run; a test that wants another outcome changes them. */
const CHECKS: CheckView[] = [
  {
    code: 'public-address',
    area: 'outside',
    result: 'ok',
    remedy: null,
    ms: 41,
    title: 'The public address is the relay’s',
    did: 'Dialled relay.example.org:2121 from the agent.',
    saw: 'This relay answered.',
  },
  {
    code: 'passive-ports',
    area: 'outside',
    result: 'ok',
    remedy: null,
    ms: 812,
    title: 'Every passive port is reachable',
    did: 'Dialled ports 50000 to 50063 from the agent.',
    saw: 'All 64 answered.',
  },
  {
    code: 'server-login',
    area: 'server',
    result: 'skipped',
    remedy: null,
    ms: 0,
    title: 'Login',
    did: 'Nothing, for no account was given.',
    saw: 'Nothing.',
  },
  {
    code: 'through',
    area: 'through',
    result: 'ok',
    remedy: null,
    ms: 93,
    title: 'A listing comes through in passive mode',
    did: 'Connected to the public address and asked for a listing.',
    saw: 'It came whole.',
  },
];
