// Prompts and descriptions that the shipped checkpoint does well.

const one = (/** @type {string} */ text) => ({ parts: [{ text, weight: 1 }], strength: 1 });

/** @typedef {{label: string, prompt: string, choices: import("./api.js").Choice[], live?: boolean}} Example */

/** @type {Example[]} */
export const EXAMPLES = [
  {
    label: "breakfast, in four voices",
    prompt: "What is a good breakfast?",
    choices: ["Talk like a pirate.", "You are a knight.", "Speak like a robot.", "Talk like a cowboy."].map(one),
  },
  {
    label: "the same answer, in three forms",
    prompt: "Why do owls hoot?",
    choices: ["Give me JSON.", "Make a numbered list.", "Answer as a Python comment."].map(one),
  },
  { label: "no, sorry", prompt: "Can you help me move the sofa?", choices: [one("Say no to everything."), one("Refuse politely.")] },
  { label: "elephant", prompt: "elephant", choices: [one("What is the plural?"), one("Write the word's first letter as a capital letter.")] },
  {
    label: "from enemy to friends: slide the weights",
    prompt: "friend",
    choices: [{ parts: [{ text: "Say the opposite.", weight: 0.5 }, { text: "What is the plural?", weight: 0.5 }], strength: 1 }],
    live: true,
  },
  { label: "what a critic felt", prompt: "A warm, funny and moving film.", choices: [one("Is this review positive or negative?")] },
  { label: "find the fruit", prompt: "red, house, apple", choices: [one("Which one is a fruit?"), one("Which one is a colour?")] },
];

/** Descriptions to begin with, where none is written yet. */
export const DESCRIPTIONS = ["Talk like a pirate.", "Give me JSON.", "What is the plural?"];
