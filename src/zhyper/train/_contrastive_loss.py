"""Descriptions that mean the same should emit the same: a contrastive loss on what a hypernetwork emits.

The loss of the answers teaches slowly which descriptions mean the same, since each row shows one of them.
Here all descriptions of a task are compared at once, without the base. Two descriptions come of each of S
tasks, and each must be nearer to its twin than to those of all other tasks: InfoNCE
(https://arxiv.org/abs/1807.03748, equation 4) over both directions, as in CLIP
(https://arxiv.org/abs/2103.00020, figure 3). Directions from the mean are compared, so the size of what is
emitted stays free.

Shapes: S tasks, N numbers that a modulation of one description consists of.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from zhyper.modulation import Modulation

TEMPERATURE = 0.1


def contrastive_loss(emitted: Modulation) -> Tensor:
    """The mean loss of the modulation of 2 S descriptions, of which number i and number S + i are twins."""
    # 1. What is emitted for each description, as one vector.
    flat = [slot.flatten(1).float() for slots in emitted.values.values() for slot in slots.values()]
    numbers_2SN = torch.cat(flat, dim=1)
    # 2. The cosine of each first description's direction from the mean with each second one's.
    first_SN, second_SN = normalize(numbers_2SN - numbers_2SN.mean(0), dim=1).chunk(2)
    cosine_SS = first_SN @ second_SN.T / TEMPERATURE
    # 3. Each must find its twin, on the diagonal, among all of the others' side.
    twins_S = torch.arange(len(cosine_SS), device=cosine_SS.device)
    loss: Tensor = (cross_entropy(cosine_SS, twins_S) + cross_entropy(cosine_SS.T, twins_S)) / 2
    return loss
