// The one table: sorting by links of the heading, rows that the keyboard walks (j, k, x), selection.

import type { ComponentChildren } from "preact";
import { useQuery } from "../lib/router";
import { Icon } from "./icon";

export interface Column<T> {
  title: string;
  cell: (row: T) => ComponentChildren;
  sort?: string; // a field of the list's x-sorts
  kind?: "main" | "number" | "tight"; // main takes what is left; tight is as wide as it needs; others are cut when long
  wide?: boolean; // left out on narrow screens
}

export interface Selection {
  has: (id: string) => boolean;
  toggle: (id: string) => void;
  all: (on: boolean) => void;
  size: number;
}

function Heading<T>({ column }: { column: Column<T> }) {
  const [query, change] = useQuery();
  const sort = query.get("sort") ?? "";
  const kind = `${column.kind ?? "text"} ${column.wide ? "wide" : ""}`;
  if (!column.sort)
    return (
      <th role="columnheader" scope="col" class={kind}>
        {column.title}
      </th>
    );
  const down = sort === `-${column.sort}`;
  const up = sort === column.sort;
  return (
    <th role="columnheader" scope="col" class={kind} aria-sort={up ? "ascending" : down ? "descending" : "none"}>
      <button type="button" class="sort" onClick={() => change({ sort: up ? `-${column.sort}` : (column.sort ?? "") })}>
        {column.title}
        <Icon name={up ? "up" : "down"} class={up || down ? "" : "faint"} />
      </button>
    </th>
  );
}

export function Table<T>(props: {
  label: string;
  columns: Column<T>[];
  rows: T[];
  id: (row: T) => string;
  selection?: Selection | undefined;
  mark?: (row: T) => string; // a class of the row
}) {
  const { selection } = props;
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={props.label}>
      <table role="table">
        <thead role="rowgroup">
          <tr role="row">
            {selection && (
              <th role="columnheader" class="check">
                <input
                  type="checkbox"
                  aria-label="Select all on this page"
                  checked={selection.size > 0 && selection.size === props.rows.length}
                  onChange={(event) => selection.all(event.currentTarget.checked)}
                />
              </th>
            )}
            {props.columns.map((column) => (
              <Heading key={column.title} column={column} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {props.rows.map((row) => {
            const id = props.id(row);
            return (
              <tr
                key={id}
                role="row"
                data-row
                class={`${props.mark?.(row) ?? ""} ${selection?.has(id) ? "selected" : ""}`}
              >
                {selection && (
                  <td role="cell" class="check">
                    <input
                      type="checkbox"
                      aria-label={`Select ${id}`}
                      checked={selection.has(id)}
                      onChange={() => selection.toggle(id)}
                    />
                  </td>
                )}
                {props.columns.map((column) => (
                  <td key={column.title} role="cell" class={`${column.kind ?? "text"} ${column.wide ? "wide" : ""}`}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The main cell of a row: a link, and a quieter line below it. */
export function Title(props: { href: string; children: ComponentChildren; below?: ComponentChildren }) {
  return (
    <div class="title-cell">
      <a href={props.href}>{props.children}</a>
      {props.below && <div class="below">{props.below}</div>}
    </div>
  );
}
