// Who is reading, and what the server lets them do. The server checks every act again.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Schemas } from "../api/client";

export type Me = Schemas["Me"];
export type Permission = Schemas["Permission"];

export const Session = createContext<Me | undefined>(undefined);

export function useMe(): Me {
  const me = useContext(Session);
  if (!me) throw new Error("no session around this page");
  return me;
}

export function useMay(): (permission: Permission) => boolean {
  const me = useMe();
  return (permission) => me.permissions.includes(permission);
}
