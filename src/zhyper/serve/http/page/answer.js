// The answer of one column: text as it streams in, how fast it came, how it ended, and what went wrong.

import { copy, make, showProblem, stamp } from "./dom.js";

/** @type {Record<string, string>} */
const ENDS = { stop: "", length: "cut at the limit", cancelled: "stopped", error: "broke off" };
const SHORT = 24;

export class Answer {
  /**
   * @param {HTMLElement} card where it stands
   * @param {string} label what a screen reader calls it
   */
  constructor(card, label) {
    const parts = stamp("answer-template");
    /** @type {any} */
    this.text = parts.querySelector(".answer-text");
    /** @type {any} */
    this.problem = parts.querySelector(".problem");
    /** @type {any} */
    this.stats = parts.querySelector(".stats");
    /** @type {any} */
    this.actions = parts.querySelector(".actions");
    /** @type {any} */
    this.copyButton = parts.querySelector("[data-do=copy]");
    this.node = document.createTextNode("");
    this.tokens = 0;
    this.started = this.first = this.last = 0;
    this.running = this.fresh = false;
    this.name(label);
    this.copyButton.addEventListener("click", () => copy(this.node.data, this.copyButton));
    card.append(parts);
  }

  /** @param {string} label */
  name(label) {
    this.text.setAttribute("aria-label", `Answer of ${label}`);
    this.copyButton.setAttribute("aria-label", `Copy the answer of ${label}`);
  }

  /** @param {string} label @param {() => void} press @returns {HTMLButtonElement} */
  action(label, press) {
    const button = make("button", { type: "button", className: "quiet", on: { click: press } }, label);
    this.actions.append(button);
    return button;
  }

  /** An answer is being waited for; what was said before stays until the first words of it come. */
  begin(/** @type {object} */ run) {
    this.run = run;
    this.fail(null);
    this.running = this.fresh = true;
    this.tokens = 0;
    this.started = performance.now();
    this.text.setAttribute("aria-busy", "true");
    this.text.classList.add("old");
    this.stats.textContent = "…";
  }

  /** @param {string} piece @param {number} count tokens in it */
  add(piece, count) {
    if (this.fresh) this.clear();
    const stuck = this.text.scrollHeight - this.text.scrollTop - this.text.clientHeight < 8;
    this.node.appendData(piece);
    this.last = performance.now();
    this.first ||= this.last;
    this.tokens += count;
    if (this.node.length > SHORT) this.text.classList.remove("short");
    if (stuck) this.text.scrollTop = this.text.scrollHeight;
    this.stats.textContent = this.speed();
  }

  clear() {
    this.fresh = false;
    this.first = 0;
    this.node.data = "";
    this.text.classList.remove("old", "short");
    this.text.replaceChildren(this.node);
  }

  /** @param {string} finish @param {number} [tokens] where the server says how many there were */
  settle(finish, tokens) {
    if (!this.running) return;
    const unheard = this.fresh && finish === "cancelled"; // what was said before stays
    if (!unheard) this.add("", 0);
    this.tokens = tokens ?? this.tokens;
    this.running = false;
    this.text.setAttribute("aria-busy", "false");
    this.text.classList.remove("old");
    this.text.classList.toggle("short", this.node.length > 0 && this.node.length <= SHORT && !this.node.data.includes("\n"));
    if (finish === "stop" && this.node.length === 0) this.text.replaceChildren(make("em", {}, "It says nothing."));
    this.copyButton.disabled = this.node.length === 0;
    this.stats.textContent = [unheard ? "" : this.speed(), ENDS[finish] ?? finish].filter(Boolean).join(" · ");
  }

  /** @param {{message: string, retryAfter?: number | null} | null} error @param {() => void} [retry] */
  fail(error, retry) {
    if (error) {
      this.settle("error");
      this.stats.textContent = "";
    }
    showProblem(this.problem, error, retry);
    if (error) this.problem.scrollIntoView({ block: "nearest" });
  }

  /** Tokens, and tokens per second from the question to the last of them. */
  speed() {
    const seconds = Math.max(this.last - this.started, 1) / 1000;
    const rate = this.tokens / seconds;
    return `${this.tokens} token${this.tokens === 1 ? "" : "s"} · ${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s`;
  }
}
