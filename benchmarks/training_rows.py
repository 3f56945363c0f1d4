"""Rows per second of our training against one PEFT LoRA in Transformers' own `Trainer`, on short answers.

Both train on the same rows, in one process and in turn, with the same base, type of its weights, rank,
projections, optimiser and rows of a step. Ours brings its own order (rows of similar length together), loss
and hypernetwork; the peer shuffles, pads with `DataCollatorForSeq2Seq`, and takes Transformers' own loss. The
second peer is the same one with our order of rows. Descriptions are encoded before, as training does once.
Target: at least 1.3 times the first peer's rows per second.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from _machine import in_turn, ratio, report
from accelerate import PartialState
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import DataCollatorForSeq2Seq, PrinterCallback, Trainer, TrainingArguments

from zhyper.data import IGNORED, Collator, Example, load_collection
from zhyper.spec import GeneratorSpec, TrainingSpec
from zhyper.text_to_adapter import TextToAdapter
from zhyper.train import SftModule, SftTrainer
from zhyper.train._trainer import trainer_arguments
from zhyper.train._training_rows import Plan, plan_rows, training_tasks
from zhyper.weights import load_base


class InOrder(Trainer):
    """The plain trainer over rows as they come."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return torch.utils.data.SequentialSampler(self.train_dataset)  # type: ignore[arg-type]


def planned(args: argparse.Namespace, machine: TextToAdapter) -> tuple[Plan, TrainingSpec]:
    """The rows of a run."""
    settings = TrainingSpec(
        data=tuple(args.data),
        steps=args.steps,
        batch_size=args.rows,
        evaluate_every=10**6,
        max_tokens=256,
        precision=args.precision,
    )
    tasks = training_tasks(load_collection(*settings.data), settings)
    return plan_rows(machine, tasks, [], settings, print, iter, PartialState()), settings


def ours(
    args: argparse.Namespace, machine: TextToAdapter, training_plan: Plan, settings: TrainingSpec, out: Path
) -> Callable[[], object]:
    """A run of our trainer."""
    machine.model.base.to(getattr(torch, args.precision))
    trainer = SftTrainer(
        model=SftModule(machine),
        args=trainer_arguments(settings, out, choose=False, cpu=True),
        data_collator=Collator(machine.tokenizer.pad_token_id, training_plan.embeddings),
        train_dataset=training_plan.rows,
    )
    return trainer.train


def plain(
    args: argparse.Namespace, tokenizer: Any, rows: list[Example], out: Path, trainer: type[Trainer]
) -> Callable[[], object]:
    """A run of the plain trainer."""
    base, _ = load_base("smollm2-135m", dtype=getattr(torch, args.precision))
    config = LoraConfig(
        r=args.rank, lora_alpha=2 * args.rank, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"
    )
    settings = TrainingArguments(
        output_dir=str(out),
        max_steps=args.steps,
        per_device_train_batch_size=args.rows,
        learning_rate=1e-3,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        logging_steps=10,
    )
    made = trainer(
        model=get_peft_model(base, config),
        args=settings,
        data_collator=DataCollatorForSeq2Seq(tokenizer),
        train_dataset=Dataset.from_list(
            [
                {"input_ids": row.prompt + row.answer, "labels": [IGNORED] * len(row.prompt) + row.answer}
                for row in rows
            ]
        ),
    )
    made.remove_callback(PrinterCallback)
    return made.train


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--data",
        action="append",
        required=True,
        help="FORMAT:FOLDER, such as function-vectors:FOLDER; may be repeated",
    )
    options.add_argument("--steps", type=int, default=20)
    options.add_argument("--rows", type=int, default=24)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--rank", type=int, default=8)
    options.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    args = options.parse_args()
    machine = TextToAdapter.untrained(GeneratorSpec(rank=args.rank), "cpu")
    training_plan, settings = planned(args, machine)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        runs = {
            "ours": ours(args, machine, training_plan, settings, out / "ours"),
            "plain Trainer": plain(args, machine.tokenizer, training_plan.rows, out / "plain", Trainer),
            "plain Trainer, our order": plain(
                args, machine.tokenizer, training_plan.rows, out / "order", InOrder
            ),
        }
        seconds = in_turn(runs, args.rounds)
    lengths, answers = ([e.tokens for e in training_plan.rows], [len(e.answer) for e in training_plan.rows])
    about = {
        "rows": len(training_plan.rows),
        "mean tokens": statistics.mean(lengths),
        "mean answer tokens": statistics.mean(answers),
        "longest": max(lengths),
        "contexts": len(training_plan.embeddings),
    }
    table = [("trainer", "rows/s", "ours / it")]
    for name, times in seconds.items():
        table.append(
            (
                name,
                f"{len(training_plan.rows) / statistics.median(times):.2f}",
                f"{1 / ratio(seconds, 'ours', name):.3f}",
            )
        )
    ratios = {name: 1 / ratio(seconds, "ours", name) for name in runs if name != "ours"}
    report("training_rows", table, {"speed": ratios, "data": about, "settings": vars(args)})


if __name__ == "__main__":
    main()
