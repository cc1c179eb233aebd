// The address bar is the state: the page, its filter, order and tab. Links are plain <a href>.

import { useCallback, useEffect, useState } from "preact/hooks";

export interface Place {
  path: string; // "/" for the first page
  query: URLSearchParams;
}

function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** Paths that are the server's own and no page of the dashboard. */
const kServers = /^\/(api|auth|assets|__\w+)\//;

const kMoved = "assay:moved";

export function go(href: string, replace = false) {
  history[replace ? "replaceState" : "pushState"](null, "", href);
  dispatchEvent(new Event(kMoved));
}

/** A path with a query: what a link's href is. */
export function link(path: string, query: Record<string, string | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  const text = search.toString();
  return path + (text ? `?${text}` : "");
}

/** `/apps/:app` against "/apps/com.example%2Fx": its parameters decoded, or undefined. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (wanted.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] as string;
    if (part.startsWith(":")) found[part.slice(1)] = decode(value);
    else if (part !== value) return undefined;
  }
  return found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The page of an app. The slash at its end keeps a key with dots from looking like the name of a file. */
export function appPath(key: string): string {
  return `/apps/${encodeURIComponent(key)}/`;
}

/** Clicks on links of the dashboard change the place without loading the page anew. */
export function catchLinks() {
  document.addEventListener("click", (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const anchor = (event.target as Element | null)?.closest?.("a");
    if (!anchor || anchor.target || anchor.hasAttribute("download") || anchor.origin !== location.origin) return;
    if (kServers.test(`${anchor.pathname}/`) || anchor.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    if (anchor.href !== location.href) go(anchor.href);
  });
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const moved = () => setPlace(here());
    addEventListener("popstate", moved);
    addEventListener(kMoved, moved);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener(kMoved, moved);
    };
  }, []);
  return place;
}

/** Changes parts of the query and keeps the rest; a new filter or order begins at the first page again. */
export function useQuery(): [URLSearchParams, (changes: Record<string, string>, replace?: boolean) => void] {
  const { query } = usePlace();
  const change = useCallback((changes: Record<string, string>, replace = false) => {
    const next = new URLSearchParams(location.search);
    if (!("cursor" in changes)) next.delete("cursor");
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    const text = next.toString();
    go(location.pathname + (text ? `?${text}` : ""), replace);
  }, []);
  return [query, change];
}
