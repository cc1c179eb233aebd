// A list of the platform: its filter, chips, views, export, table and pages, all of it in the address.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useResource, type Readable, type Resource } from "../api/resource";
import type { List } from "../lib/lists";
import { useQuery } from "../lib/router";
import { Facets } from "./facets";
import { FilterInput } from "./filter-input";
import { Empty, ProblemView, Skeleton } from "./states";
import { Table, type Column, type Selection } from "./table";
import { ClearFilter, Export, SavedViews, whole } from "./views";

interface PageOf<T> {
  items: T[];
  next_cursor?: string;
}

/** The page of a list that the address asks for. */
export function useList<T>(list: List, fixed = ""): Resource<PageOf<T>> {
  const [query] = useQuery();
  const filter = whole(fixed, query);
  const path: Readable = `/${list.name}`;
  return useResource(path, {
    query: { filter, sort: query.get("sort") ?? undefined, cursor: query.get("cursor") ?? undefined, limit: 50 },
  }) as unknown as Resource<PageOf<T>>;
}

export function useSelection(ids: string[]): Selection & { ids: string[]; clear: () => void } {
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set());
  const chosen = ids.filter((id) => kept.has(id)); // only what is on the page
  return {
    ids: chosen,
    size: chosen.length,
    has: (id) => kept.has(id),
    toggle: (id) => setKept(new Set(kept.has(id) ? chosen.filter((one) => one !== id) : [...chosen, id])),
    all: (on) => setKept(new Set(on ? ids : [])),
    clear: () => setKept(new Set()),
  };
}

export function Pager({ next, shown }: { next: string | undefined; shown: number }) {
  const [query, change] = useQuery();
  const later = query.has("cursor");
  return (
    <nav class="pager" aria-label="Pages">
      <span class="muted small">
        {shown === 1 ? "1 row" : `${shown} rows`}
        {next || later ? " on this page" : ""}
      </span>
      {later && (
        <button type="button" class="button" onClick={() => change({ cursor: "" })}>
          First page
        </button>
      )}
      {next && (
        <button type="button" class="button" onClick={() => change({ cursor: next })}>
          Next page
        </button>
      )}
    </nav>
  );
}

export function ListView<T>(props: {
  list: List;
  path: string; // of the page, for saved views
  data: Resource<PageOf<T>>;
  columns: Column<T>[];
  id: (row: T) => string;
  fixed?: string; // the part of the filter that the page sets
  selection?: Selection;
  above?: ComponentChildren; // between the filter and the table: bulk acts
  empty: { title: string; text: ComponentChildren };
  mark?: (row: T) => string;
}) {
  const [query] = useQuery();
  const { fixed = "" } = props;
  const { data, error, loading, reload } = props.data;
  return (
    <section class="list" aria-busy={loading}>
      <div class="list-bar">
        <FilterInput list={props.list} />
        <SavedViews list={props.list} path={props.path} fixed={fixed} />
        <Export list={props.list} fixed={fixed} />
      </div>
      <Facets list={props.list} fixed={fixed} />
      {props.above}
      {error && !loading && <ProblemView error={error} retry={reload} />}
      {!data && loading && <Skeleton lines={10} />}
      {data?.items.length === 0 && (
        <Empty title={query.get("filter") ? "Nothing matches the filter" : props.empty.title}>
          {query.get("filter") ? <ClearFilter /> : props.empty.text}
        </Empty>
      )}
      {data && data.items.length > 0 && (
        <>
          <Table
            label={`List of ${props.list.name}`}
            columns={props.columns}
            rows={data.items}
            id={props.id}
            selection={props.selection}
            mark={props.mark ?? (() => "")}
          />
          <Pager next={data.next_cursor} shown={data.items.length} />
        </>
      )}
    </section>
  );
}
