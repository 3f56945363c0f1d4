// Questions to the columns: each is one stream, and each answer gets what is its own.

import { ApiError, compare, insist } from "./api.js";
import { byId, say, showProblem } from "./dom.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./card.js").ContextCard} ContextCard */
/** @typedef {{stopper: AbortController, started: number, cards: ContextCard[], answers: Answer[], base: boolean}} Run */

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
    /** @type {Set<Run>} */
    this.runs = new Set();
    this.asked = false;
  }

  /**
   * Ask the base and all contexts, or one context alone, where nothing else has changed.
   * @param {ContextCard} [card]
   */
  async ask(card) {
    const cards = this.cards().filter((each) => !card || each === card);
    if (card && cards.length === 0) return;
    for (const run of this.runs) if (!card || (!run.base && run.cards[0] === card)) this.abort(run);
    insist();
    showProblem(this.problem, null);
    const question = { ...this.question(), choices: cards.map((each) => each.written), base: !card };
    if (question.prompt.trim() === "") {
      showProblem(this.problem, { message: "The prompt is empty; write a word or a sentence." });
      byId("prompt").focus();
      return;
    }
    const answers = [...(card ? [] : [this.base]), ...cards.map((each) => each.answer)];
    const run = { stopper: new AbortController(), started: performance.now(), cards, answers, base: !card };
    this.begin(run);
    try {
      for await (const chunk of compare(question, run.stopper.signal)) this.take(chunk, run);
      this.end(run);
    } catch (error) {
      if (!run.stopper.signal.aborted) this.fail(/** @type {ApiError} */ (error), run, card);
    } finally {
      this.leave(run);
    }
  }

  /** Stop all answers. */
  stop() {
    if (this.runs.size === 0) return;
    for (const run of this.runs) this.abort(run);
    this.status.textContent = "Stopped.";
  }

  /** @param {Run} run */
  abort(run) {
    run.stopper.abort();
    for (const answer of own(run)) answer.settle("cancelled");
    this.leave(run);
  }

  /** @param {Run} run */
  begin(run) {
    this.asked = true;
    this.runs.add(run);
    this.status.textContent = "Asking…";
    byId("stop").disabled = false;
    document.body.classList.add("asking");
    for (const answer of run.answers) answer.begin(run);
  }

  /** @param {Run} run */
  leave(run) {
    this.runs.delete(run);
    if (this.runs.size > 0) return;
    byId("stop").disabled = true;
    document.body.classList.remove("asking");
  }

  /** @param {any} chunk @param {Run} run */
  take(chunk, run) {
    if (chunk.error) throw new ApiError(String(chunk.error.message), { param: chunk.error.param ?? null });
    const answer = run.answers[chunk.column];
    if (answer?.run !== run) return;
    if (chunk.delta?.content) answer.add(chunk.delta.content, 1);
    if (chunk.finish_reason) answer.settle(chunk.finish_reason, chunk.usage?.completion_tokens);
  }

  /** @param {Run} run */
  end(run) {
    const answers = own(run);
    for (const answer of answers) answer.settle("error");
    if (this.runs.size > 1) return;
    const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0);
    const seconds = (performance.now() - run.started) / 1000;
    const many = answers.length === 1 ? "1 answer" : `${answers.length} answers`;
    this.status.textContent = `${many} · ${tokens} tokens · ${say(tokens / seconds, 0)} tokens/s in all`;
  }

  /**
   * Say what went wrong where it belongs: in the column that the error names, else under the prompt.
   * @param {ApiError} error
   * @param {Run} run
   * @param {ContextCard} [card]
   */
  fail(error, run, card) {
    this.status.textContent = "";
    const again = error.status === 0 || error.status === 429 || error.status >= 500 ? () => this.ask(card) : undefined;
    const at = /^columns\D+(\d+)/.exec(error.param ?? "");
    const named = card ? card.answer : at ? run.cards[Number(at[1])]?.answer : undefined;
    for (const answer of own(run)) answer.settle("error");
    if (named) named.fail(error, again);
    else showProblem(this.problem, error, again);
  }
}

/**
 * The answers that no later question has taken over.
 * @param {Run} run
 */
function own(run) {
  return run.answers.filter((answer) => answer.run === run);
}
