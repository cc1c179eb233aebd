// The keyboard: single keys, and `g` followed by a letter. None of them while something is typed.

import { useEffect, useRef } from "preact/hooks";
import { go, link } from "./router";

export const destinations: Record<string, [string, string]> = {
  p: ["/", "Posture"],
  a: ["/apps", "Apps"],
  f: ["/findings", "Findings"],
  t: ["/tickets", "Tickets"],
  r: ["/requirements", "Requirements"],
  s: ["/scans", "Scans"],
  d: ["/admin", "Administration"],
  l: ["/audit", "Audit log"],
};

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Moves the focus to the next or previous row of the list on the page. */
function step(by: number) {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by))];
  next?.querySelector<HTMLElement>("a, button")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

export function useKeys(onHelp: () => void) {
  const waiting = useRef(0);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      if (act(event.key)) event.preventDefault();
    };
    const act = (key: string): boolean => {
      const afterG = Date.now() - waiting.current < 1500;
      waiting.current = 0;
      if (afterG && destinations[key]) go(link(destinations[key][0]));
      else if (key === "g") waiting.current = Date.now();
      else if (key === "/") document.querySelector<HTMLElement>("[data-search]")?.focus();
      else if (key === "j") step(1);
      else if (key === "k") step(-1);
      else if (key === "x") document.activeElement?.closest("[data-row]")?.querySelector<HTMLElement>("input")?.click();
      else if (key === "?") onHelp();
      else return false;
      return true;
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [onHelp]);
}
