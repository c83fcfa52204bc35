import { randomUUID } from 'node:crypto';
import { GangwayError } from '../../shared/errors.ts';
import { DOCTOR_LIMITS } from '../watch-limits.ts';
import type { Logger } from '../../shared/log.ts';
import { unknownTunnel } from '../admin/checks.ts';
import type { DoctorStore } from '../store/store.ts';
import type { Page } from '../views/common.ts';
import type { CheckView, DoctorRun, StartDoctor } from '../views/doctor.ts';
import { CheckBook, CHECKS, type CheckCode } from './check.ts';
import type { DoctorGround } from './ground.ts';
import { examine } from './run.ts';

export interface DoctorDeskOptions {
  readonly ground: DoctorGround;
  readonly store: DoctorStore;
  readonly logger: Logger;
}

/** A run under way. */
interface Running {
  readonly view: DoctorRun;
  readonly stop: (why: GangwayError) => void;
  readonly over: Promise<void>;
}

/** Where runs of the doctor are asked for: one a tunnel at a time. */
export class DoctorDesk {
  readonly #options: DoctorDeskOptions;
  /** By name of the tunnel. */
  readonly #running = new Map<string, Running>();

  constructor(options: DoctorDeskOptions) {
    this.#options = options;
  }

  /** Begins a run. @throws GangwayError `tunnel-unknown`, `doctor-running`. */
  start({ tunnel: name, account }: StartDoctor): Promise<DoctorRun> {
    const patient = this.#options.ground.patient(name);
    if (patient === undefined) return Promise.reject(unknownTunnel(name));
    if (this.#running.has(name)) return Promise.reject(busy(name));
    const view: DoctorRun = {
      id: randomUUID(),
      tunnel: name,
      startedAt: Date.now(),
      finishedAt: null,
      result: 'running',
      checks: [],
    };
    const stopping = new AbortController();
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(DOCTOR_LIMITS.run)]);
    const book = new CheckBook(signal, (check) => {
      view.checks = [...view.checks, check].toSorted(inOrder);
    });
    const { ground, logger } = this.#options;
    const over = examine(book, ground, patient, account)
      .catch((err: unknown) => logger.error({ event: 'doctor-failed', tunnel: name, err }))
      .then(() => this.#finish(view));
    this.#running.set(name, { view, stop: (why) => stopping.abort(why), over });
    logger.info({ event: 'doctor-started', tunnel: name, run: view.id });
    return Promise.resolve(copyOf(view));
  }

  /** A run as it stands. @throws GangwayError `doctor-run-unknown`. */
  async run(id: string): Promise<DoctorRun> {
    const running = [...this.#running.values()].find(({ view }) => view.id === id);
    const found = running === undefined ? await this.#options.store.get(id) : running.view;
    if (found !== undefined) return copyOf(found);
    throw new GangwayError(
      'doctor-run-unknown',
      `there is no run ${id.slice(0, 64)} of the doctor`,
      {
        remedy: `Begin one; of each tunnel the last ${DOCTOR_LIMITS.runsKept} are kept.`,
      },
    );
  }

  /** Runs, newest first; those under way are on the first page. */
  async list(
    limit: number,
    filter: { tunnel?: string | undefined; cursor?: string | undefined } = {},
  ): Promise<Page<DoctorRun>> {
    const page = await this.#options.store.list(limit, filter);
    if (filter.cursor !== undefined) return page;
    const running = [...this.#running.values()]
      .map(({ view }) => copyOf(view))
      .filter(({ tunnel }) => filter.tunnel === undefined || tunnel === filter.tunnel);
    return { ...page, items: [...running, ...page.items] };
  }

  /** Ends every run, and waits until nothing is left of them. */
  async close(): Promise<void> {
    const why = new GangwayError('relay-stopping', 'the relay was stopped');
    const running = [...this.#running.values()];
    for (const { stop } of running) stop(why);
    await Promise.all(running.map(({ over }) => over));
  }

  async #finish(view: DoctorRun): Promise<void> {
    const { logger, store } = this.#options;
    view.result = resultOf(view.checks);
    const finishedAt = Date.now();
    view.finishedAt = finishedAt;
    const { id: run, tunnel, result } = view;
    try {
      await store.keep({ ...view, finishedAt });
    } catch (err) {
      logger.error({ event: 'store-failed', err });
    }
    this.#running.delete(tunnel);
    logger.info({ event: 'doctor-finished', tunnel, run, result, ms: finishedAt - view.startedAt });
  }
}

/** The worst of the checks; nothing that could be checked is no success. */
function resultOf(checks: readonly CheckView[]): DoctorRun['result'] {
  for (const result of ['failed', 'warning', 'ok'] as const) {
    if (checks.some((check) => check.result === result)) return result;
  }
  return 'failed';
}

const ORDER = Object.keys(CHECKS) as CheckCode[];

function inOrder(a: CheckView, b: CheckView): number {
  return ORDER.indexOf(a.code as CheckCode) - ORDER.indexOf(b.code as CheckCode);
}

function copyOf(run: DoctorRun): DoctorRun {
  return { ...run, checks: [...run.checks] };
}

function busy(name: string): GangwayError {
  return new GangwayError('doctor-running', `the doctor is at work on tunnel ${name} already`, {
    remedy: 'Wait until that run is over: it takes a minute at most.',
  });
}
