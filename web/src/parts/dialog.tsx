import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Act } from "../api/resource";
import { Button } from "./controls";
import { Icon } from "./icon";
import { isStale, ProblemView } from "./states";

/** A modal dialog; the browser keeps the focus inside and gives it back. */
export function Dialog(props: { title: string; onClose: () => void; wide?: boolean; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={props.wide ? "wide" : ""}
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <header class="dialog-head">
        <h2 id={title}>{props.title}</h2>
        <button type="button" class="icon-button end" aria-label="Close" onClick={props.onClose}>
          <Icon name="close" />
        </button>
      </header>
      {props.children}
    </dialog>
  );
}

/** A dialog that asks for something and sends it. It closes when that succeeded, and shows the problem when not. */
export function FormDialog(props: {
  title: string;
  verb: string;
  danger?: boolean;
  act: Act;
  onSend: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const { error } = props.act;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await props.act.run(props.onSend)) props.onDone();
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <div class="dialog-body stack">
          {props.children}
          {error && <ProblemView error={error} retry={isStale(error) ? () => location.reload() : undefined} />}
        </div>
        <footer class="dialog-foot">
          <Button onClick={props.onClose}>Cancel</Button>
          <Button submit kind={props.danger ? "danger" : "primary"} busy={props.act.busy}>
            {props.verb}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
