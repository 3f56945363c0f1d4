"""Supervised fine-tuning of adapter and hypernetwork through the frozen base (Zhyper equation 4).

Shapes: B rows, T tokens, N answer tokens of the whole batch, C embedding width, D distinct embeddings of the batch.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from zhyper.data import IGNORED
from zhyper.model import TwoHalves
from zhyper.modulation import Modulation
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train._contrast import contrast
from zhyper.train._folder import PlannedTrainer
from zhyper.train._loss import answer_losses


class Answered(NamedTuple):
    """The answer tokens of a batch, one after the other."""

    losses_N: Tensor
    right_N: Tensor | None
    """Whether the target is the model's first choice; None where a gradient is wanted."""
    rows_N: Tensor
    """The row of the batch each token belongs to."""
    contrast: Tensor | None = None
    """The contrastive loss of the batch's twins; None where it has none, and while evaluating."""


class SftModule(nn.Module):
    """What the optimiser sees: the trained parts; the base stays outside, so it is neither trained nor saved.

    Args:
        machine: whose adapter and hypernetwork are trained.
        label_smoothing: as in `torch.nn.functional.cross_entropy`, while training only.
        logits_at_once: of how many answer tokens the logits exist at a time.
    """

    def __init__(
        self, machine: TextToAdapter, label_smoothing: float = 0.0, logits_at_once: int = 256
    ) -> None:
        super().__init__()
        for name, part in machine.parts().items():
            self.add_module(name, part)
        self._machine, self._halves = (
            [machine],
            [TwoHalves(machine.model.base)],
        )  # in lists: not registered as submodules
        self.label_smoothing, self.logits_at_once = label_smoothing, logits_at_once

    def get_input_embeddings(self) -> nn.Module:
        """The base's input embeddings, which NEFTune adds noise to."""
        embeddings: nn.Module = self._machine[0].model.base.get_input_embeddings()
        return embeddings

    def train(self, mode: bool = True) -> SftModule:
        self.get_input_embeddings().train(mode)
        return super().train(mode)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        labels: Tensor,
        embeddings: Tensor,
        twins: Tensor | None = None,
    ) -> Answered:
        """Losses of the answer tokens, which of them the model would choose itself, and the row each belongs to.

        Args:
            input_ids: [B, T], padded on either side.
            attention_mask: [B, T].
            labels: [B, T], -100 outside the answer.
            embeddings: [B, C], one for each row.
            twins: [2 S, C], embeddings of which number i and number S + i mean the same.
        """
        model, halves = self._machine[0].model, self._halves[0]
        positions = (attention_mask.cumsum(-1) - 1).clamp(min=0)
        before_BT = (
            nn.functional.pad(labels[:, 1:], (0, 1), value=IGNORED) != IGNORED
        )  # positions that predict an answer token
        targets_N = labels[:, 1:][before_BT[:, :-1]]
        smoothing = self.label_smoothing if self.training else 0.0
        with model.under(self._modulation(embeddings)):
            hidden = halves.hidden(
                input_ids=input_ids, attention_mask=attention_mask, position_ids=positions, use_cache=False
            )
            losses_N, right_N = answer_losses(
                halves.logits, hidden[before_BT], targets_N, self.logits_at_once, smoothing
            )
        apart = None if twins is None or not self.training else contrast(self._machine[0].hypernet(twins))
        return Answered(losses_N, right_N, before_BT.nonzero()[:, 0], apart)

    def _modulation(self, embeddings_BC: Tensor) -> Modulation:
        """One context for each row; rows of the same context share one pass of the hypernetwork, and its dropout."""
        distinct_DC, which_B = embeddings_BC.unique(dim=0, return_inverse=True)
        hypernet = self._machine[0].hypernet
        emitted: Modulation = (
            hypernet(embeddings_BC)
            if len(distinct_DC) == len(embeddings_BC)
            else hypernet(distinct_DC).at(which_B)
        )
        return emitted


class SftTrainer(PlannedTrainer):
    """The trainer with our loss."""

    def __init__(self, *args: Any, hypernet_rate: float = 1.0, contrast: float = 0.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rows: list[Tensor] = []
        self._hypernet_rate, self._contrast, self._contrasts = hypernet_rate, contrast, list[Tensor]()
        self.model_accepts_loss_kwargs = (
            True  # the loss is divided by the answer tokens of the whole optimiser step
        )

    def create_optimizer(self, *args: Any, **kwargs: Any) -> Any:
        """The trainer's own, in which the hypernetwork's weights have a learning rate of their own."""
        found = super().create_optimizer(*args, **kwargs)
        if self._hypernet_rate != 1:
            ours = {id(p) for name, p in self.model.named_parameters() if name.startswith("hypernet.")}  # type: ignore[union-attr]
            for group in list(found.param_groups):
                moved = [p for p in group["params"] if id(p) in ours]
                group["params"] = [p for p in group["params"] if id(p) not in ours]
                found.add_param_group({**group, "params": moved, "lr": group["lr"] * self._hypernet_rate})
        return found

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """The trainer's own, in which the loss is that of the answers and what the contrastive loss was stands beside it."""
        if self._contrasts and "loss" in logs:
            mean = (
                self.accelerator.gather(torch.stack(self._contrasts).mean()[None]).mean().item()
            )  # as the loss is
            self._contrasts = []
            logs = {**logs, "loss": logs["loss"] - self._contrast * mean, "contrast": mean}
        super().log(logs, *args, **kwargs)

    def evaluation_loop(self, *args: Any, **kwargs: Any) -> Any:
        """The trainer's own loop, with means over the rows of all processes: of their losses, and of what is answered exactly."""
        self._rows = []
        output = super().evaluation_loop(*args, **kwargs)
        loss, exact = torch.cat(self._rows).mean(0).tolist()
        return output._replace(
            metrics={**(output.metrics or {}), "eval_loss": loss, "eval_exact_match": exact}
        )

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Mean loss of an answer token over the optimiser step; while evaluating, the mean over rows of each row's mean.

        The tokens of a step are counted over all processes, whose gradients are then averaged: so each adds up its share as often.
        """
        losses_N, right_N, rows_N, contrast = model(**inputs)
        if not model.training:
            tokens_B = torch.bincount(rows_N, minlength=len(inputs["labels"]))
            losses_B = (
                torch.zeros_like(tokens_B, dtype=losses_N.dtype).index_add(0, rows_N, losses_N) / tokens_B
            )
            exact_B = torch.bincount(rows_N, weights=right_N.float(), minlength=len(tokens_B)) == tokens_B
            self._rows.append(
                self.accelerator.gather_for_metrics(
                    torch.stack([losses_B, exact_B.to(losses_B.dtype)], dim=1)
                )
            )
            loss = losses_B.mean()
        elif num_items_in_batch is None:
            loss = losses_N.mean()
        else:
            loss = losses_N.sum() / num_items_in_batch * self.accelerator.num_processes
        if contrast is not None:
            self._contrasts.append(contrast.detach())
            loss = loss + self._contrast * contrast / self.current_gradient_accumulation_steps
        return (loss, {"loss": loss}) if return_outputs else loss
