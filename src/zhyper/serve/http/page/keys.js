// Keyboard shortcuts of the whole page; those of the map are its own.

import { byId } from "./dom.js";

/** @param {EventTarget | null} target whether keys typed there are text */
function typing(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches("textarea, select, input:not([type=checkbox]):not([type=range])");
}

/** @param {{ask: () => void, stop: () => void, description: () => void}} actions */
export function prepareKeys({ ask, stop, description }) {
  byId("help").addEventListener("click", () => byId("help-dialog").showModal());
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.isComposing) return;
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key === "Enter") ask();
    else if (event.key === "Escape") return stop();
    else if (control || event.altKey || typing(event.target)) return;
    else if (event.key === "/") description();
    else if (event.key === "?") byId("help-dialog").showModal();
    else return;
    event.preventDefault();
  });
}
