# %% [markdown]
# # Mix and dial
#
# The update of a context can be made weaker or stronger, and contexts can be mixed. Both are exact: the
# update is linear in what the hypernetwork emits. Whether an answer changes as smoothly is another
# question, which this notebook asks.
#
# It needs `pip install zhyper` and a minute on a CPU.

# %%
import transformers

from zhyper import TextToAdapter
from zhyper.answers import answer
from zhyper.modulation import Modulation

transformers.logging.set_verbosity_error()
machine = TextToAdapter.load("default")
PROMPT = "Why do owls hoot?"


def ask(contexts: list[Modulation]) -> list[str]:
    """One answer to the prompt for each context, all from one batch."""
    rows = Modulation.stack(contexts)
    return answer(
        machine.model.base,
        machine.tokenizer,
        [PROMPT] * len(contexts),
        lambda batch: machine.model.under(rows.at(batch)),
        chat_template=machine.spec.chat_template,
        max_new_tokens=32,
        batch_size=len(contexts),
    )


# %% [markdown]
# ## Dial
#
# `strength` is a factor on the update. 0 is the bare base, to the bit. 1 is as trained. Far above 1 answers
# fall apart, as no training saw such updates. A negative one turns the update round, which is seldom the
# opposite in meaning.

# %%
strengths = [0.0, 0.5, 0.8, 1.0, 1.5, 3.0, -1.0]
pirate = machine.modulation(["Talk like a pirate."])
dialled = ask([pirate.scale(strength) for strength in strengths])
for strength, text in zip(strengths, dialled, strict=True):
    print(f"{strength:>5} {text}")
(base,) = machine.generate([PROMPT], [None], max_new_tokens=32)
print(f"strength 0 is the base: {dialled[0] == base}")

# %% [markdown]
# ## Mix
#
# Weights stand with each description, and should add up to 1. What comes out between two behaviours may be
# both at once. It may also jump from one to the other at some share, or show a third that was trained and
# lies between.

# %%
shares = [0.0, 0.25, 0.5, 0.75, 1.0]
mixtures = [
    machine.adapter({"Talk like a pirate.": 1 - share, "Give me JSON.": share}).modulation for share in shares
]
for share, text in zip(shares, ask(mixtures), strict=True):
    print(f"{share:>5.0%} JSON  {text}")

# %% [markdown]
# Without weights the parts are mixed equally.

# %%
equal = machine.adapter(["Talk like a pirate.", "Give me JSON."])
print(equal.weights)

# %% [markdown]
# A sum of several whole updates is larger than anything that was trained. The adapter says so.

# %%
total = machine.adapter({"Talk like a pirate.": 1.0, "Give me JSON.": 1.0})
print(total.note)
print(ask([total.modulation])[0])

# %% [markdown]
# ## Keep a mixture
#
# It is one LoRA of the same rank, whatever it is mixed of. On the command line:
#
# `zhyper adapt --as "Talk like a pirate." --weight 0.6 --as "Give me JSON." --weight 0.4 --out
# mixed-adapter`

# %%
mixed = machine.adapter({"Talk like a pirate.": 0.6, "Give me JSON.": 0.4})
print(mixed.save("mixed-adapter"), "of rank", mixed.rank)
