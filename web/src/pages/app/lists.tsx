// Findings and tickets of one app, as the lists of all apps show them.

import { findings, tickets } from "../../lib/lists";
import { quote } from "../../lib/filter";
import { ListView, useList } from "../../parts/list-view";
import { findingColumns, type Finding } from "../findings";
import { ticketColumns, type Ticket } from "../tickets";

const of = (app: string) => `app:${quote(app)}`;
const nothing = { title: "None", text: "" };

export function AppFindings({ app }: { app: string }) {
  const data = useList<Finding>(findings, of(app));
  const columns = findingColumns.filter((column) => column.title !== "App");
  return (
    <ListView
      list={findings}
      fixed={of(app)}
      path="/findings"
      data={data}
      columns={columns}
      id={(one) => one.fingerprint}
      empty={nothing}
    />
  );
}

export function AppTickets({ app }: { app: string }) {
  const data = useList<Ticket>(tickets, of(app));
  const columns = ticketColumns.filter((column) => column.title !== "App");
  return (
    <ListView
      list={tickets}
      fixed={of(app)}
      path="/tickets"
      data={data}
      columns={columns}
      id={(one) => String(one.id)}
      empty={nothing}
    />
  );
}
