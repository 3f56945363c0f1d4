"""Hypernetworks: context vectors in, every slot of every adapted layer out."""

from zhyper.hypernets._mlp import Constant as Constant
from zhyper.hypernets._mlp import Hypernet as Hypernet
from zhyper.hypernets._mlp import MlpHypernet as MlpHypernet

HYPERNETS: dict[str, type[Hypernet]] = {"mlp": MlpHypernet, "none": Constant}
"""Every hypernetwork by the name a recipe gives it."""
