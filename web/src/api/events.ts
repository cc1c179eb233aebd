// Server-sent events of the platform. What was missed while the connection was down is not sent again, so that a new
// connection counts as a change of everything.

import { useEffect, useRef, useState } from "preact/hooks";
import { address, type Schemas } from "./client";

export type PlatformEvent = Schemas["Event"];
const kKinds = ["job", "progress", "finding", "ticket", "missed"] as const;

/** Calls `on` for each event of `path`, and with undefined after each reconnection. Tells whether it is connected. */
export function useEvents(
  path: string | undefined,
  on: (event: PlatformEvent | undefined) => void,
  query: Record<string, string> = {},
): boolean {
  const url = path && address(path, {}, query);
  const [connected, setConnected] = useState(false);
  const handler = useRef(on);
  handler.current = on;

  useEffect(() => {
    if (!url) return;
    const source = new EventSource(url);
    let opened = false;
    source.onopen = () => {
      setConnected(true);
      if (opened) handler.current(undefined);
      opened = true;
    };
    source.onerror = () => setConnected(false);
    const listen = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as PlatformEvent;
      handler.current(event.kind === "missed" ? undefined : event);
    };
    for (const kind of kKinds) source.addEventListener(kind, listen);
    return () => source.close();
  }, [url]);
  return connected;
}
