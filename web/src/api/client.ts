// The one way to the server. Paths, parameters, bodies and answers are typed by docs/openapi.yaml.

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

type Method = "get" | "post" | "put" | "patch" | "delete";
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Answer<O> = O extends { responses: infer R }
  ? { [C in keyof R]: C extends 200 | 201 | 202 ? Content<R[C]> : never }[keyof R]
  : never;
type Content<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
type BodyOf<O> = O extends { requestBody: { content: infer C } }
  ? C extends { "application/json": infer T }
    ? T
    : C[keyof C]
  : undefined;
export type Path = Record<string, string | number>;
export type Query = Record<string, string | number | boolean | undefined>;

/** An answer that is an error: its problem (RFC 9457), or one made up for what never reached the server. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
  get status() {
    return this.problem.status;
  }
}

/** An answer with the ETag that a change of it must carry. */
export interface Reply<T> {
  data: T;
  etag: string | undefined;
}

export const API = "/api/v1";
let csrf = "";

/** The token of the session; every request that changes something carries it. */
export function setCsrf(token: string | undefined) {
  csrf = token ?? "";
}

/** `/apps/{app}` with its parameters filled and percent-encoded. */
export function address(template: string, path: Path = {}, query: Query = {}): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return API + filled + (text ? `?${text}` : "");
}

async function problemOf(response: Response): Promise<Problem> {
  const request_id = response.headers.get("X-Request-Id") ?? "";
  try {
    const body = (await response.json()) as Problem;
    if (typeof body.detail === "string") return { ...body, status: response.status };
  } catch {
    // Not a problem document: a proxy in between has answered.
  }
  const detail = `The server answered ${response.status} without saying why.`;
  return { type: "about:blank", title: response.statusText || "Error", status: response.status, detail, request_id };
}

async function ask(url: string, init: RequestInit): Promise<Reply<unknown>> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    const detail = "The server cannot be reached. Check the connection; nothing was changed.";
    throw new ApiError({ type: "/problems/offline", title: "Offline", status: 0, detail, request_id: "" });
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  const etag = response.headers.get("ETag") ?? undefined;
  const data: unknown = response.status === 204 ? undefined : await response.json();
  return { data, etag };
}

/** Reads a full URL made by address(). */
export function read<T>(url: string, signal?: AbortSignal): Promise<Reply<T>> {
  return ask(url, { headers: { Accept: "application/json" }, signal: signal ?? null }) as Promise<Reply<T>>;
}

export interface Options<B> {
  path?: Path;
  query?: Query;
  body?: B;
  /** Of the thing as it was read; the server refuses the change when it is another by now. */
  etag?: string | undefined;
  /** Of a body that is not JSON. */
  type?: string;
}

/** Sends a change. Each call is one act: it has its own Idempotency-Key, which a repetition by the network shares. */
export async function send<M extends Exclude<Method, "get">, P extends PathsWith<M>>(
  method: M,
  path: P,
  options: Options<BodyOf<Operation<P, M>>> = {},
): Promise<Answer<Operation<P, M>>> {
  const headers: Record<string, string> = { Accept: "application/json", "X-CSRF-Token": csrf };
  if (method === "post") headers["Idempotency-Key"] = crypto.randomUUID();
  if (options.etag) headers["If-Match"] = options.etag;
  const body: unknown = options.body;
  if (body !== undefined) headers["Content-Type"] = options.type ?? "application/json";
  const reply = await ask(address(path as string, options.path, options.query), {
    method: method.toUpperCase(),
    headers,
    body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
  });
  return reply.data as Answer<Operation<P, M>>;
}
