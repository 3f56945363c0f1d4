// The theme: the system's, light, or dark; `theme.js` sets what was chosen before the page is drawn.

const KEY = "zhyper-theme";
const THEMES = ["system", "light", "dark"];

/** @param {HTMLButtonElement} button goes through the themes */
export function prepareTheme(button) {
  const root = document.documentElement;
  const show = () => {
    const theme = root.dataset.theme ?? "system";
    button.textContent = `◐ ${theme}`;
    button.setAttribute("aria-label", `Theme: ${theme}`);
  };
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "system") + 1) % THEMES.length];
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (next === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, next);
    } catch {
      // A browser that keeps nothing has the theme until it leaves the page.
    }
    show();
  });
  show();
}
