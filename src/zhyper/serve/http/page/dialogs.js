// The dialogs: a key, keeping a context, the lines that load an adapter, deleting, and the shortcuts.

import { brief, byId, copy, showProblem } from "./dom.js";

/** @typedef {import("./api.js").Entry} Entry */

/**
 * Open a dialog; the promise ends with what its form said, or with null where it was left.
 * @param {string} id
 * @param {string} said
 * @param {(form: FormData) => Promise<any>} [work] what the form starts; where that fails, the dialog stays and says why
 * @returns {Promise<any>}
 */
function open(id, said, work = async () => true) {
  const dialog = byId(id);
  const form = dialog.querySelector("form");
  const problem = dialog.querySelector(".problem");
  dialog.querySelector(".dialog-said").textContent = said;
  form.reset();
  if (problem) showProblem(problem, null);
  return new Promise((resolve) => {
    let result = /** @type {any} */ (null);
    const submit = async (/** @type {Event | null} */ event) => {
      event?.preventDefault();
      const button = form.querySelector("[type=submit]");
      button.disabled = true;
      try {
        result = await work(new FormData(form));
        dialog.close();
      } catch (error) {
        const wait = /** @type {any} */ (error).retryAfter;
        if (problem) showProblem(problem, /** @type {any} */ (error), wait ? () => submit(null) : undefined);
      } finally {
        button.disabled = false;
      }
    };
    const closed = () => {
      if (problem) showProblem(problem, null);
      form.reset(); // a key does not stay in the document
      form.removeEventListener("submit", submit);
      resolve(result);
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener("close", closed, { once: true });
    dialog.showModal();
  });
}

/** Let the buttons that leave a dialog leave it, and a click beside it too. */
export function prepareDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    for (const button of dialog.querySelectorAll("[data-do=cancel]")) button.addEventListener("click", () => dialog.close());
    dialog.addEventListener("pointerdown", (event) => {
      const { left, right, top, bottom } = dialog.getBoundingClientRect();
      const inside = left <= event.clientX && event.clientX <= right && top <= event.clientY && event.clientY <= bottom;
      if (event.target === dialog && !inside) dialog.close();
    });
  }
  const dialog = byId("download-dialog");
  const button = dialog.querySelector("[data-do=copy]");
  button.addEventListener("click", () => copy(dialog.querySelector("code").textContent, button));
}

/** @param {string} said what was wrong with the key before; empty without one */
export function askForKey(said) {
  return open("key-dialog", said || "This server wants a key.", async (form) => String(form.get("key")).trim() || null);
}

/**
 * @param {string} said what is kept
 * @param {(about: {name?: string, tags: string[], public: boolean}) => Promise<Entry>} keep
 * @returns {Promise<Entry | null>}
 */
export function askToKeep(said, keep) {
  return open("keep-dialog", said, (form) => {
    const name = String(form.get("name")).trim();
    const tags = String(form.get("tags")).split(",").map((tag) => tag.trim());
    return keep({ ...(name ? { name } : {}), tags: [...new Set(tags.filter(Boolean))], public: form.has("public") });
  });
}

/** @param {Entry} entry @param {() => Promise<void>} remove */
export function askToDelete(entry, remove) {
  const what = brief(entry.name ?? entry.description, 160);
  return open("delete-dialog", `“${what}” is then gone from the list and the map. Adapters that were downloaded stay as they are.`, async () => {
    await remove();
    return true;
  });
}

/**
 * The lines of Python that load an adapter.
 * @param {string} folder
 */
export function loading(folder) {
  const name = JSON.stringify(folder);
  return [
    "from peft import PeftConfig, PeftModel",
    "from transformers import AutoTokenizer",
    "from zhyper.weights import load_base",
    `base = PeftConfig.from_pretrained(${name}).base_model_name_or_path`,
    `model = PeftModel.from_pretrained(load_base(base)[0], ${name})`,
    `tokenizer = AutoTokenizer.from_pretrained(${name})  # with the chat template of the training`,
  ].join("\n");
}

/** @param {string} file @param {number} bytes @param {string} lines */
export function showDownload(file, bytes, lines) {
  const dialog = byId("download-dialog");
  dialog.querySelector(".dialog-said").textContent = `${file}, ${(bytes / 1e6).toFixed(1)} MB: a plain PEFT folder with its tokenizer and a card of where it comes from.`;
  dialog.querySelector("code").textContent = lines;
  dialog.showModal();
}
