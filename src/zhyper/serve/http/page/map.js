// A map of the known contexts: points that are near each other ask for similar things.

import { brief, byId, make } from "./dom.js";
import { labels, nearestTo, towards } from "./layout.js";

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 8;
const [LETTER, LABEL, GAP, REACH, MARGIN, LABELLED] = [6.6, 15, 15, 24, 26, 400];

/** @typedef {{id: string, name: string | null, description: string, x: number, y: number, tags?: string[]}} Point */

export class ContextMap {
  /** @param {(point: Point) => void} load @param {(tag: string) => void} filter */
  constructor(load, filter) {
    this.load = load;
    this.filter = filter;
    this.box = byId("map");
    this.said = byId("map-said");
    this.legend = byId("legend");
    /** @type {Point[]} */
    this.points = [];
    /** @type {import("./layout.js").Spot[]} */
    this.spots = [];
    /** @type {Map<string, number>} colour of each tag */
    this.colours = new Map();
    /** @type {Map<string, number>} number of the card that each context stands in or is near to */
    this.marks = new Map();
    this.current = -1;
    this.zoom = { scale: 1, x: 0, y: 0 };
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.box.append(this.svg);
    this.listen();
  }

  listen() {
    this.box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    this.box.addEventListener("focus", () => this.points.length && this.choose(Math.max(this.current, 0)));
    this.box.addEventListener("blur", () => this.choose(-1));
    this.box.addEventListener("wheel", (/** @type {WheelEvent} */ event) => this.wheel(event), { passive: false });
    this.box.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => this.press(event));
    this.box.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => this.move(event));
    this.box.addEventListener("pointerup", (/** @type {PointerEvent} */ event) => this.release(event));
    this.box.addEventListener("pointercancel", () => (this.grip = null));
    this.box.addEventListener("pointerleave", () => !this.box.matches(":focus") && this.choose(-1));
    byId("zoom-in").addEventListener("click", () => this.magnify(1.5));
    byId("zoom-out").addEventListener("click", () => this.magnify(1 / 1.5));
    byId("zoom-reset").addEventListener("click", () => this.magnify(0));
    new ResizeObserver(() => this.draw()).observe(this.box);
  }

  /** @param {Point[]} points */
  show(points) {
    this.points = points;
    this.current = -1;
    const counts = new Map();
    for (const tag of points.flatMap((point) => point.tags?.[0] ?? [])) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    const tags = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || a.localeCompare(b));
    this.colours = new Map(tags.slice(0, COLOURS).map((tag, at) => [tag, at + 1]));
    this.legend.replaceChildren(...[...this.colours].map(([tag, colour]) => this.legendItem(tag, colour, counts.get(tag))));
    this.draw();
    this.choose(-1);
  }

  /** @param {string} tag @param {number} colour @param {number} count */
  legendItem(tag, colour, count) {
    const button = make("button", { type: "button", className: "chip", on: { click: () => this.filter(tag) } });
    button.append(make("span", { className: "swatch", data: { colour: String(colour) } }), brief(tag, 32), make("span", { className: "chip-said" }, String(count)));
    button.title = "List the contexts with this tag";
    return make("li", {}, button);
  }

  /** @param {Map<string, number>} marks */
  mark(marks) {
    this.marks = marks;
    this.points.forEach((point, at) => this.dress(at, point));
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (width === 0) return;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const { scale, x, y } = this.zoom;
    const place = (/** @type {number} */ value, /** @type {number} */ size, /** @type {number} */ shift) =>
      size / 2 + (value * (size / 2 - MARGIN) + shift) * scale;
    this.spots = this.points.map((point) => ({ x: place(point.x, width, x), y: place(-point.y, height, y) }));
    const names = this.points.map((point) => brief(point.name ?? point.description, 28));
    const fitting = this.points.length > LABELLED && scale < 2 ? [] : labels(this.spots, names.map((name) => name.length * LETTER), width, LABEL, GAP);
    this.groups = this.points.map((point, at) => this.group(at, names[at], fitting[at]));
    this.svg.replaceChildren(...this.groups);
    if (this.points.length === 0) this.said.textContent = "No context is kept yet. Keep one, and it appears here.";
  }

  /** @param {number} at @param {string} name @param {{x: number, anchor: string} | null | undefined} label */
  group(at, name, label) {
    const group = document.createElementNS(SVG, "g");
    const spot = this.spots[at];
    const part = (/** @type {string} */ tag, /** @type {Record<string, string | number>} */ values) => {
      const element = document.createElementNS(SVG, tag);
      for (const [key, value] of Object.entries(values)) element.setAttribute(key, String(value));
      group.append(element);
      return element;
    };
    part("circle", { class: "ring", cx: spot.x, cy: spot.y, r: 9 });
    part("circle", { class: "point", cx: spot.x, cy: spot.y, r: 5 });
    if (label) part("text", { x: label.x, y: spot.y, "text-anchor": label.anchor, "dominant-baseline": "central" }).textContent = name;
    this.groups ??= [];
    this.groups[at] = group;
    this.dress(at, this.points[at]);
    return group;
  }

  /** @param {number} at @param {Point} point */
  dress(at, point) {
    const group = this.groups?.[at];
    if (!group) return;
    group.dataset.id = point.id;
    group.dataset.colour = String(this.colours.get(point.tags?.[0] ?? "") ?? 0);
    group.dataset.hue = String(this.marks.get(point.id) ?? 0);
    group.classList.toggle("current", at === this.current);
  }

  /** @param {number} at -1 for none */
  choose(at) {
    const before = this.current;
    this.current = at;
    for (const each of [before, at]) if (this.points[each]) this.dress(each, this.points[each]);
    const point = this.points[at];
    this.box.classList.toggle("over", Boolean(point));
    if (this.points.length === 0) return;
    const name = point?.name ? `${point.name}: ` : "";
    this.said.textContent = point ? `${name}${brief(point.description, 160)}` : `${this.points.length} contexts`;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.points.length === 0) return;
    if (event.key.startsWith("Arrow")) this.choose(this.current < 0 ? 0 : towards(this.spots, this.current, event.key));
    else if (event.key === "Enter" && this.current >= 0) this.load(this.points[this.current]);
    else if (event.key === "+") this.magnify(1.5);
    else if (event.key === "-") this.magnify(1 / 1.5);
    else if (event.key === "0") this.magnify(0);
    else return;
    event.preventDefault();
  }

  /** @param {number} factor 0 shows all of it @param {import("./layout.js").Spot} [about] the place that stays where it is */
  magnify(factor, about) {
    const { clientWidth: width, clientHeight: height } = this.box;
    const old = this.zoom;
    const scale = Math.min(40, Math.max(1, old.scale * factor));
    const centre = about ?? this.spots[this.current] ?? { x: width / 2, y: height / 2 };
    const shift = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ was) => was + (at - size / 2) * (1 / scale - 1 / old.scale);
    this.zoom = scale === 1 ? { scale, x: 0, y: 0 } : { scale, x: shift(centre.x, width, old.x), y: shift(centre.y, height, old.y) };
    this.draw();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey && !this.box.matches(":focus")) return;
    event.preventDefault();
    this.magnify(Math.exp(-event.deltaY / 300), this.where(event));
  }

  /** @param {MouseEvent} event @returns {import("./layout.js").Spot} */
  where(event) {
    const { left, top } = this.box.getBoundingClientRect();
    return { x: event.clientX - left - this.box.clientLeft, y: event.clientY - top - this.box.clientTop };
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.grip = { from: this.where(event), x: this.zoom.x, y: this.zoom.y, moved: false };
  }

  /** @param {PointerEvent} event */
  move(event) {
    const here = this.where(event);
    if (!this.grip) return this.choose(nearestTo(this.spots, here, REACH));
    const [x, y] = [here.x - this.grip.from.x, here.y - this.grip.from.y];
    this.grip.moved ||= Math.hypot(x, y) > 6;
    if (!this.grip.moved || this.zoom.scale === 1) return;
    this.zoom = { scale: this.zoom.scale, x: this.grip.x + x / this.zoom.scale, y: this.grip.y + y / this.zoom.scale };
    this.draw();
  }

  /** @param {PointerEvent} event */
  release(event) {
    const grip = this.grip;
    this.grip = null;
    if (!grip || grip.moved) return;
    const at = nearestTo(this.spots, this.where(event), REACH);
    if (at >= 0) this.load(this.points[at]);
  }
}
