"""Descriptions that mean the same should emit the same: a contrastive loss on what a hypernetwork emits.

The loss of the answers teaches slowly which descriptions mean the same, since each row shows one of them. Here all
descriptions of a task are compared at once, without the base model: of S tasks two descriptions each come, and each must be
nearer to its twin than to those of all other tasks (InfoNCE, https://arxiv.org/abs/1807.03748, over both directions as in
CLIP, https://arxiv.org/abs/2103.00020). What is compared is the direction from the mean, so the size of what is emitted stays free.

Shapes: S tasks, N numbers that a context consists of.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from zhyper.modulation import Modulation

TEMPERATURE = 0.1


def contrast(emitted: Modulation) -> Tensor:
    """The mean loss of 2 S contexts, of which number i and number S + i belong together."""
    flat = [slot.flatten(1).float() for slots in emitted.values.values() for slot in slots.values()]
    numbers_2SN = torch.cat(flat, dim=1)
    first_SN, second_SN = normalize(numbers_2SN - numbers_2SN.mean(0), dim=1).chunk(2)
    likeness_SS = first_SN @ second_SN.T / TEMPERATURE
    twins_S = torch.arange(len(likeness_SS), device=likeness_SS.device)
    loss: Tensor = (cross_entropy(likeness_SS, twins_S) + cross_entropy(likeness_SS.T, twins_S)) / 2
    return loss
