// The page: what stands where, and who tells whom.

import * as api from "./api.js";
import { Answer } from "./answer.js";
import { Asker } from "./ask.js";
import { ContextCard } from "./card.js";
import { askForKey, askToDelete, askToKeep, loading, prepareDialogs, showDownload } from "./dialogs.js";
import { brief, byId, copy, debounce, make, sentence, toast } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { prepareKeys } from "./keys.js";
import { ContextList } from "./list.js";
import { ContextMap } from "./map.js";
import { COLUMNS, SAMPLING, bounded, emptyChoice, fromHash, ofEntry, toHash } from "./state.js";
import { prepareTheme } from "./theming.js";

const POINTS = 1000;

/** @type {ContextCard[]} */
const cards = [];
/** @type {ContextCard | null} the card that a context of the map or the list is loaded into */
let active = null;
let hash = "";
const prompt = byId("prompt");
const fields = { temperature: byId("temperature"), topP: byId("top-p"), maxTokens: byId("max-tokens"), seed: byId("seed") };
const asker = new Asker(new Answer(byId("base"), "the bare base"), question, () => cards.filter((card) => !card.empty));
const map = new ContextMap((point) => loadPoint(point), (tag) => list.only(tag));
const list = new ContextList((entry) => load(entry), (entry) => remove(entry));

/** @returns {api.Question} */
function question() {
  const seed = fields.seed.value.trim();
  return {
    prompt: prompt.value,
    choices: cards.map((card) => card.choice),
    temperature: bounded(fields.temperature.value, 0, 2, SAMPLING.temperature),
    topP: bounded(fields.topP.value, 0.01, 1, SAMPLING.topP),
    maxTokens: Math.round(bounded(fields.maxTokens.value, 1, 2048, SAMPLING.maxTokens)),
    seed: seed === "" ? null : Math.round(bounded(seed, 0, 2 ** 31 - 1, 0)),
  };
}

/** @param {api.Question} asked */
function set(asked) {
  prompt.value = asked.prompt;
  fields.temperature.value = String(asked.temperature);
  fields.topP.value = String(asked.topP);
  fields.maxTokens.value = String(asked.maxTokens);
  fields.seed.value = asked.seed === null ? "" : String(asked.seed);
  while (cards.length > asked.choices.length) cards.pop()?.element.remove();
  while (cards.length < asked.choices.length) append();
  cards.forEach((card, at) => (card.choice = asked.choices[at]));
  arrange();
}

function append() {
  const card = new ContextCard({
    changed: (card) => changed(card),
    removed: (gone) => drop(gone),
    kept: (kept) => keep(kept),
    downloaded: (wanted) => download(wanted),
    looked: () => mark(),
  });
  askCardSoon.set(card, debounce((each) => asker.ask(each), 250));
  card.element.addEventListener("focusin", () => (active = card));
  cards.push(card);
  card.show();
  return card;
}

/** @param {ContextCard} card */
function drop(card) {
  cards.splice(cards.indexOf(card), 1);
  card.element.remove();
  arrange();
  remember();
  byId("add").focus();
}

function arrange() {
  cards.forEach((card, at) => card.place(at + 1, cards.length === 1));
  byId("add").hidden = cards.length >= COLUMNS;
  if (active && !cards.includes(active)) active = null;
  mark();
}

const remember = debounce(() => {
  hash = toHash(question());
  history.replaceState(null, "", hash);
}, 200);
const askSoon = debounce(() => asker.ask(), 250);
/** @type {WeakMap<ContextCard, (card: ContextCard) => void>} */
const askCardSoon = new WeakMap();

/** @param {ContextCard} [card] what was changed; without it, everything */
function changed(card) {
  remember();
  if (!byId("live").checked || !asker.asked || !prompt.value.trim()) return;
  if (card) askCardSoon.get(card)?.(card);
  else askSoon();
}

/** Mark on the map what stands in the cards, or is nearest to them. */
function mark() {
  const marks = new Map();
  cards.forEach((card, at) => {
    for (const id of card.parts.flatMap((part) => part.nearest.slice(0, 1))) if (!marks.has(id)) marks.set(id, at + 1);
  });
  map.mark(marks);
}

/** @param {api.Entry} entry */
function load(entry) {
  const card = cards.find((each) => each.empty) ?? active ?? cards[0];
  card.choice = ofEntry(entry);
  card.flash();
  changed(card);
  toast(`Context ${cards.indexOf(card) + 1} is now “${brief(entry.name ?? entry.description, 60)}”.`);
}

/** @param {{id: string}} point */
async function loadPoint(point) {
  try {
    load(await api.get(point.id));
  } catch (error) {
    toast(sentence(/** @type {Error} */ (error).message));
  }
}

/** @param {api.Entry} entry */
async function remove(entry) {
  api.insist();
  if (await askToDelete(entry, () => api.remove(entry.id))) refresh();
}

/** @param {ContextCard} card */
async function keep(card) {
  api.insist();
  if (card.empty) return card.answer.fail({ message: "The description is empty; write what the context shall be, then keep it." });
  const what = card.written.parts.map((part) => `“${brief(part.text, 120)}”`).join(" and ");
  const entry = await askToKeep(what, (about) => api.keep(card.written, about));
  if (!entry) return;
  toast(`Kept as ${entry.name ? `“${entry.name}”` : brief(entry.id, 13)}.`);
  list.me = entry.owner;
  refresh();
}

/** @param {ContextCard} card */
async function download(card) {
  api.insist();
  if (card.empty) return card.answer.fail({ message: "The description is empty; write what the adapter shall do, then download it." });
  card.answer.fail(null);
  card.downloadButton.disabled = true;
  try {
    const { zip, folder } = await api.adapter(card.written);
    const link = make("a", { href: URL.createObjectURL(zip), download: `${folder}.zip` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    showDownload(`${folder}.zip`, zip.size, loading(folder));
  } catch (error) {
    card.answer.fail(/** @type {Error} */ (error), () => download(card));
  } finally {
    card.downloadButton.disabled = false;
  }
}

async function refresh() {
  byId("forget").hidden = !api.hasKey();
  try {
    await list.learn();
    map.show((await api.map(POINTS)).data);
    mark();
  } catch (error) {
    map.said.textContent = sentence(/** @type {Error} */ (error).message);
  }
  await list.read();
  byId("forget").hidden = !api.hasKey();
}

/** @param {import("./examples.js").Example} example */
function use(example) {
  set({ ...SAMPLING, prompt: example.prompt, choices: example.choices });
  remember();
  byId("live").checked = example.live ?? false;
  asker.ask();
}

function start() {
  byId("base").querySelector(".answer").prepend(byId("base-note"));
  prepareDialogs();
  prepareTheme(byId("theme"));
  api.onKeyWanted(askForKey);
  byId("examples").append(
    ...EXAMPLES.map((each) => make("li", {}, make("button", { type: "button", className: "chip", on: { click: () => use(each) } }, each.label))),
  );
  byId("ask").addEventListener("click", () => asker.ask());
  byId("stop").addEventListener("click", () => asker.stop());
  byId("add").addEventListener("click", () => {
    const card = append();
    arrange();
    remember();
    card.parts[0].area.focus();
  });
  byId("share").addEventListener("click", () => {
    history.replaceState(null, "", toHash(question()));
    copy(location.href, byId("share"));
  });
  byId("forget").addEventListener("click", () => {
    api.setKey(null);
    location.reload();
  });
  for (const field of [prompt, ...Object.values(fields)]) field.addEventListener("input", () => changed());
  window.addEventListener("hashchange", () => {
    const asked = location.hash === hash ? null : fromHash(location.hash);
    if (asked) set(asked);
  });
  prepareKeys({ ask: () => asker.ask(), stop: () => asker.stop(), description: () => (active ?? cards[0]).parts[0].area.focus() });
  set(fromHash(location.hash) ?? { ...SAMPLING, prompt: EXAMPLES[0].prompt, choices: EXAMPLES[0].choices });
  if (cards.length === 0) set({ ...question(), choices: [emptyChoice()] });
  refresh();
}

start();
