"""Hypernetworks: embeddings in, every slot of every adapted layer out."""

from zhyper.hypernets._direct import DirectHypernet as DirectHypernet
from zhyper.hypernets._hypernet import Constant as Constant
from zhyper.hypernets._hypernet import Hypernet as Hypernet
from zhyper.hypernets._hypernet import Lookup as Lookup
from zhyper.hypernets._mlp import IterativeHypernet as IterativeHypernet
from zhyper.hypernets._mlp import MlpHypernet as MlpHypernet
from zhyper.hypernets._mlp import RowHypernet as RowHypernet
from zhyper.hypernets._mlp import SharedHeadHypernet as SharedHeadHypernet

HYPERNETS: dict[str, type[Hypernet]] = {
    "direct": DirectHypernet,
    "mlp": MlpHypernet,
    "mlp-m": SharedHeadHypernet,
    "mlp-s": RowHypernet,
    "iterative": IterativeHypernet,
    "none": Constant,
    "lookup": Lookup,
}
"""Every hypernetwork by the name a recipe gives it."""
