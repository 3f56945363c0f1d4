// One description: its text, its weight in a mixture, how far it is from the training, and the known contexts nearest to it.

import { get, isId, search } from "./api.js";
import { brief, debounce, make, say, sentence, setRange, stamp } from "./dom.js";
import { DESCRIPTIONS } from "./examples.js";
import { bounded } from "./state.js";

const NEIGHBOURS = 3;

/**
 * @typedef {object} PartEvents
 * @property {() => void} changed
 * @property {(part: Part) => void} weighed its weight was set
 * @property {(part: Part) => void} removed
 * @property {(part: Part, entry: import("./api.js").Entry) => void} picked a known context was chosen
 * @property {() => void} looked what is near was found
 */

export class Part {
  /** @param {PartEvents} events */
  constructor(events) {
    this.events = events;
    const parts = stamp("part-template");
    const find = (/** @type {string} */ what) => /** @type {any} */ (parts.querySelector(what));
    this.element = find(".part");
    this.label = find("label");
    this.area = find("textarea");
    this.weightRow = find(".weight");
    this.slider = find("input[type=range]");
    this.number = find("input[type=number]");
    this.removeButton = find("[data-do=remove-part]");
    this.badge = find(".badge");
    this.chips = find(".chips");
    this.weight = 1;
    /** @type {string[]} ids of the known contexts nearest to it */
    this.nearest = [];
    /** @type {AbortController | null} */
    this.looking = null;
    this.lookSoon = debounce(() => this.look(), 350);
    this.area.addEventListener("input", () => this.typed());
    this.slider.addEventListener("input", () => this.weigh(this.slider.value));
    this.number.addEventListener("change", () => this.weigh(this.number.value));
    this.removeButton.addEventListener("click", () => events.removed(this));
    this.area.id = `description-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    this.label.htmlFor = this.area.id;
    this.showExamples();
  }

  get text() {
    return this.area.value;
  }

  /** @param {import("./api.js").Part} value */
  set({ text, weight }) {
    this.setWeight(weight);
    if (text === this.area.value && this.badge.dataset.state !== "none") return;
    this.area.value = text;
    this.look();
  }

  /** @param {number} weight */
  setWeight(weight) {
    this.weight = weight;
    this.number.value = String(weight);
    setRange(this.slider, weight);
  }

  /** @param {string} value */
  weigh(value) {
    this.setWeight(bounded(value, -16, 16, this.weight));
    this.events.weighed(this);
  }

  /** @param {string} card @param {number} at @param {number} count how many descriptions the card has */
  place(card, at, count) {
    this.label.textContent = count > 1 ? `Description ${"ABC"[at]}` : "Description";
    this.area.setAttribute("aria-label", `${this.label.textContent} of ${card}`);
    this.slider.setAttribute("aria-label", `Weight of description ${"ABC"[at]} of ${card}`);
    this.number.setAttribute("aria-label", `Weight of description ${"ABC"[at]} of ${card}, as a number`);
    this.removeButton.setAttribute("aria-label", `Remove description ${"ABC"[at]} of ${card}`);
    this.weightRow.hidden = this.removeButton.hidden = count === 1;
  }

  typed() {
    this.events.changed();
    this.lookSoon();
  }

  /** Ask the server what is near. */
  async look() {
    this.looking?.abort();
    clearTimeout(this.later);
    const looking = (this.looking = new AbortController());
    const text = this.text.trim();
    if (text === "") return this.showExamples();
    if (this.badge.dataset.state === "none") this.show("wait", "…");
    try {
      if (isId(text)) await this.lookUp(text);
      else await this.searchFor(text, looking.signal);
    } catch (error) {
      if (looking.signal.aborted) return;
      this.found([]);
      const { message, retryAfter } = /** @type {import("./api.js").ApiError} */ (error);
      this.show("error", sentence(message));
      if (retryAfter) this.later = setTimeout(() => this.look(), 1000 * retryAfter);
    }
  }

  /** @param {string} id */
  async lookUp(id) {
    const entry = await get(id);
    if (this.text.trim() !== id) return;
    this.found([]);
    this.show("id", `A kept context: ${brief(entry.name ?? entry.description, 60)}`);
  }

  /** @param {string} text @param {AbortSignal} signal */
  async searchFor(text, signal) {
    const answer = await search(text, NEIGHBOURS + 1, signal);
    if (signal.aborted) return;
    this.found(answer.data.filter((/** @type {any} */ entry) => entry.description !== text).slice(0, NEIGHBOURS));
    const { distance, far, far_above: above } = answer.query;
    if (distance === null || distance === undefined) return this.show("id", "distance not known");
    const tip = far
      ? `The nearest training description is ${say(distance, 3)} away (cosine distance). Small is good; above ${say(above, 3)} is far: the adapter may do anything.`
      : `The nearest training description is ${say(distance, 3)} away (cosine distance). Small is good; up to ${say(above, 3)} it is like those. Whether the answers follow it, no distance says.`;
    this.show(far ? "far" : "near", `${far ? "far: may do anything" : "like training"} · distance ${distance.toFixed(2)}, small is good`, tip, distance, above);
  }

  /**
   * @param {string} state
   * @param {string} said
   * @param {string} [tip]
   * @param {number} [distance]
   * @param {number} [above] from where on a distance is far
   */
  show(state, said, tip = "", distance = 0, above = 0) {
    this.badge.dataset.state = state;
    this.badge.disabled = tip === "";
    this.badge.querySelector(".badge-said").textContent = said;
    this.badge.querySelector(".tip").textContent = tip;
    const gauge = this.badge.querySelector(".gauge");
    gauge.style.setProperty("--at", `${100 * bounded(distance, 0, 1, 0)}%`);
    gauge.style.setProperty("--far", `${100 * bounded(above, 0, 1, 0)}%`);
  }

  showExamples() {
    this.show("none", "\u00a0");
    this.nearest = [];
    const press = (/** @type {string} */ text) => {
      this.area.value = text;
      this.events.changed();
      this.look();
    };
    this.fill("Examples:", DESCRIPTIONS.map((text) => ({ label: text, said: "", press: () => press(text) })));
    this.events.looked();
  }

  /** @param {import("./api.js").Entry[]} entries */
  found(entries) {
    this.nearest = entries.map((entry) => entry.id);
    const press = (/** @type {import("./api.js").Entry} */ entry) => this.events.picked(this, entry);
    const near = (/** @type {import("./api.js").Entry} */ entry) => (entry.similarity === undefined ? "" : `${entry.similarity.toFixed(2)} alike`);
    const alike = (/** @type {import("./api.js").Entry} */ entry) => [entry.name, "Large is near: 1 is the same."].filter(Boolean).join(" · ");
    this.fill(
      "Nearest known:",
      entries.map((entry) => ({ label: entry.description, said: near(entry), press: () => press(entry), title: alike(entry) })),
    );
    this.events.looked();
  }

  /** @param {string} label @param {{label: string, said: string, press: () => void, title?: string}[]} items */
  fill(label, items) {
    this.chips.setAttribute("aria-label", label);
    const chip = (/** @type {typeof items[0]} */ { label, said, press, title }) => {
      const button = make("button", { type: "button", className: "chip", title: title ?? "", on: { click: press } }, brief(label, 48));
      if (said) button.append(make("span", { className: "chip-said" }, said));
      return make("li", {}, button);
    };
    this.chips.replaceChildren(...items.map(chip));
  }
}
