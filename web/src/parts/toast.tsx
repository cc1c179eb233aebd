// One line that says what an act did. It goes by itself, and a reader of the screen hears it.

import { useEffect, useState } from "preact/hooks";

const kSaid = "assay:said";

export function say(text: string) {
  dispatchEvent(new CustomEvent<string>(kSaid, { detail: text }));
}

export function Toasts() {
  const [text, setText] = useState("");
  useEffect(() => {
    let timer = 0;
    const said = (event: Event) => {
      setText((event as CustomEvent<string>).detail);
      clearTimeout(timer);
      timer = window.setTimeout(() => setText(""), 5000);
    };
    addEventListener(kSaid, said);
    return () => removeEventListener(kSaid, said);
  }, []);
  return (
    <div class="toasts" role="status">
      {text && <div class="toast">{text}</div>}
    </div>
  );
}
