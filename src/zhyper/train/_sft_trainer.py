"""The module and the trainer of supervised fine-tuning through the frozen base.

Shapes: B rows, T tokens, N answer tokens of the whole batch, C embedding width, D distinct embeddings of the
batch.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from zhyper.data import IGNORED
from zhyper.model import TwoHalves
from zhyper.modulation import Modulation
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train._answer_loss import answer_losses
from zhyper.train._contrastive_loss import contrastive_loss
from zhyper.train._trainer import RunTrainer


class SftOutput(NamedTuple):
    """The answer tokens of a batch, one after the other."""

    losses_N: Tensor
    right_N: Tensor | None
    """Whether the target is the model's first choice; None where the losses have a gradient."""
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
        # in lists, so that they are no submodules
        self._machine, self._halves = [machine], [TwoHalves(machine.model.base)]
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
    ) -> SftOutput:
        """Losses of the answer tokens, which of them the model would choose itself, and the row of each.

        Args:
            input_ids: [B, T], padded on either side.
            attention_mask: [B, T].
            labels: [B, T], -100 outside the answer.
            embeddings: [B, C], of each row's cue.
            twins: [2 S, C], embeddings of which number i and number S + i mean the same.
        """
        machine, halves = self._machine[0], self._halves[0]
        # 1. Positions that predict an answer token, and which token that is.
        predicts_BT = nn.functional.pad(labels[:, 1:], (0, 1), value=IGNORED) != IGNORED
        targets_N = labels[:, 1:][predicts_BT[:, :-1]]
        # 2. The base's hidden states under each row's modulation, and the losses at those positions.
        positions = (attention_mask.cumsum(-1) - 1).clamp(min=0)
        smoothing = self.label_smoothing if self.training else 0.0
        with machine.model.under(self._modulation(embeddings)):
            hidden = halves.hidden(
                input_ids=input_ids, attention_mask=attention_mask, position_ids=positions, use_cache=False
            )
            losses_N, right_N = answer_losses(
                halves.logits, hidden[predicts_BT], targets_N, self.logits_at_once, smoothing
            )
        # 3. What twins emit is compared without the base.
        contrast = None
        if twins is not None and self.training:
            contrast = contrastive_loss(machine.hypernet(twins))
        return SftOutput(losses_N, right_N, predicts_BT.nonzero()[:, 0], contrast)

    def _modulation(self, embeddings_BC: Tensor) -> Modulation:
        """What each row is under; rows of one embedding share a pass of the hypernetwork, and its dropout."""
        distinct_DC, which_B = embeddings_BC.unique(dim=0, return_inverse=True)
        hypernet = self._machine[0].hypernet
        emitted: Modulation = (
            hypernet(embeddings_BC)
            if len(distinct_DC) == len(embeddings_BC)
            else hypernet(distinct_DC).at(which_B)
        )
        return emitted


class SftTrainer(RunTrainer):
    """The trainer with the losses of answer tokens.

    Args:
        *args: as of the Transformers trainer.
        swapped_dataset: the rows of `eval_dataset` in their order, each under another's cue; or none.
        hypernet_rate: factor on the learning rate of the hypernetwork's weights.
        contrast: weight of the contrastive loss.
        **kwargs: as of the Transformers trainer.
    """

    def __init__(
        self,
        *args: Any,
        swapped_dataset: Any = (),
        hypernet_rate: float = 1.0,
        contrast: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._swapped, self._hypernet_rate, self._contrast = swapped_dataset, hypernet_rate, contrast
        self._evaluated: list[
            Tensor
        ] = []  # [B, 2] of each batch: a row's loss, and whether it is answered exactly
        self._contrasts: list[Tensor] = []  # since the last log
        self.model_accepts_loss_kwargs = (
            True  # a loss is divided by the answer tokens of the whole optimiser step
        )

    def create_optimizer(self, *args: Any, **kwargs: Any) -> Any:
        """The trainer's own, in which the hypernetwork's weights have a learning rate of their own."""
        optimizer = super().create_optimizer(*args, **kwargs)
        if self._hypernet_rate != 1:
            named = self.model.named_parameters()  # type: ignore[union-attr]
            hypernet = {id(p) for name, p in named if name.startswith("hypernet.")}
            for group in list(optimizer.param_groups):
                moved = [p for p in group["params"] if id(p) in hypernet]
                group["params"] = [p for p in group["params"] if id(p) not in hypernet]
                rate = group["lr"] * self._hypernet_rate
                optimizer.add_param_group({**group, "params": moved, "lr": rate})
        return optimizer

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """The trainer's own; `loss` is that of the answers alone, beside the contrastive loss."""
        if self._contrasts and "loss" in logs:
            mean_1 = torch.stack(self._contrasts).mean()[None]
            mean = self.accelerator.gather(mean_1).mean().item()  # over all processes, as the loss is
            self._contrasts = []
            logs = {**logs, "loss": logs["loss"] - self._contrast * mean, "contrast": mean}
        super().log(logs, *args, **kwargs)

    def evaluation_loop(self, *args: Any, **kwargs: Any) -> Any:
        """The trainer's own, with means over all rows: of their losses, and of what is answered exactly.

        Then the same rows under others' cues: the two means, and `eval_gain`, the mean of how much lower a
        row's loss is under its own, with its standard error.
        """
        self._evaluated = []
        output = super().evaluation_loop(*args, **kwargs)
        own_B2 = torch.cat(self._evaluated)
        metrics = {**(output.metrics or {}), **_means("eval", own_B2)}
        if self._swapped:
            self._evaluated = []
            super().evaluation_loop(self.get_eval_dataloader(self._swapped), "swapped descriptions", True)
            other_B2 = torch.cat(self._evaluated)
            gain_B = other_B2[:, 0] - own_B2[:, 0]
            error = gain_B.std(correction=0) / len(gain_B) ** 0.5
            metrics |= _means("eval_swapped", other_B2)
            metrics |= {"eval_gain": gain_B.mean().item(), "eval_gain_error": error.item()}
        return output._replace(metrics=metrics)

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Mean loss of an answer token over the optimiser step; while evaluating, of a row.

        The tokens of a step are counted over all processes, whose gradients are then averaged: so each adds
        up its share as often as there are processes.
        """
        output = SftOutput(*model(**inputs))
        if not model.training:
            loss = self._row_losses(output, len(inputs["labels"])).mean()
        elif num_items_in_batch is None:
            loss = output.losses_N.mean()
        else:
            loss = output.losses_N.sum() / num_items_in_batch * self.accelerator.num_processes
        if output.contrast is not None:
            self._contrasts.append(output.contrast.detach())
            loss = loss + self._contrast * output.contrast / self.current_gradient_accumulation_steps
        return (loss, {"loss": loss}) if return_outputs else loss

    def _row_losses(self, output: SftOutput, rows: int) -> Tensor:
        """The mean loss [B] of each row's tokens; `evaluation_loop` gets it with whether all are right."""
        assert output.right_N is not None, "evaluated without gradients"
        tokens_B = torch.bincount(output.rows_N, minlength=rows)
        sums_B = torch.zeros_like(tokens_B, dtype=output.losses_N.dtype)
        losses_B: Tensor = sums_B.index_add(0, output.rows_N, output.losses_N) / tokens_B
        right_B = torch.bincount(output.rows_N, weights=output.right_N.float(), minlength=rows)
        both_B2 = torch.stack([losses_B, (right_B == tokens_B).to(losses_B.dtype)], dim=1)
        self._evaluated.append(self.accelerator.gather_for_metrics(both_B2))
        return losses_B


def _means(prefix: str, rows_B2: Tensor) -> dict[str, float]:
    """The means over rows of their losses, and of whether they are answered exactly."""
    loss, exact = rows_B2.mean(0).tolist()
    return {f"{prefix}_loss": loss, f"{prefix}_exact_match": exact}
