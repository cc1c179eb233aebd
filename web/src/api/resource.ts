// Data of a page: asked for once per address, kept while the page is open, shown again at once when one comes back.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { paths } from "./schema";
import { address, ApiError, read, type Path, type Query, type Reply } from "./client";

type Got<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? T
  : never;
export type Readable = {
  [P in keyof paths]: Got<P> extends never ? never : P;
}[keyof paths];

export interface Resource<T> {
  data: T | undefined;
  etag: string | undefined;
  error: ApiError | undefined;
  /** True while an answer is awaited, also when older data is shown meanwhile. */
  loading: boolean;
  reload: () => void;
}

const kept = new Map<string, Reply<unknown>>();
const kKept = 60;

/** Forgets what was read, after a change that may show in other lists. */
export function forget() {
  kept.clear();
}

function keep(url: string, reply: Reply<unknown>) {
  kept.delete(url);
  kept.set(url, reply);
  if (kept.size > kKept) kept.delete(kept.keys().next().value as string);
}

/** Reads `path`; undefined asks for nothing. */
export function useResource<P extends Readable>(
  path: P | undefined,
  parameters: { path?: Path; query?: Query } = {},
): Resource<Got<P>> {
  type T = Got<P>;
  const url = path && address(path, parameters.path, parameters.query);
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<{ url: string | undefined; reply?: Reply<T>; error?: ApiError }>({ url });
  const settled = useRef("");

  useEffect(() => {
    if (!url) return;
    const abort = new AbortController();
    read<T>(url, abort.signal).then(
      (reply) => {
        keep(url, reply);
        settled.current = `${url} ${turn}`;
        setState({ url, reply });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        settled.current = `${url} ${turn}`;
        setState((old) => ({ ...(old.url === url ? old : {}), url, error: asApiError(error) }));
      },
    );
    return () => abort.abort();
  }, [url, turn]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  const current = state.url === url ? state : { url };
  const reply = current.reply ?? (url ? (kept.get(url) as Reply<T> | undefined) : undefined);
  return {
    data: reply?.data,
    etag: reply?.etag,
    error: current.error,
    loading: url !== undefined && settled.current !== `${url} ${turn}`,
    reload,
  };
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError({ type: "about:blank", title: "The dashboard failed", status: -1, detail, request_id: "" });
}

export interface Act {
  busy: boolean;
  error: ApiError | undefined;
  /** Runs it; true when it succeeded. */
  run: (act: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

/** One act of the reader's: its progress and its failure. */
export function useAct(): Act {
  const [state, setState] = useState<{ busy: boolean; error?: ApiError }>({ busy: false });
  const run = useCallback(async (act: () => Promise<unknown>) => {
    setState({ busy: true });
    try {
      await act();
      forget();
      setState({ busy: false });
      return true;
    } catch (error) {
      setState({ busy: false, error: asApiError(error) });
      return false;
    }
  }, []);
  const clear = useCallback(() => setState({ busy: false }), []);
  return { busy: state.busy, error: state.error, run, clear };
}
