# %% [markdown]
# # Adapt and compare
#
# Descriptions go in, adapters come out. This notebook asks the shipped checkpoint under a few descriptions,
# writes one adapter as a folder, and shows that plain PEFT gives the same answers with it.
#
# It needs `pip install zhyper` and a minute on a CPU. The first run fetches the base model (93 MB).

# %%
import torch
import transformers
from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer, GenerationConfig

from zhyper import TextToAdapter

transformers.logging.set_verbosity_error()
machine = TextToAdapter.load("default")

# %% [markdown]
# ## One batch, many contexts
#
# Every row of a batch is answered under its own description. `None` is the bare base model.

# %%
descriptions = [None, "Talk like a pirate.", "Give me JSON.", "Say no to everything."]
prompts = ["What is a good breakfast?", "Why do owls hoot?"]

for prompt in prompts:
    print(f"\n{prompt}")
    answers = machine.generate([prompt] * len(descriptions), descriptions, max_new_tokens=32)
    for description, answer in zip(descriptions, answers, strict=True):
        print(f"  {description or 'the base':<24} {answer}")

# %% [markdown]
# ## How usual is a description?
#
# The checkpoint keeps the embeddings of what it was trained on. The distance to the nearest says how
# unusual a description is. It hardly says whether the answer follows it: near ones fail nearly as
# often as far ones.

# %%
texts = ["Talk like a pirate.", "Sound like a buccaneer.", "Recite the periodic table backwards."]
for text, distance in zip(texts, machine.distances(texts), strict=True):
    far = "far" if distance > machine.training_embeddings.far else "near"
    print(f"{distance:.2f} {far:<5} {text}")

# %% [markdown]
# ## An adapter for other programs
#
# `save` writes a PEFT folder: the LoRA, the tokenizer with the right chat template, and a card.

# %%
adapter = machine.adapter("Talk like a pirate.")
folder = adapter.save("pirate-adapter")
print(sorted(path.name for path in folder.iterdir()))

# %% [markdown]
# PEFT and Transformers load it, and know nothing of zhyper.

# %%
model = AutoPeftModelForCausalLM.from_pretrained(folder)
model.generation_config = GenerationConfig.from_pretrained(folder)
tokenizer = AutoTokenizer.from_pretrained(folder)
chat = [{"role": "user", "content": prompts[1]}]
inputs = tokenizer.apply_chat_template(
    chat, add_generation_prompt=True, return_dict=True, return_tensors="pt"
)
with torch.no_grad():
    tokens = model.generate(**inputs, max_new_tokens=32)
elsewhere = tokenizer.decode(tokens[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True).strip()
(here,) = machine.generate([prompts[1]], ["Talk like a pirate."], max_new_tokens=32)
print(f"PEFT    {elsewhere}\nzhyper  {here}\nthe same: {elsewhere == here}")

# %% [markdown]
# ## How large is it?
#
# Inside, a context is a few numbers. The exported folder is a whole LoRA.

# %%
context = machine.modulation(["Talk like a pirate."])
size = (folder / "adapter_model.safetensors").stat().st_size
print(f"a context: {context.per_context:,} numbers")
print(f"its folder: a LoRA of rank {adapter.rank}, {size / 2**20:.0f} MiB")
