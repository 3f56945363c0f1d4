// The known contexts as a list: for screen readers, for phones, and to search in.

import { list } from "./api.js";
import { brief, byId, debounce, make, say, showProblem } from "./dom.js";

const PAGE = 12;

/** @typedef {import("./api.js").Entry} Entry */

export class ContextList {
  /** @param {(entry: Entry) => void} load @param {(entry: Entry) => void} remove */
  constructor(load, remove) {
    this.load = load;
    this.remove = remove;
    this.box = byId("entries");
    this.problem = byId("list-problem");
    this.contains = byId("contains");
    this.mine = byId("mine");
    this.filter = byId("list-filter");
    this.newer = byId("newer");
    this.older = byId("older");
    /** @type {string | null} */
    this.tag = null;
    /** @type {string | null} who the user is, as far as it is known */
    this.me = null;
    /** @type {(string | null)[]} where the pages up to this one begin */
    this.starts = [null];
    /** @type {string | null} */
    this.next = null;
    /** @type {AbortController | null} */
    this.reading = null;
    const again = debounce(() => this.restart(), 250);
    this.contains.addEventListener("input", again);
    this.mine.addEventListener("change", () => this.restart());
    this.older.addEventListener("click", () => this.turn(1));
    this.newer.addEventListener("click", () => this.turn(-1));
  }

  /** Learn who the user is, from a context of their own; nobody else's can be deleted. */
  async learn() {
    const own = await list({ limit: 1, mine: true });
    if (own.data.length) this.me = own.data[0].owner;
  }

  /** @param {string | null} tag */
  only(tag) {
    this.tag = tag;
    this.filter.hidden = tag === null;
    const all = make("button", { type: "button", className: "quiet", on: { click: () => this.only(null) } }, "Show all");
    this.filter.replaceChildren(...(tag === null ? [] : [`With the tag “${brief(tag, 32)}” `, all]));
    this.restart();
  }

  restart() {
    this.starts = [null];
    return this.read();
  }

  /** @param {number} step */
  turn(step) {
    if (step > 0) this.starts.push(this.next);
    else this.starts.pop();
    return this.read();
  }

  async read() {
    this.reading?.abort();
    const reading = (this.reading = new AbortController());
    try {
      const wanted = { limit: PAGE, after: this.starts.at(-1), tag: this.tag, contains: this.contains.value.trim(), mine: this.mine.checked };
      const found = await list(wanted, reading.signal);
      if (reading.signal.aborted) return;
      showProblem(this.problem, null);
      this.next = found.next;
      this.show(found.data, found.has_more);
    } catch (error) {
      if (!reading.signal.aborted) showProblem(this.problem, /** @type {Error} */ (error), () => this.read());
    }
  }

  /** @param {Entry[]} entries @param {boolean} more */
  show(entries, more) {
    const nothing = this.contains.value || this.tag || this.mine.checked ? "No context is like that." : "No context is kept yet.";
    this.box.replaceChildren(...(entries.length ? entries.map((entry) => this.item(entry)) : [make("li", { className: "hint" }, nothing)]));
    this.newer.disabled = this.starts.length === 1;
    this.older.disabled = !more;
    byId("page-said").textContent = more || this.starts.length > 1 ? `Page ${this.starts.length}` : "";
  }

  /** @param {Entry} entry */
  item(entry) {
    const title = make("button", { type: "button", className: "entry-load", on: { click: () => this.load(entry) } });
    if (entry.name) title.append(make("strong", {}, brief(entry.name, 64)));
    title.append(make("span", {}, brief(entry.description, 140)));
    const facts = [
      entry.strength === 1 ? "" : `strength ${say(entry.strength)}`,
      entry.public ? "public" : "",
      entry.owner === this.me ? "" : `by ${brief(entry.owner, 32)}`,
      ...entry.tags.map((tag) => `#${brief(tag, 32)}`),
    ];
    const about = make("span", { className: "entry-about" }, facts.filter(Boolean).join(" · "));
    const row = make("li", { data: { id: entry.id } }, make("div", { className: "entry-main" }, title, about));
    if (entry.owner === this.me) {
      const label = `Delete ${entry.name ?? brief(entry.description, 60)}`;
      row.append(make("button", { type: "button", className: "quiet icon", aria: { label }, on: { click: () => this.remove(entry) } }, "✕"));
    }
    return row;
  }
}
