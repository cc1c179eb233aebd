// The filter of a list: its text, which is the whole truth, and chips that write into it.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useResource } from "../api/resource";
import { choose, chosen, including, parse, toggle, typing, without } from "../lib/filter";
import { count, words } from "../lib/format";
import type { Facet as FieldFacetOf, List } from "../lib/lists";
import { useQuery } from "../lib/router";
import { Icon } from "./icon";

/** What the word at the caret may become. */
function suggestions(list: List, text: string, caret: number): { from: number; options: string[] } {
  const { from, field, part } = typing(text, caret);
  const known = field ? (list.fields[field] ?? []) : Object.keys(list.fields).map((name) => `${name}:`);
  if (!field && part === "") return { from, options: [] };
  return { from, options: known.filter((option) => option.startsWith(part) && option !== part).slice(0, 8) };
}

export function FilterInput({ list }: { list: List }) {
  const [query, change] = useQuery();
  const filter = query.get("filter") ?? "";
  const [text, setText] = useState(filter);
  const [caret, setCaret] = useState(-1); // -1: not typing
  const [picked, setPicked] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => setText(filter), [filter]);

  const { from, options } = caret < 0 ? { from: 0, options: [] } : suggestions(list, text, caret);
  const apply = () => {
    setCaret(-1);
    if (text.trim() !== filter) change({ filter: text.trim() });
  };
  const accept = (option: string) => {
    const after = text.slice(caret);
    const inserted = option.endsWith(":") || after.startsWith(" ") ? option : `${option} `;
    setText(text.slice(0, from) + inserted + after);
    setCaret(from + inserted.length);
    setPicked(-1);
    input.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    const { key } = event;
    const choice = options[picked];
    if (key === "Enter" && choice === undefined) apply();
    else if ((key === "Enter" || key === "Tab") && choice !== undefined) accept(choice);
    else if (key === "ArrowDown" && options.length) setPicked((picked + 1) % options.length);
    else if (key === "ArrowUp" && options.length) setPicked((picked + options.length) % (options.length + 1) - 1);
    else if (key === "Escape") {
      if (caret >= 0 && options.length) setCaret(-1);
      else input.current?.blur();
    } else return;
    event.preventDefault();
  };
  return (
    <div class="filter-input">
      <Icon name="search" />
      <input
        ref={input}
        data-search
        type="text"
        role="combobox"
        aria-label={`Filter ${list.name}`}
        aria-expanded={options.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={picked >= 0 ? `${id}-${picked}` : undefined}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        placeholder={list.search}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setCaret(event.currentTarget.selectionStart ?? 0);
          setPicked(-1);
        }}
        onKeyDown={pressed}
        onBlur={apply}
      />
      {text && (
        <button type="button" class="icon-button" aria-label="Clear the filter" onClick={() => (setText(""), change({ filter: "" }))}>
          <Icon name="close" />
        </button>
      )}
      {!text && <kbd aria-hidden="true">/</kbd>}
      <ul id={`${id}-list`} role="listbox" aria-label="Suggestions" class="suggestions" hidden={options.length === 0}>
        {options.map((option, i) => (
          <li
            key={option}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === picked}
            onPointerDown={(event) => (event.preventDefault(), accept(option))}
          >
            {option}
          </li>
        ))}
      </ul>
    </div>
  );
}

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
      <span class="facet-label" aria-hidden="true">{label}</span>
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
      {list.facets.map((facet) => <FieldFacet key={facet.field} list={list} facet={facet} fixed={fixed} />)}
      <div class="facet">
        {list.terms.map(([term, text]) => {
          const found = terms.find((one) => one.text === term);
          return <Chip key={term} text={text} on={Boolean(found)} filter={found ? without(filter, found.at) : including(filter, term)} />;
        })}
      </div>
    </div>
  );
}

