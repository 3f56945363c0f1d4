// The public HTTP API, as the page uses it. Every failure is an `ApiError` whose message is a sentence for people.

/** @typedef {{text: string, weight: number}} Part A description (or the id of a context) and its weight. */
/** @typedef {{parts: Part[], strength: number}} Choice What one column is asked under. */
/** @typedef {{prompt: string, choices: Choice[], temperature: number, topP: number, maxTokens: number, seed: number | null, base?: boolean}} Question */
/**
 * @typedef {object} Entry A context that was kept.
 * @property {string} id
 * @property {string} description
 * @property {{text?: string, id?: string, weight: number}[] | null} mix
 * @property {number} strength
 * @property {string | null} name
 * @property {boolean} public
 * @property {string[]} tags
 * @property {string} owner
 * @property {string} created
 * @property {Record<string, string>} provenance
 * @property {number} [similarity]
 */

const KEY = "zhyper-key";
const ID = /^[0-9a-f]{64}$/;

/** What the API, or the way to it, says went wrong. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {{status?: number, param?: string | null, retryAfter?: number | null}} [facts]
   */
  constructor(message, { status = 0, param = null, retryAfter = null } = {}) {
    super(message);
    this.status = status;
    this.param = param;
    this.retryAfter = retryAfter;
  }
}

let key = read();
/** @type {(said: string) => Promise<string | null>} */
let asker = async () => null;
/** @type {Promise<string | null> | null} */
let asking = null;
let declined = false;

function read() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Whether a key is in use. */
export function hasKey() {
  return key !== null;
}

/**
 * Use this key from now on, in this tab only; null forgets it.
 * @param {string | null} value
 */
export function setKey(value) {
  key = value;
  try {
    if (value === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, value);
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
}

/**
 * Who is asked for a key when the API wants one; null says that none is given.
 * @param {(said: string) => Promise<string | null>} ask
 */
export function onKeyWanted(ask) {
  asker = ask;
}

/**
 * Ask for a key: once for several requests at the same time, and not again after a no until the user does something.
 * @param {string} said
 */
async function wantKey(said) {
  if (declined) return false;
  asking ??= asker(said).finally(() => (asking = null));
  const given = await asking;
  if (given) setKey(given);
  declined = !given;
  return !declined;
}

/** The user does something: ask for a key again, if one is wanted. */
export function insist() {
  declined = false;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
async function request(method, path, body, signal) {
  /** @type {Record<string, string>} */
  const headers = {};
  const used = key;
  if (used) headers.Authorization = `Bearer ${used}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    response = await fetch(path, { method, headers, body: sent, signal, credentials: "omit", cache: "no-store" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The server does not answer; see whether it runs, then try again.");
  }
  if (response.ok) return response;
  const failure = await toError(response);
  if (response.status === 401 && (used !== key || (await wantKey(used ? failure.message : "")))) return request(method, path, body, signal);
  throw failure;
}

/** @param {Response} response */
async function toError(response) {
  const wait = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const facts = { status: response.status, retryAfter: Number.isFinite(wait) ? wait : null };
  try {
    const { error } = await response.json();
    return new ApiError(String(error.message), { ...facts, param: error.param ?? null });
  } catch {
    return new ApiError(`The server answered with the status ${response.status}; try again.`, facts);
  }
}

/** @param {AbortSignal} [signal] */
async function json(/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body, signal) {
  return (await request(method, path, body, signal)).json();
}

/** @param {Record<string, any>} values those that are undefined, null or false are left out */
function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== false && value !== "");
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

/** @param {Part} part */
function named(part) {
  const text = part.text.trim();
  return ID.test(text) ? { id: text, weight: part.weight } : { text, weight: part.weight };
}

/** @param {Part[]} parts */
function described(parts) {
  return parts.length === 1 ? { description: parts[0].text.trim() } : { mix: parts.map(named) };
}

/**
 * Whether this text is the id of a context.
 * @param {string} text
 */
export function isId(text) {
  return ID.test(text.trim());
}

/**
 * What `/v1/compare` is asked.
 * @param {Question} question
 */
export function comparison({ prompt, choices, temperature, topP, maxTokens, seed, base = true }) {
  const columns = choices.map(({ parts, strength }) =>
    parts.length === 1
      ? { context: parts[0].text.trim(), context_strength: strength }
      : { context_mix: parts.map(named), context_strength: strength },
  );
  const sampling = { max_tokens: maxTokens, temperature, top_p: topP, ...(seed === null ? {} : { seed }) };
  return { messages: [{ role: "user", content: prompt }], columns, base, stream: true, ...sampling };
}

/**
 * The events of a stream, parsed; it ends with `[DONE]` and throws where it breaks off before.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<any>}
 */
export async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      const lines = rest.split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (!line.startsWith("data:")) continue;
        const data = line.slice(5).trim();
        if (data === "[DONE]") ended = true;
        else yield JSON.parse(data);
      }
      if (ended && done) return;
      if (done) throw new ApiError("The answer broke off; try again.");
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Ask all columns at once, the base first where it is asked too; the events of the stream.
 * @param {Question} question
 * @param {AbortSignal} signal
 */
export async function* compare(question, signal) {
  const response = await request("POST", "v1/compare", comparison(question), signal);
  if (response.body) yield* events(response.body);
}

/**
 * How far a description is from the training, and the known contexts nearest to it.
 * @param {string} description
 * @param {number} limit
 * @param {AbortSignal} [signal]
 */
export function search(description, limit, signal) {
  return json("POST", "v1/contexts/search", { description, limit }, signal);
}

/**
 * Keep a context; the same again gives the one that is kept.
 * @param {Choice} choice
 * @param {{name?: string, tags?: string[], public?: boolean}} [about]
 * @returns {Promise<Entry>}
 */
export function create({ parts, strength }, about = {}) {
  return json("POST", "v1/contexts", { ...described(parts), strength, ...about }, undefined);
}

/**
 * Keep a context under a name and tags, also where it was kept under others, or none: then those are replaced.
 * @param {Choice} choice
 * @param {{name?: string, tags: string[], public: boolean}} about
 */
export async function keep(choice, about) {
  const entry = await create(choice, about);
  const nothing = about.name === undefined && about.tags.length === 0 && !about.public;
  const same = entry.name === (about.name ?? null) && entry.public === about.public && String([...entry.tags].sort()) === String([...about.tags].sort());
  if (nothing || same) return entry;
  await remove(entry.id);
  try {
    return await create(choice, about);
  } catch (error) {
    await create(choice, { name: entry.name ?? undefined, tags: entry.tags, public: entry.public });
    throw error;
  }
}

/** @param {string} id @returns {Promise<Entry>} */
export function get(id) {
  return json("GET", `v1/contexts/${encodeURIComponent(id)}`, undefined, undefined);
}

/**
 * @param {{limit: number, after?: string | null, tag?: string | null, contains?: string, mine?: boolean}} wanted
 * @param {AbortSignal} [signal]
 * @returns {Promise<{data: Entry[], has_more: boolean, next: string | null}>}
 */
export function list(wanted, signal) {
  return json("GET", `v1/contexts${query(wanted)}`, undefined, signal);
}

/** @param {number} limit @returns {Promise<{data: {id: string, name: string | null, description: string, x: number, y: number, tags?: string[]}[]}>} */
export function map(limit) {
  return json("GET", `v1/contexts/map${query({ limit })}`, undefined, undefined);
}

/** @param {string} id */
export async function remove(id) {
  await request("DELETE", `v1/contexts/${encodeURIComponent(id)}`);
}

/**
 * A zip with the PEFT folder of a context, and the name of the folder; nothing is kept.
 * @param {Choice} choice
 */
export async function adapter({ parts, strength }) {
  const id = parts.length === 1 && isId(parts[0].text) ? parts[0].text.trim() : null;
  const response = id
    ? await request("GET", `v1/contexts/${id}/adapter${query({ strength })}`)
    : await request("POST", "v1/contexts/adapter", { ...described(parts), strength });
  const name = /filename="(zhyper-[0-9a-f]{12})/.exec(response.headers.get("Content-Disposition") ?? "");
  return { zip: await response.blob(), folder: name?.[1] ?? "zhyper-adapter" };
}
