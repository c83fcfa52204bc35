import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { GangwayError } from '../../shared/errors.ts';
import { changedPolicy, DEFAULT_POLICY, deviations } from '../policy.ts';
import type { PolicyChanges, TunnelPolicy } from '../policy.ts';
import { uniqueColumn } from './conflicts.ts';
import { checkPorts } from './ports.ts';
import type { Clock, Database, Schema, TunnelRow } from './schema.ts';
import type { NewTunnel, Tunnel, TunnelChanges, TunnelStore } from './store.ts';

/** Tunnels in SQL. */
export class SqlTunnels implements TunnelStore {
  readonly #db: Database;
  readonly #now: Clock;

  constructor(db: Database, now: Clock) {
    this.#db = db;
    this.#now = now;
  }

  async create(tunnel: NewTunnel): Promise<Tunnel> {
    const at = this.#now();
    const row = {
      ...columns(tunnel),
      id: randomUUID(),
      created_at: at,
      updated_at: at,
      revision: 1,
      policy: policyText(DEFAULT_POLICY, tunnel.policy),
    };
    try {
      await this.#db.transaction().execute(async (step) => {
        await step.insertInto('tunnels').values(row).execute();
        await this.#checkPorts(step, row);
      });
    } catch (error) {
      throw taken(error, tunnel);
    }
    return tunnelOf(row);
  }

  async list(): Promise<Tunnel[]> {
    const rows = await this.#db.selectFrom('tunnels').selectAll().orderBy('name').execute();
    return rows.map(tunnelOf);
  }

  get(id: string): Promise<Tunnel | undefined> {
    return this.#one('id', id);
  }

  byName(name: string): Promise<Tunnel | undefined> {
    return this.#one('name', name);
  }

  async update(id: string, changes: TunnelChanges, revision?: number): Promise<Tunnel | undefined> {
    try {
      const row = await this.#db
        .transaction()
        .execute((step) => this.#change(step, id, changes, revision));
      if (row !== undefined) return tunnelOf(row);
    } catch (error) {
      throw taken(error, changes);
    }
    const current = await this.get(id);
    if (current === undefined) return undefined;
    throw new GangwayError(
      'revision-conflict',
      `tunnel ${current.name} was changed meanwhile (revision ${current.revision}, not ${revision})`,
      { remedy: 'Look at it again and repeat the change with the new revision.' },
    );
  }

  async delete(id: string): Promise<boolean> {
    const result = await this.#db.deleteFrom('tunnels').where('id', '=', id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  /** The row is written before its policy and other rows are read, so that no other change comes between. */
  async #change(
    step: Transaction<Schema>,
    id: string,
    changes: TunnelChanges,
    revision: number | undefined,
  ): Promise<TunnelRow | undefined> {
    let change = step
      .updateTable('tunnels')
      .set((row) => ({
        ...changedColumns(changes),
        updated_at: this.#now(),
        revision: row('revision', '+', 1),
      }))
      .where('id', '=', id);
    if (revision !== undefined) change = change.where('revision', '=', revision);
    const row = await change.returningAll().executeTakeFirst();
    if (row === undefined) return row;
    await this.#checkPorts(step, row);
    if (changes.policy === undefined) return row;
    const policy = policyText(policyOf(row), changes.policy);
    await step.updateTable('tunnels').set({ policy }).where('id', '=', id).execute();
    return { ...row, policy };
  }

  /** The row is in the table already; the step fails if it may not stay. */
  async #checkPorts(step: Transaction<Schema>, row: TunnelRow): Promise<void> {
    const found = step.selectFrom('tunnels').selectAll().where('id', '!=', row.id);
    const others = await found.orderBy('name').execute();
    checkPorts(tunnelOf(row), others.map(tunnelOf));
  }

  async #one(column: 'id' | 'name', value: string): Promise<Tunnel | undefined> {
    const found = this.#db.selectFrom('tunnels').selectAll().where(column, '=', value);
    const row = await found.executeTakeFirst();
    return row === undefined ? undefined : tunnelOf(row);
  }
}

/** A row as the rest of the relay sees it. */
export function tunnelOf(row: TunnelRow): Tunnel {
  return {
    id: row.id,
    name: row.name,
    listenHost: row.listen_host,
    port: row.port,
    implicitPort: row.implicit_port,
    shared: row.shared === 1,
    host: row.host,
    serverAddress: row.server_address,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
    policy: policyOf(row),
  };
}

/** What of a row nobody but the store writes. */
type KeptByStore = 'id' | 'created_at' | 'updated_at' | 'revision' | 'policy';

function policyOf(row: TunnelRow): TunnelPolicy {
  return { ...DEFAULT_POLICY, ...(JSON.parse(row.policy) as Partial<TunnelPolicy>) };
}

function policyText(before: TunnelPolicy, changes: PolicyChanges = {}): string {
  return JSON.stringify(deviations(changedPolicy(before, changes)));
}

function columns(tunnel: NewTunnel): Omit<TunnelRow, KeptByStore> {
  const { name, listenHost, port, serverAddress, implicitPort, shared, host } = tunnel;
  return {
    name,
    listen_host: listenHost,
    port,
    implicit_port: implicitPort ?? null,
    shared: shared === true ? 1 : 0,
    host: host ?? null,
    server_address: serverAddress,
  };
}

function changedColumns(changes: TunnelChanges): Partial<TunnelRow> {
  return {
    ...(changes.name !== undefined && { name: changes.name }),
    ...(changes.listenHost !== undefined && { listen_host: changes.listenHost }),
    ...(changes.port !== undefined && { port: changes.port }),
    ...(changes.implicitPort !== undefined && { implicit_port: changes.implicitPort }),
    ...(changes.shared !== undefined && { shared: changes.shared ? 1 : 0 }),
    ...(changes.host !== undefined && { host: changes.host }),
    ...(changes.serverAddress !== undefined && { server_address: changes.serverAddress }),
  };
}

function taken(error: unknown, wanted: TunnelChanges): unknown {
  const column = uniqueColumn(error);
  if (column === 'tunnels.name') {
    return new GangwayError('tunnel-name-taken', `there is already a tunnel named ${wanted.name}`, {
      remedy: 'Choose another name, or change that tunnel with `gangway tunnel update`.',
      cause: error,
    });
  }
  if (column === 'tunnels.host') {
    return new GangwayError('tunnel-host-taken', `${wanted.host} is the host of another tunnel`, {
      remedy: 'Choose another DNS name; `gangway tunnel list` shows which are taken.',
      cause: error,
    });
  }
  return error;
}
