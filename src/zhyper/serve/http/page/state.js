// What the page is set to, as a link: everything stands after the `#`, which browsers do not send to any server.

/** @typedef {import("./api.js").Question} Question */
/** @typedef {import("./api.js").Choice} Choice */

export const COLUMNS = 4;
export const PARTS = 3;
const LONGEST = 20_000;

/** @type {Omit<Question, "prompt" | "choices">} */
export const SAMPLING = { temperature: 0, topP: 1, maxTokens: 64, seed: null };

/**
 * A number within bounds, or what stands in for anything else.
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 * @param {number} otherwise
 */
export function bounded(value, least, most, otherwise) {
  const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) ? Math.min(most, Math.max(least, number)) : otherwise;
}

/**
 * The hash of a link to this question: `p` the prompt, each `c` a column as JSON `[strength, text, weight, text, weight, ...]`.
 * @param {Question} question
 */
export function toHash(question) {
  const values = new URLSearchParams({ p: question.prompt });
  for (const { parts, strength } of question.choices) {
    values.append("c", JSON.stringify([strength, ...parts.flatMap(({ text, weight }) => [text, weight])]));
  }
  if (question.temperature !== SAMPLING.temperature) values.set("t", String(question.temperature));
  if (question.topP !== SAMPLING.topP) values.set("k", String(question.topP));
  if (question.maxTokens !== SAMPLING.maxTokens) values.set("n", String(question.maxTokens));
  if (question.seed !== null) values.set("s", String(question.seed));
  return `#${values}`;
}

/**
 * The question of a link, or null where the hash holds none. Whatever stands in the hash, the question is well formed.
 * @param {string} hash
 * @returns {Question | null}
 */
export function fromHash(hash) {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const choices = values.getAll("c").map(toChoice).filter((choice) => choice !== null).slice(0, COLUMNS);
  if (!values.has("p") && choices.length === 0) return null;
  return {
    prompt: (values.get("p") ?? "").slice(0, LONGEST),
    choices: choices.length ? choices : [emptyChoice()],
    temperature: bounded(values.get("t") ?? "", 0, 2, SAMPLING.temperature),
    topP: bounded(values.get("k") ?? "", 0.01, 1, SAMPLING.topP),
    maxTokens: Math.round(bounded(values.get("n") ?? "", 1, 2048, SAMPLING.maxTokens)),
    seed: values.has("s") ? Math.round(bounded(values.get("s"), 0, 2 ** 31 - 1, 0)) : null,
  };
}

/** @returns {Choice} */
export function emptyChoice() {
  return { parts: [{ text: "", weight: 1 }], strength: 1 };
}

/**
 * @param {string} text
 * @returns {Choice | null}
 */
function toChoice(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(found) || found.length < 3) return null;
  const parts = [];
  for (let at = 1; at + 1 < found.length && parts.length < PARTS; at += 2) {
    if (typeof found[at] !== "string") return null;
    parts.push({ text: found[at].slice(0, LONGEST), weight: bounded(found[at + 1], -16, 16, 1) });
  }
  return { parts, strength: bounded(found[0], -16, 16, 1) };
}

/**
 * What a column is set to by a context that was kept.
 * @param {import("./api.js").Entry} entry
 * @returns {Choice}
 */
export function ofEntry(entry) {
  const mix = entry.mix ?? [];
  if (mix.length > PARTS) return { parts: [{ text: entry.id, weight: 1 }], strength: 1 };
  const parts = mix.map(({ text, id, weight }) => ({ text: text ?? id ?? "", weight }));
  return { parts: parts.length ? parts : [{ text: entry.description, weight: 1 }], strength: entry.strength };
}

/**
 * Weights that add up to 1 again after the one at `moved` was set; the others keep their proportions.
 * @param {number[]} weights
 * @param {number} moved
 */
export function rebalance(weights, moved) {
  const left = 1 - weights[moved];
  const others = weights.reduce((sum, weight, at) => (at === moved ? sum : sum + weight), 0);
  const share = (/** @type {number} */ weight) => (Math.abs(others) < 1e-6 ? left / (weights.length - 1) : (weight * left) / others);
  return weights.map((weight, at) => Math.round(1000 * (at === moved ? weight : share(weight))) / 1000);
}
