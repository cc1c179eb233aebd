// From addresses to pages. Each page is its own file for the browser, loaded when it is first opened.

import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, setCsrf } from "./api/client";
import { asApiError, useResource } from "./api/resource";
import { match, usePlace } from "./lib/router";
import { Session } from "./lib/session";
import { Page } from "./parts/page";
import { Shell } from "./parts/shell";
import { ProblemView, Skeleton } from "./parts/states";
import { SignIn } from "./pages/sign-in";

type Parameters = Record<string, string>;
type PageType = ComponentType<Parameters>;

const routes: [string, () => Promise<{ default: unknown }>][] = [
  ["/", () => import("./pages/posture")],
  ["/apps", () => import("./pages/apps")],
  ["/apps/:app", () => import("./pages/app")],
  ["/apps/:app/findings/:fingerprint", () => import("./pages/finding")],
  ["/findings", () => import("./pages/findings")],
  ["/tickets", () => import("./pages/tickets")],
  ["/tickets/:ticket", () => import("./pages/ticket")],
  ["/requirements", () => import("./pages/requirements")],
  ["/requirements/:requirement", () => import("./pages/requirement")],
  ["/scans", () => import("./pages/scans")],
  ["/scans/:scan", () => import("./pages/scan")],
  ["/admin", () => import("./pages/admin")],
  ["/audit", () => import("./pages/audit")],
];

const loaded = new Map<string, PageType>();

function NotFound() {
  const detail = "The address names no page of the dashboard. Follow a link of the navigation instead.";
  const error = new ApiError({ type: "/problems/not-found", title: "Not Found", status: 404, detail, request_id: "" });
  return (
    <Page title="Not found">
      <ProblemView error={error} />
    </Page>
  );
}

function Route() {
  const { path } = usePlace();
  const [, redraw] = useState(0);
  const [failure, setFailure] = useState<ApiError>();
  const found = routes
    .map(([pattern, load]) => ({ pattern, load, parameters: match(pattern, path) }))
    .find((route) => route.parameters);
  const first = useRef(true);

  useEffect(() => {
    setFailure(undefined);
    if (!found || loaded.has(found.pattern)) return;
    found.load().then(
      (module) => {
        loaded.set(found.pattern, module.default as PageType);
        redraw((n) => n + 1);
      },
      (error: unknown) => setFailure(asApiError(error)),
    );
  }, [found?.pattern]);

  // A new page begins at its top, and a reader of the screen hears its heading.
  useEffect(() => {
    if (!first.current) {
      scrollTo(0, 0);
      document.getElementById("main")?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [path]);

  if (!found) return <NotFound />;
  if (failure) return <ProblemView error={failure} retry={() => location.reload()} />;
  const View = loaded.get(found.pattern);
  return View ? <View key={path} {...found.parameters} /> : <Skeleton lines={12} />;
}

export function App() {
  const me = useResource("/me");
  setCsrf(me.data?.csrf);
  if (me.error?.status === 401) return <SignIn />;
  if (!me.data) {
    return me.error ? (
      <main class="alone">
        <ProblemView error={me.error} retry={me.reload} />
      </main>
    ) : (
      <Skeleton lines={12} />
    );
  }
  return (
    <Session.Provider value={me.data}>
      <Shell>
        <Route />
      </Shell>
    </Session.Provider>
  );
}
