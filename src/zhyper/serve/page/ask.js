// One question to all columns at once: the stream is read, and each answer gets what is its own.

import { ApiError, compare, insist } from "./api.js";
import { byId, say, showProblem } from "./dom.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./card.js").ContextCard} ContextCard */

export class Asker {
  /**
   * @param {Answer} base
   * @param {() => import("./api.js").Question} question what the page is set to
   * @param {() => ContextCard[]} cards those that have a description
   */
  constructor(base, question, cards) {
    this.base = base;
    this.question = question;
    this.cards = cards;
    this.status = byId("status");
    this.problem = byId("problem");
    /** @type {AbortController | null} */
    this.running = null;
    this.asked = false;
  }

  async ask() {
    this.stop();
    insist();
    showProblem(this.problem, null);
    const cards = this.cards();
    const question = { ...this.question(), choices: cards.map((card) => card.written) };
    if (question.prompt.trim() === "") {
      showProblem(this.problem, { message: "The prompt is empty; write a word or a sentence." });
      byId("prompt").focus();
      return;
    }
    const running = (this.running = new AbortController());
    const answers = [this.base, ...cards.map((card) => card.answer)];
    this.begin(answers);
    try {
      for await (const chunk of compare(question, running.signal)) this.take(chunk, answers, cards);
      this.end(answers);
    } catch (error) {
      if (running.signal.aborted) for (const answer of answers) answer.settle("cancelled");
      else this.fail(/** @type {ApiError} */ (error), answers);
    } finally {
      if (this.running === running) this.finish();
    }
  }

  stop() {
    if (!this.running) return;
    this.running.abort();
    this.status.textContent = "Stopped.";
    this.finish();
  }

  /** @param {Answer[]} answers */
  begin(answers) {
    this.asked = true;
    this.started = performance.now();
    this.status.textContent = "Asking…";
    byId("stop").disabled = false;
    document.body.classList.add("asking");
    for (const answer of answers) answer.begin();
  }

  finish() {
    this.running = null;
    byId("stop").disabled = true;
    document.body.classList.remove("asking");
  }

  /** @param {any} chunk @param {Answer[]} answers @param {ContextCard[]} cards */
  take(chunk, answers, cards) {
    if (chunk.error) throw new ApiError(String(chunk.error.message), { param: chunk.error.param ?? null });
    const answer = answers[chunk.column];
    if (!answer) return;
    const card = cards[chunk.column - 1];
    if (chunk.zhyper && card) card.id = chunk.zhyper.context;
    if (chunk.delta?.content) answer.add(chunk.delta.content, 1);
    if (chunk.finish_reason) answer.settle(chunk.finish_reason, chunk.usage?.completion_tokens);
  }

  /** @param {Answer[]} answers */
  end(answers) {
    for (const answer of answers) answer.settle("error");
    const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0);
    const seconds = (performance.now() - (this.started ?? 0)) / 1000;
    this.status.textContent = `${answers.length} answers · ${tokens} tokens · ${say(tokens / seconds, 0)} tokens/s in all`;
  }

  /**
   * Say what went wrong where it belongs: in the column that the error names, else under the prompt.
   * @param {ApiError} error
   * @param {Answer[]} answers
   */
  fail(error, answers) {
    this.status.textContent = "";
    const again = error.status === 0 || error.status === 429 || error.status >= 500 ? () => this.ask() : undefined;
    const at = /^columns\D+(\d+)/.exec(error.param ?? "");
    const named = at ? answers[Number(at[1]) + 1] : undefined;
    for (const answer of answers) answer.settle("error");
    if (named) named.fail(error, again);
    else showProblem(this.problem, error, again);
  }
}
