// Light, dark, or as the system has it.

export type Theme = "system" | "light" | "dark";
const kKey = "assay-theme";

export function theme(): Theme {
  const kept = localStorage.getItem(kKey);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function setTheme(wanted: Theme) {
  if (wanted === "system") {
    localStorage.removeItem(kKey);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(kKey, wanted);
    document.documentElement.dataset.theme = wanted;
  }
  dispatchEvent(new Event("assay:theme"));
}
