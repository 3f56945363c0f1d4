// Prompts and descriptions that the shipped checkpoint does well.

const one = (/** @type {string} */ text) => ({ parts: [{ text, weight: 1 }], strength: 1 });

/** @typedef {{label: string, prompt: string, choices: import("./api.js").Choice[], live?: boolean}} Example */

/** @type {Example[]} */
export const EXAMPLES = [
  { label: "elephant", prompt: "elephant", choices: [one("What is the plural?"), one("Write the word's first letter as a capital letter.")] },
  {
    label: "night, in four ways",
    prompt: "night",
    choices: ["Say the opposite.", "What is the plural?", "Translate the word into German.", "Translate into French."].map(one),
  },
  { label: "France and its capital", prompt: "France", choices: [one("What is this country's capital?")] },
  {
    label: "from enemy to friends: slide the weights",
    prompt: "friend",
    choices: [{ parts: [{ text: "Say the opposite.", weight: 0.5 }, { text: "What is the plural?", weight: 0.5 }], strength: 1 }],
    live: true,
  },
  { label: "who makes the iPhone", prompt: "iPhone", choices: [one("Which company makes this product?")] },
  { label: "after Monday", prompt: "Monday", choices: [one("What comes next?")] },
  { label: "what a critic felt", prompt: "A warm, funny and moving film.", choices: [one("Is this review positive or negative?")] },
  { label: "find the fruit", prompt: "red, house, apple", choices: [one("Which one is a fruit?"), one("Which one is a colour?")] },
];

/** Descriptions to begin with, where none is written yet. */
export const DESCRIPTIONS = ["Say the opposite.", "What is the plural?", "What is this country's capital?"];
