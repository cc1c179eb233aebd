import { destinations } from "../lib/keys";
import { Dialog } from "./dialog";

const helps: [string, string][] = [
  ["/", "Go to the filter of the list"],
  ["j  k", "Next and previous row"],
  ["Enter", "Open the row"],
  ["x", "Select the row"],
  ["?", "This help"],
];

/** What the keyboard does. */
export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl class="dialog-body keys">
        {[
          ...helps,
          ...Object.entries(destinations).map(([key, [, text]]) => [`g  ${key}`, `Go to ${text}`] as [string, string]),
        ].map(([keys, text]) => (
          <div key={keys}>
            <dt>
              {keys.split("  ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
