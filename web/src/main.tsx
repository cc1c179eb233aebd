import { render } from "preact";
import { App } from "./app";
import { catchLinks } from "./lib/router";
import { setTheme, theme } from "./lib/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/list.css";
import "./styles/pages.css";
import "./styles/evidence.css";
import "./styles/print.css";

setTheme(theme());
catchLinks();
render(<App />, document.getElementById("app") as HTMLElement);
