// Around every page: where one can go, who one is, what the server says.

import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { address, read, send, type Schemas } from "../api/client";
import { useAct } from "../api/resource";
import { useKeys } from "../lib/keys";
import { link, usePlace } from "../lib/router";
import { useMe, useMay, type Permission } from "../lib/session";
import { words } from "../lib/format";
import { Menu } from "./controls";
import { Help } from "./help";
import { Icon, type IconName } from "./icon";
import { ThemeSwitch } from "./theme-switch";
import { Toasts } from "./toast";

const places: [string, string, IconName, Permission?][] = [
  ["/", "Posture", "posture"],
  ["/apps", "Apps", "apps"],
  ["/findings", "Findings", "findings"],
  ["/tickets", "Tickets", "tickets"],
  ["/requirements", "Requirements", "requirements"],
  ["/scans", "Scans", "scans"],
  ["/admin", "Administration", "admin"],
  ["/audit", "Audit log", "audit", "read-audit"],
];

function Navigation({ onGo }: { onGo: () => void }) {
  const { path } = usePlace();
  const may = useMay();
  return (
    <nav aria-label="Dashboard" class="places">
      {places
        .filter(([, , , needs]) => !needs || may(needs))
        .map(([to, text, icon]) => {
          const current = to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
          return (
            <a key={to} href={link(to)} aria-current={current ? "page" : undefined} onClick={onGo}>
              <Icon name={icon} />
              {text}
            </a>
          );
        })}
    </nav>
  );
}

function Person() {
  const me = useMe();
  const act = useAct();
  const signOut = () =>
    act.run(async () => {
      const { data } = await read<Schemas["SessionList"]>(address("/me/sessions"));
      const current = data.items.find((session) => session.current);
      if (current) await send("delete", "/me/sessions/{session}", { path: { session: current.id } });
      location.assign(link("/"));
    });
  return (
    <Menu label={<span class="clip">{me.name}</span>} icon="person">
      {(close) => (
        <>
          <p class="menu-note">
            {me.email && (
              <span class="break">
                {me.email}
                <br />
              </span>
            )}
            {words(me.role)}
            {me.organisation ? ` of ${me.organisation}` : ""}
          </p>
          <a class="menu-item" href={link("/admin", { tab: "tokens" })} onClick={close}>
            My tokens and sessions
          </a>
          <button type="button" class="menu-item line" onClick={() => void signOut()}>
            Sign out
          </button>
        </>
      )}
    </Menu>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const [help, setHelp] = useState(false);
  const [open, setOpen] = useState(false); // the navigation, on narrow screens
  const [online, setOnline] = useState(navigator.onLine);
  useKeys(useCallback(() => setHelp(true), []));
  useEffect(() => {
    const changed = () => setOnline(navigator.onLine);
    addEventListener("online", changed);
    addEventListener("offline", changed);
    return () => {
      removeEventListener("online", changed);
      removeEventListener("offline", changed);
    };
  }, []);
  return (
    <div class={`shell ${open ? "open" : ""}`}>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="side">
        <div class="brand">
          <a href={link("/")}>
            <Icon name="check" class="logo" />
            Assay
          </a>
          <button
            type="button"
            class="icon-button burger"
            aria-label="Menu"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <Icon name={open ? "close" : "menu"} />
          </button>
        </div>
        <div class="side-body">
          <Navigation onGo={() => setOpen(false)} />
          <div class="side-foot">
            <Person />
            <div class="row">
              <ThemeSwitch />
              <button
                type="button"
                class="icon-button end"
                aria-label="Keyboard help"
                title="Keyboard help (?)"
                onClick={() => setHelp(true)}
              >
                <kbd>?</kbd>
              </button>
            </div>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {!online && (
          <p class="offline" role="status">
            You are offline. What is shown may be old, and changes cannot be made.
          </p>
        )}
        {children}
      </main>
      <Toasts />
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}
