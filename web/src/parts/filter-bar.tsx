// The filter of a list: its text, which is the whole truth, and chips that write into it.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { chosen, toggle, typing } from "../lib/filter";
import { count, words } from "../lib/format";
import type { List } from "../lib/lists";
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

/** Counts of a facet's values, when the page has them. */
export type FacetCounts = Record<string, Partial<Record<string, number>> | undefined>;

export function Facets({ list, counts = {} }: { list: List; counts?: FacetCounts }) {
  const [query, change] = useQuery();
  const filter = query.get("filter") ?? "";
  return (
    <div class="facets">
      {list.facets.map((facet) => (
        <div key={facet.field} class="facet" role="group" aria-label={facet.label}>
          <span class="facet-label" aria-hidden="true">{facet.label}</span>
          {facet.values.map((value) => {
            const n = counts[facet.field]?.[value];
            const on = chosen(filter, facet.field).includes(value);
            return (
              <button
                key={value}
                type="button"
                class="chip"
                aria-pressed={on}
                onClick={() => change({ filter: toggle(filter, facet.field, value) })}
              >
                {words(value)}
                {n !== undefined && <span class="num">{count(n)}</span>}
              </button>
            );
          })}
        </div>
      ))}
    </div>
  );
}

