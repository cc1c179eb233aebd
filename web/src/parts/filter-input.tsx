// The filter of a list as text, which is the whole truth, with suggestions while it is typed.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { typing } from "../lib/filter";
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
    else if (key === "ArrowUp" && options.length) setPicked(((picked + options.length) % (options.length + 1)) - 1);
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
        <button
          type="button"
          class="icon-button"
          aria-label="Clear the filter"
          onClick={() => (setText(""), change({ filter: "" }))}
        >
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
