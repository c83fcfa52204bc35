import { DOCTOR_LIMITS } from '../watch-limits.ts';
import type { Page } from '../views/common.ts';
import type { CheckView, DoctorRun } from '../views/doctor.ts';
import type { Database, DoctorRunRow } from './schema.ts';
import type { DoctorStore } from './store.ts';

/** Runs of the doctor in SQL: the last ones of each tunnel. */
export class SqlDoctorRuns implements DoctorStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async keep(run: DoctorRun & { finishedAt: number }): Promise<void> {
    const { id, tunnel, startedAt, finishedAt, result, checks } = run;
    await this.#db.transaction().execute(async (step) => {
      await step
        .insertInto('doctor_runs')
        .values({
          id,
          tunnel,
          started_at: startedAt,
          finished_at: finishedAt,
          result,
          checks: JSON.stringify(checks),
        })
        .execute();
      const kept = step
        .selectFrom('doctor_runs')
        .select('id')
        .where('tunnel', '=', tunnel)
        .orderBy('started_at', 'desc')
        .orderBy('id', 'desc')
        .limit(DOCTOR_LIMITS.runsKept);
      await step
        .deleteFrom('doctor_runs')
        .where('tunnel', '=', tunnel)
        .where('id', 'not in', kept)
        .execute();
    });
  }

  async get(id: string): Promise<DoctorRun | undefined> {
    const found = this.#db.selectFrom('doctor_runs').selectAll().where('id', '=', id);
    const row = await found.executeTakeFirst();
    return row === undefined ? undefined : runOf(row);
  }

  async list(
    limit: number,
    { tunnel, cursor }: { tunnel?: string | undefined; cursor?: string | undefined } = {},
  ): Promise<Page<DoctorRun>> {
    let found = this.#db.selectFrom('doctor_runs').selectAll();
    if (tunnel !== undefined) found = found.where('tunnel', '=', tunnel);
    const [, at, id] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(cursor ?? '') ?? [];
    if (at !== undefined && id !== undefined) {
      found = found.where((is) =>
        is.or([
          is('started_at', '<', Number(at)),
          is.and([is('started_at', '=', Number(at)), is('id', '<', id)]),
        ]),
      );
    }
    const rows = await found
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const items = rows.slice(0, limit).map(runOf);
    const last = items.at(-1);
    const isMore = rows.length > limit && last !== undefined;
    return { items, nextCursor: isMore ? `${last.startedAt}.${last.id}` : null };
  }
}

function runOf(row: DoctorRunRow): DoctorRun {
  return {
    id: row.id,
    tunnel: row.tunnel,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    result: row.result,
    checks: JSON.parse(row.checks) as CheckView[],
  };
}
