import { useState } from "preact/hooks";
import { setTheme, theme, type Theme } from "../lib/theme";
import { Icon, type IconName } from "./icon";

const themes: [Theme, string, IconName][] = [
  ["system", "As the system", "system"],
  ["light", "Light", "sun"],
  ["dark", "Dark", "moon"],
];

export function ThemeSwitch() {
  const [now, setNow] = useState(theme);
  return (
    <div class="switch" role="group" aria-label="Colours">
      {themes.map(([id, text, icon]) => (
        <button
          key={id}
          type="button"
          aria-pressed={now === id}
          aria-label={text}
          title={text}
          onClick={() => (setTheme(id), setNow(id))}
        >
          <Icon name={icon} />
        </button>
      ))}
    </div>
  );
}
