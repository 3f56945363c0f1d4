// Small helpers around the document. Texts of users only ever become text nodes, never markup.

/**
 * The element with this id.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * A new element.
 * @param {string} tag
 * @param {Record<string, any>} [properties] set as properties; `on` holds listeners, `data` the data attributes, `aria` those of ARIA
 * @param {...(Node | string)} children strings become text
 * @returns {any}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { on = {}, data = {}, aria = {}, ...rest } = properties;
  Object.assign(element, rest);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, String(value));
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children);
  return element;
}

/**
 * A copy of a template's content.
 * @param {string} id
 * @returns {DocumentFragment}
 */
export function stamp(id) {
  return byId(id).content.cloneNode(true);
}

/**
 * A function that calls `work` once, `wait` milliseconds after its last call.
 * @template {any[]} A
 * @param {(...args: A) => void} work
 * @param {number} wait
 * @returns {(...args: A) => void}
 */
export function debounce(work, wait) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), wait);
  };
}

/**
 * Put a text on the clipboard, also where the page has no secure origin, and say so on the button for a moment.
 * @param {string} text
 * @param {HTMLElement} button
 */
export async function copy(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { value: text, className: "off-screen" });
    (button.closest("dialog") ?? document.body).append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.dataset.label ??= button.textContent ?? "";
  button.textContent = done ? "Copied" : "Not copied";
  setTimeout(() => (button.textContent = button.dataset.label ?? ""), 1500);
}

let toastTimer = 0;

/**
 * Say something for a few seconds at the foot of the page, with a button or without.
 * @param {string} text
 * @param {{label: string, press: () => void}} [action]
 */
export function toast(text, action) {
  const box = byId("toast");
  box.replaceChildren(make("span", {}, text));
  if (action) {
    const press = () => {
      box.classList.remove("shown");
      action.press();
    };
    box.append(make("button", { type: "button", className: "quiet", on: { click: press } }, action.label));
  }
  box.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("shown"), 6000);
}

/**
 * Show what went wrong in a box of the page, or nothing. Where the server says when to come back, it counts down and tries again.
 * @param {any} box
 * @param {{message: string, retryAfter?: number | null} | null} error
 * @param {() => void} [retry]
 */
export function showProblem(box, error, retry) {
  clearInterval(box.countdown);
  box.hidden = !error;
  box.replaceChildren();
  if (!error) return;
  box.append(make("span", {}, sentence(error.message)));
  if (!retry) return;
  const again = () => {
    showProblem(box, null);
    retry();
  };
  const button = make("button", { type: "button", className: "quiet", on: { click: again } }, "Try now");
  let left = Math.ceil(error.retryAfter ?? 0);
  if (left <= 0) return box.append(button);
  const said = make("span", { className: "countdown", aria: { live: "off" } });
  box.append(said, button, make("button", { type: "button", className: "quiet", on: { click: () => showProblem(box, error) } }, "Cancel"));
  const tick = () => {
    said.textContent = `Trying again in ${left} s.`;
    if (left-- <= 0) again();
  };
  tick();
  box.countdown = setInterval(tick, 1000);
}

/**
 * Set a slider, which is filled from 0 to its value.
 * @param {any} slider
 * @param {number} value
 */
export function setRange(slider, value) {
  slider.value = String(value);
  const [least, most] = [Number(slider.min), Number(slider.max)];
  const at = (/** @type {number} */ place) => `${(100 * (Math.min(most, Math.max(least, place)) - least)) / (most - least)}%`;
  slider.style.setProperty("--from", at(Math.min(0, value)));
  slider.style.setProperty("--to", at(Math.max(0, value)));
}

/**
 * A message with a capital letter in front and a full stop behind.
 * @param {string} text
 */
export function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/**
 * A number as people write it: at most `digits` decimals, no trailing zeros, a real minus sign.
 * @param {number} value
 * @param {number} [digits]
 */
export function say(value, digits = 2) {
  return String(Number(value.toFixed(digits))).replace("-", "−");
}

/**
 * A text cut to `length` characters.
 * @param {string} text
 * @param {number} length
 */
export function brief(text, length) {
  const characters = [...text.replace(/\s+/g, " ").trim()];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : characters.join("");
}
