// Buttons, fields, menus.

import type { ComponentChildren, TargetedEvent } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";

export function Button(props: {
  children: ComponentChildren;
  onClick?: () => void;
  icon?: IconName;
  kind?: "primary" | "danger" | "quiet";
  busy?: boolean;
  disabled?: boolean;
  submit?: boolean;
  title?: string;
}) {
  return (
    <button
      type={props.submit ? "submit" : "button"}
      class={`button ${props.kind ?? ""}`}
      disabled={props.disabled || props.busy}
      aria-busy={props.busy}
      title={props.title}
      onClick={props.onClick}
    >
      {props.icon && <Icon name={props.icon} />}
      {props.children}
    </button>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  required?: boolean;
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function Field(
  props: FieldProps & {
    type?: "text" | "date" | "password";
    rows?: number;
    options?: (string | [string, string])[];
    min?: string;
    maxLength?: number;
  },
) {
  const id = useId();
  const common = {
    id,
    value: props.value,
    required: props.required,
    "aria-describedby": props.hint ? `${id}-hint` : undefined,
    onInput: (event: TargetedEvent<Control>) => props.onValue(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>
        {props.label}
        {!props.required && <span class="muted"> (optional)</span>}
      </label>
      {props.options ? (
        <select {...common}>
          {props.options.map((option) => {
            const [value, text] = typeof option === "string" ? [option, option] : option;
            return (
              <option key={value} value={value}>
                {text}
              </option>
            );
          })}
        </select>
      ) : props.rows ? (
        <textarea {...common} rows={props.rows} maxLength={props.maxLength ?? 4000} />
      ) : (
        <input
          {...common}
          type={(props.type ?? "text") as "text"}
          min={props.min}
          maxLength={props.maxLength}
          autocomplete="off"
        />
      )}
      {props.hint && (
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** A button that opens a panel below itself; Escape and a click elsewhere close it. */
export function Menu(props: {
  label: ComponentChildren;
  icon?: IconName;
  children: (close: () => void) => ComponentChildren;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);
  return (
    <div class="menu" ref={box}>
      <button type="button" class="button" ref={button} aria-expanded={open} onClick={() => setOpen(!open)}>
        {props.icon && <Icon name={props.icon} />}
        {props.label}
        <Icon name="down" />
      </button>
      {open && <div class="menu-panel">{props.children(() => setOpen(false))}</div>}
    </div>
  );
}

export function Copy({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={done ? "Copied" : label}
      title={label}
      onClick={() => void copy()}
    >
      <Icon name={done ? "check" : "copy"} />
    </button>
  );
}
