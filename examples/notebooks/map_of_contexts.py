# %% [markdown]
# # A map of contexts
#
# The encoder turns a description into a point, and the hypernetwork turns that into another: the context.
# This notebook draws both, and asks which of them keeps wordings of one behaviour together.
#
# It needs `pip install 'zhyper[evaluate]'` for matplotlib, and half a minute on a CPU.

# %%
import matplotlib.pyplot as plt
import torch
from torch import Tensor
from torch.nn.functional import normalize

from zhyper import TextToAdapter
from zhyper.modulation import Modulation

machine = TextToAdapter.load("default")

# %% [markdown]
# ## Six behaviours in six wordings each

# %%
WORDINGS = {
    "pirate": [
        "Talk like a pirate.",
        "Answer as a buccaneer.",
        "You are a pirate captain.",
        "Sound like a sea dog.",
    ]
    + ["Speak pirate.", "Arr, use pirate words."],
    "robot": ["Talk like a robot.", "You are a machine.", "Answer as an android.", "Sound mechanical."]
    + ["Be a robot.", "Speak as a computer would."],
    "JSON": ["Give me JSON.", "Reply in JSON.", "Answer as a JSON object.", "Output JSON only."]
    + ["Put the answer into JSON.", "JSON format, please."],
    "list": [
        "Use bullet points.",
        "Answer as a list.",
        "Write a bulleted list.",
        "Each point on its own line.",
    ]
    + ["Put dashes before the points.", "Reply in bullets."],
    "French": ["Speak French.", "Answer in French.", "Reply in the French language.", "En français."]
    + ["Use French words.", "Talk to me as a Parisian."],
    "plural": ["Make the noun plural.", "What is the plural?", "Give the plural form.", "Several of them."]
    + ["Turn one into many.", "The word for more than one."],
}
texts = [text for group in WORDINGS.values() for text in group]
names = [name for name, group in WORDINGS.items() for _ in group]

# %% [markdown]
# ## Before and behind the hypernetwork
#
# `embeddings` is what the encoder says, `modulation` what the hypernetwork emits: numbers for each layer
# and kind of projection. Laid out in one row, they are a point too.


# %%
def rows(context: Modulation) -> Tensor:
    """All numbers of B contexts, [B, numbers]."""
    return torch.cat(
        [value.flatten(1) for slots in context.values.values() for value in slots.values()], dim=1
    )


before = machine.embeddings(texts)
context = machine.modulation(texts)
behind = rows(context)
print(f"{before.shape[1]} numbers before, {behind.shape[1]:,} behind")


# %%
def together(points: Tensor) -> float:
    """Of how many points the nearest other one, by cosine from the mean, is of the same behaviour."""
    unit = normalize(points - points.mean(0), dim=1)
    near = unit @ unit.T
    near.fill_diagonal_(-2)
    nearest = near.argmax(1).tolist()
    return sum(names[i] == names[j] for i, j in enumerate(nearest)) / len(names)


print(f"nearest is of the same behaviour: {together(before):.0%} before, {together(behind):.0%} behind")

# %% [markdown]
# ## The map
#
# Two principal components of each. A plane shows little of so many dimensions, so points that lie together
# here may be apart, but not the other way round.


# %%
def plane(points: Tensor, of: Tensor) -> Tensor:
    """Places on the two principal components of `of`, [B, 2]."""
    _, _, axes = torch.linalg.svd(of - of.mean(0), full_matrices=False)
    return (points - of.mean(0)) @ axes[:2].T


figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5))
for axes, points, title in ((left, before, "embeddings"), (right, behind, "contexts")):
    places = plane(points, points)
    for name in WORDINGS:
        own = torch.tensor([one == name for one in names])
        axes.scatter(*places[own].T.tolist(), label=name, s=24)
    axes.set(title=title, xticks=[], yticks=[])
right.legend()

# %% [markdown]
# ## A mixture lies on the line between
#
# Contexts add up, so a mixture of two is a point of the line between them, in all dimensions and so on the
# plane.

# %%
steps = [i / 4 for i in range(5)]
path = torch.cat(
    [
        rows(machine.adapter({"Talk like a pirate.": 1 - share, "Give me JSON.": share}).modulation)
        for share in steps
    ]
)
right.plot(*plane(path, behind).T.tolist(), color="black", marker="x", linewidth=1)
figure.savefig("map.png", dpi=120)
middle = (path[0] + path[-1]) / 2
print(f"the half-way mixture is the mean of its ends: {torch.allclose(path[2], middle, atol=1e-5)}")

# %% [markdown]
# The page of `zhyper serve` draws the same map, of embeddings, for all contexts that it keeps.
