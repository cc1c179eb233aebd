// Chips that write into the filter of a list, with how many rows each would show.

import { useResource } from "../api/resource";
import { choose, chosen, including, parse, toggle, without } from "../lib/filter";
import { count, words } from "../lib/format";
import type { Facet as FieldFacetOf, List } from "../lib/lists";
import { useQuery } from "../lib/router";

function Chip(props: { text: string; on: boolean; n?: number | undefined; filter: string }) {
  const [, change] = useQuery();
  return (
    <button type="button" class="chip" aria-pressed={props.on} onClick={() => change({ filter: props.filter })}>
      {props.text}
      {props.n !== undefined && <span class="num">{count(props.n)}</span>}
    </button>
  );
}

/** The values of one field, each with how many rows have it under the rest of the filter. */
function FieldFacet({ list, facet, fixed }: { list: List; facet: FieldFacetOf; fixed: string }) {
  const [query] = useQuery();
  const filter = query.get("filter") ?? "";
  const { field, label, values } = facet;
  const counted = useResource("/facets/{list}/{field}", {
    path: { list: list.name, field },
    query: { filter: `${fixed} ${choose(filter, field, [])}`.trim() },
  });
  const numbers = new Map(counted.data?.values.map((one) => [one.value, one.count]));
  const on = chosen(filter, field);
  return (
    <div class="facet" role="group" aria-label={label}>
      <span class="facet-label" aria-hidden="true">
        {label}
      </span>
      {values.map((value) => (
        <Chip
          key={value}
          text={words(value)}
          on={on.includes(value)}
          n={counted.data && (numbers.get(value) ?? 0)}
          filter={toggle(filter, field, value)}
        />
      ))}
    </div>
  );
}

/** Chips that write into the filter. `fixed` is the part of it that the page sets. */
export function Facets({ list, fixed = "" }: { list: List; fixed?: string }) {
  const [query] = useQuery();
  const filter = query.get("filter") ?? "";
  const terms = parse(filter);
  return (
    <div class="facets">
      {list.facets.map((facet) => (
        <FieldFacet key={facet.field} list={list} facet={facet} fixed={fixed} />
      ))}
      <div class="facet">
        {list.terms.map(([term, text]) => {
          const found = terms.find((one) => one.text === term);
          return (
            <Chip
              key={term}
              text={text}
              on={Boolean(found)}
              filter={found ? without(filter, found.at) : including(filter, term)}
            />
          );
        })}
      </div>
    </div>
  );
}
