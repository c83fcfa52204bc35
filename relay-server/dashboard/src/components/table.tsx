import type { ComponentChildren, JSX } from 'preact';
import type { Pages } from '../resource.ts';
import { ErrorNotice } from './notice.tsx';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Numbers stand at the end of their column. */
  readonly numeric?: boolean;
  /** Short words that are not broken where there is room for columns. */
  readonly whole?: boolean;
  /** Names the row; the first one where none does. */
  readonly head?: boolean;
  /** The title is read out only, as over buttons. */
  readonly bare?: boolean;
}

interface TableProps<T> {
  /** What the list is of; for screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly busy?: boolean;
}

/**
 * A table. On a narrow screen each row becomes a card with the columns' titles beside the values; roles are
 * named because browsers forget those of tables that are laid out otherwise.
 */
export function DataTable<T>({ caption, columns, rows, keyOf, busy }: TableProps<T>): JSX.Element {
  const headAt = Math.max(
    0,
    columns.findIndex(({ head }) => head === true),
  );
  return (
    <table class="data" role="table" aria-busy={busy === true}>
      <caption class="off-screen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ title, numeric, bare }) => (
            <th
              key={title}
              scope="col"
              role="columnheader"
              class={numeric === true ? 'numeric' : ''}
            >
              <span class={bare === true ? 'off-screen' : ''}>{title}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map((column, index) => (
              <Cell key={column.title} column={column} row={row} head={index === headAt} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<T>({ column, row, head }: { column: Column<T>; row: T; head: boolean }): JSX.Element {
  const label = column.bare === true ? undefined : column.title;
  const look = `${column.numeric === true ? 'numeric' : ''} ${column.whole === true ? 'whole' : ''}`;
  const content = column.cell(row);
  if (!head) {
    return (
      <td role="cell" class={look} data-label={label}>
        {content}
      </td>
    );
  }
  return (
    <th scope="row" role="rowheader" class={look} data-label={label}>
      {content}
    </th>
  );
}

interface PagedProps<T> extends Omit<TableProps<T>, 'rows' | 'busy'> {
  readonly pages: Pages<T>;
  /** In place of an empty list. */
  readonly empty: ComponentChildren;
}

/** A list of the API with its pages, its failures and what to say when it is empty. */
export function PagedTable<T>({ pages, empty, ...table }: PagedProps<T>): JSX.Element {
  const { items, error, loading } = pages;
  return (
    <>
      <ErrorNotice error={error} />
      {items === undefined && loading && <p aria-busy="true">Reading…</p>}
      {items !== undefined && items.length === 0 && empty}
      {items !== undefined && items.length > 0 && (
        <DataTable {...table} rows={items} busy={loading} />
      )}
      <Pager pages={pages} what={table.caption} />
    </>
  );
}

/** Buttons to the next and the previous page, where there are any. */
export function Pager({
  pages,
  what,
}: {
  pages: Pages<unknown>;
  what: string;
}): JSX.Element | null {
  const { page, next, previous, loading } = pages;
  if (next === undefined && previous === undefined) return null;
  return (
    <nav class="pager" aria-label={`Pages of: ${what}`}>
      <button
        type="button"
        class="quiet small"
        disabled={previous === undefined || loading}
        onClick={previous}
      >
        ← Previous
      </button>
      <span>Page {page}</span>
      <button
        type="button"
        class="quiet small"
        disabled={next === undefined || loading}
        onClick={next}
      >
        Next →
      </button>
    </nav>
  );
}
