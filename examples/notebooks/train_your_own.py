# %% [markdown]
# # Train on your own tasks
#
# This notebook writes a data folder, trains a small generator on it, and asks the result. On a CPU it takes
# about three minutes with the steps below; ten minutes of steps give a better one. `ZHYPER_STEPS` changes
# their number.
#
# So few steps on three tasks show how it is done, not what the method can do. A real run has dozens of
# tasks, thousands of pairs, and hours.

# %%
import json
import os
from pathlib import Path

import transformers

from zhyper import TextToAdapter
from zhyper.spec import load_recipe
from zhyper.train import train

transformers.logging.set_verbosity_error()
STEPS = int(os.environ.get("ZHYPER_STEPS", "60"))

# %% [markdown]
# ## The data
#
# A folder with one JSON file for each task: pairs, and descriptions that say what to do. The three tasks
# share their inputs, so only a description can tell them apart. The more ways of saying it, the better new
# ones are read: ten are a start.

# %%
NOUNS = (
    "apple bag ball bed bell bird boat book box bridge brush bus cake car cat chair church city cloud "
    "coat cup dish dog door dress egg fox garden glass glove hat horse house island lady lamp leaf letter "
    "map match mouse nest party pen plate river road room school ship shoe song stone story table tree "
    "watch window wish wolf"
).split()
IRREGULAR = {"leaf": "leaves", "wolf": "wolves", "mouse": "mice"}


def plural(noun: str) -> str:
    """The plural of one of the nouns."""
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") else noun + "s"


TASKS = {
    "plural": (
        plural,
        [
            "Make the noun plural.",
            "What is the plural?",
            "Write the plural form.",
            "Say it for several of them.",
        ]
        + [
            "More than one of these.",
            "Give the plural of the word.",
            "Turn one into many.",
            "Plural, please.",
        ]
        + ["How do you call two of them?", "The word for many.", "Form the plural.", "Not one but several."],
    ),
    "capitals": (
        str.upper,
        [
            "Write it in capitals.",
            "ALL CAPS.",
            "Use upper-case letters.",
            "Shout the word.",
            "Big letters only.",
        ]
        + ["Capitalise every letter.", "Upper case, please.", "Spell it in capital letters.", "Make it loud."]
        + ["Turn every letter into a capital.", "No small letters.", "Write the word in upper case."],
    ),
    "first letter": (
        lambda noun: noun[0],
        [
            "What is the first letter?",
            "Only the initial.",
            "Give its first letter.",
            "Which letter comes first?",
        ]
        + [
            "The letter it starts with.",
            "Name the initial letter.",
            "First letter, please.",
            "Just the initial.",
        ]
        + [
            "With which letter does it begin?",
            "Return the first character.",
            "Cut it down to its first letter.",
        ]
        + ["Answer with the beginning letter."],
    ),
}
data = Path("my-tasks")
data.mkdir(exist_ok=True)
for name, (rule, descriptions) in TASKS.items():
    pairs = [{"input": noun, "output": rule(noun)} for noun in NOUNS]
    task = {"name": name, "pairs": pairs, "descriptions": descriptions, "licence": "CC0-1.0"}
    (data / f"{name.replace(' ', '-')}.json").write_text(json.dumps(task), encoding="utf-8")

# %% [markdown]
# Of every task a part of the inputs and descriptions is kept apart, to judge the run on what it never read.
# `zhyper data check collection:my-tasks` shows what is where.
#
# ## The run
#
# A recipe is a set of settings. `zhyper train zhyper-direct --out run --set data=collection:my-tasks …` is
# the same on the command line.

# %%
recipe = load_recipe("zhyper-direct").with_changes(
    {
        "data": ("collection:my-tasks",),
        "steps": STEPS,
        "batch_size": 8,
        "learning_rate": 3e-3,
        "evaluate_every": max(1, STEPS // 2),
        "selection_rows": 24,
        "report_to": (),
        "samples": 2,
    }
)
card = train(recipe, "run", say=print)

# %% [markdown]
# ## Ask it
#
# In words that no training saw, of words that no training saw.

# %%
machine = TextToAdapter.load("run/checkpoint")
new_words = ["rabbit", "pencil", "spoon"]
new_texts = ["What do you call several of them?", "Capital letters!", "Tell me the letter at the start."]
right = 0
for text, (rule, _) in zip(new_texts, TASKS.values(), strict=True):
    answers = machine.generate(new_words, [text] * len(new_words), max_new_tokens=8)
    right += sum(one == rule(word) for one, word in zip(answers, new_words, strict=True))
    print(f"{text:<36} {', '.join(f'{word} → {one}' for word, one in zip(new_words, answers, strict=True))}")
print(f"{right} of 9 are right after {STEPS} steps")

# %% [markdown]
# ## Does it read its description?
#
# A generator may learn its tasks from their inputs and ignore what it is told. So the run measured the same
# rows a second time, each under another task's description: `gain` is how much lower the loss is under the
# right one.

# %%
print({name: card["chosen"][name] for name in ("step", "loss", "swapped_loss", "gain", "gain_error")})

# %% [markdown]
# What this does *not* show: a fourth task. A new description is placed among the three that were trained,
# so "Translate it into French." gives one of them, or a mixture. More tasks are what changes that.

# %%
print(machine.generate(["rabbit"], ["Translate it into French."], max_new_tokens=8))
