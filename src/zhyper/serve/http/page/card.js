// The card of one context: its descriptions, their mixture, its strength, and its answer.

import { Answer } from "./answer.js";
import { byId, setRange, stamp } from "./dom.js";
import { Part } from "./part.js";
import { PARTS, bounded, emptyChoice, ofEntry, rebalance } from "./state.js";

/**
 * @typedef {object} CardEvents
 * @property {(card: ContextCard) => void} changed what it asks is another now
 * @property {(card: ContextCard) => void} removed
 * @property {(card: ContextCard) => void} kept it shall be kept
 * @property {(card: ContextCard) => void} downloaded its adapter is wanted
 * @property {() => void} looked what is near one of its descriptions was found
 */

export class ContextCard {
  /** @param {CardEvents} events */
  constructor(events) {
    this.events = events;
    const parts = stamp("card-template");
    const find = (/** @type {string} */ what) => /** @type {any} */ (parts.querySelector(what));
    this.element = find(".card");
    this.heading = find("h2");
    this.partsBox = find(".parts");
    this.mixTools = find(".mix-tools");
    this.lock = find("[data-is=lock]");
    this.slider = find("[data-is=strength]");
    this.number = find("[data-is=strength-number]");
    this.buttons = { mix: find("[data-do=mix]"), remove: find("[data-do=remove]"), add: find("[data-do=add-part]"), reset: find("[data-do=reset]") };
    this.answer = new Answer(this.element, "the context");
    this.downloadButton = this.answer.action("Download", () => events.downloaded(this));
    this.downloadButton.title = "The adapter, as a PEFT folder";
    this.keepButton = this.answer.action("Keep", () => events.kept(this));
    /** @type {Part[]} */
    this.parts = [];
    this.listen();
    this.choice = emptyChoice();
  }

  listen() {
    this.buttons.mix.addEventListener("click", () => this.mix());
    this.buttons.add.addEventListener("click", () => this.mix());
    this.buttons.remove.addEventListener("click", () => this.events.removed(this));
    this.buttons.reset.addEventListener("click", () => this.setStrength("1"));
    this.slider.addEventListener("input", () => this.setStrength(this.slider.value));
    this.number.addEventListener("change", () => this.setStrength(this.number.value));
    this.lock.addEventListener("change", () => this.weighed(this.parts[0]));
  }

  /** @param {number} number counted from 1 @param {boolean} alone whether it is the only one */
  place(number, alone) {
    this.title = `context ${number}`;
    this.heading.textContent = `Context ${number}`;
    this.element.dataset.hue = String(number);
    this.element.setAttribute("aria-label", `Context ${number}`);
    this.buttons.mix.setAttribute("aria-label", `Mix ${this.title} with another description`);
    this.buttons.remove.setAttribute("aria-label", `Remove ${this.title}`);
    this.buttons.reset.setAttribute("aria-label", `Set the strength of ${this.title} back to 1`);
    this.buttons.remove.hidden = alone;
    this.slider.setAttribute("aria-label", `Strength of ${this.title}`);
    this.number.setAttribute("aria-label", `Strength of ${this.title}, as a number`);
    this.downloadButton.setAttribute("aria-label", `Download the adapter of ${this.title}`);
    this.keepButton.setAttribute("aria-label", `Keep ${this.title}`);
    this.answer.name(this.title);
    this.arrange();
  }

  arrange() {
    const count = this.parts.length;
    this.parts.forEach((part, at) => part.place(this.title ?? "the context", at, count));
    this.partsBox.classList.toggle("mixed", count > 1);
    this.mixTools.hidden = count === 1;
    this.buttons.mix.hidden = count > 1;
    this.buttons.add.hidden = count === PARTS;
  }

  /** @returns {import("./api.js").Choice} */
  get choice() {
    return { parts: this.parts.map(({ text, weight }) => ({ text, weight })), strength: this.strength ?? 1 };
  }

  set choice({ parts, strength }) {
    while (this.parts.length > parts.length) this.parts.pop()?.element.remove();
    while (this.parts.length < parts.length) this.append();
    const sum = parts.reduce((total, part) => total + part.weight, 0);
    this.lock.checked = Math.abs(sum - 1) < 0.005;
    this.parts.forEach((part, at) => part.set(parts[at]));
    this.showStrength(strength);
    this.arrange();
  }

  /** What it asks: its choice without descriptions that are not written yet. @returns {import("./api.js").Choice} */
  get written() {
    const { parts, strength } = this.choice;
    return { parts: parts.filter((part) => part.text.trim() !== ""), strength };
  }

  /** Whether nothing is written at all. */
  get empty() {
    return this.parts.every((part) => part.text.trim() === "");
  }

  append() {
    const part = new Part({
      changed: () => this.changed(),
      weighed: (moved) => this.weighed(moved),
      removed: (gone) => this.unmix(gone),
      picked: (at, entry) => this.pick(at, entry),
      looked: () => this.events.looked(),
    });
    this.parts.push(part);
    this.partsBox.append(part.element);
    return part;
  }

  /** One description more; weights that were not chosen yet are shared out evenly. */
  mix() {
    const part = this.append();
    this.parts.forEach((each) => each.setWeight(Math.round(1000 / this.parts.length) / 1000));
    if (this.parts.length === 3) this.parts[0].setWeight(0.334);
    this.lock.checked = true;
    this.arrange();
    part.area.focus();
    this.changed();
  }

  /** @param {Part} gone */
  unmix(gone) {
    const left = this.parts.filter((part) => part !== gone);
    const sum = left.reduce((total, part) => total + part.weight, 0);
    const even = 1 / left.length;
    this.choice = { parts: left.map(({ text, weight }) => ({ text, weight: sum > 0 ? weight / sum : even })), strength: this.strength ?? 1 };
    this.parts[0].area.focus();
    this.changed();
  }

  /** @param {Part} moved */
  weighed(moved) {
    if (this.lock.checked && this.parts.length > 1) {
      const weights = rebalance(this.parts.map((part) => part.weight), this.parts.indexOf(moved));
      this.parts.forEach((part, at) => part.setWeight(weights[at]));
    }
    this.changed();
  }

  /** A known context becomes the description it was chosen beside, or the whole card where it is a mixture or the only one. */
  pick(/** @type {Part} */ part, /** @type {import("./api.js").Entry} */ entry) {
    const whole = ofEntry(entry);
    if (this.parts.length === 1 || whole.parts.length > 1) this.choice = whole;
    else part.set({ text: whole.parts[0].text, weight: part.weight });
    this.changed();
  }

  /** @param {string} value */
  setStrength(value) {
    this.showStrength(bounded(value, -16, 16, this.strength ?? 1));
    this.changed();
  }

  /** @param {number} strength */
  showStrength(strength) {
    this.strength = strength;
    this.number.value = String(strength);
    setRange(this.slider, strength);
  }

  changed() {
    this.events.changed(this);
  }

  /** Show where it is, after it was set from elsewhere. */
  flash() {
    this.element.scrollIntoView({ block: "nearest" });
    this.element.classList.remove("flash");
    requestAnimationFrame(() => this.element.classList.add("flash"));
  }

  /** Put it at the end of the columns. */
  show() {
    byId("columns").append(this.element);
  }
}
