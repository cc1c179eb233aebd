// The frame of a page: its heading and acts, cards, tabs, facts.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { link, useQuery } from "../lib/router";
import { Icon } from "./icon";

export function Page(props: {
  title: string;
  crumbs?: [string, string][]; // words and path
  badges?: ComponentChildren;
  actions?: ComponentChildren;
  lead?: ComponentChildren;
  children: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${props.title} · Assay`;
  }, [props.title]);
  return (
    <div class="page">
      <header class="page-head">
        <div class="grow">
          {props.crumbs && (
            <nav class="crumbs" aria-label="Breadcrumb">
              {props.crumbs.map(([text, path]) => (
                <span key={path} class="row">
                  <a href={link(path)} class="clip">
                    {text}
                  </a>
                  <Icon name="right" />
                </span>
              ))}
            </nav>
          )}
          <div class="row wrap">
            <h1 tabIndex={-1} class="break">
              {props.title}
            </h1>
            {props.badges}
          </div>
          {props.lead && <div class="lead">{props.lead}</div>}
        </div>
        {props.actions && <div class="actions">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}

export function Card(props: {
  title?: ComponentChildren;
  aside?: ComponentChildren;
  flush?: boolean;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <section class={`card ${props.flush ? "flush" : ""} ${props.class ?? ""}`}>
      {props.title && (
        <div class="card-head">
          <h2>{props.title}</h2>
          {props.aside && <div class="end row">{props.aside}</div>}
        </div>
      )}
      <div class="card-body">{props.children}</div>
    </section>
  );
}

/** Tabs as links, the open one in the query: `?tab=`. The first is the default. */
export function Tabs({ tabs, label }: { tabs: [string, string, number?][]; label: string }) {
  const [query] = useQuery();
  const open = query.get("tab") ?? tabs[0]?.[0];
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([id, title, n], i) => (
        <a
          key={id}
          href={`${location.pathname}${i ? `?tab=${id}` : ""}`}
          aria-current={id === open ? "page" : undefined}
        >
          {title}
          {n !== undefined && <span class="pill num">{n}</span>}
        </a>
      ))}
    </nav>
  );
}

export type Fact = [string, ComponentChildren];

/** Names and values; those without a value are left out. */
export function Facts({ of }: { of: (Fact | false | undefined)[] }) {
  return (
    <dl class="facts">
      {of.map(
        (fact) =>
          fact &&
          fact[1] !== undefined &&
          fact[1] !== "" && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
