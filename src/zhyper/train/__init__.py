"""Training: supervised fine-tuning end to end through the frozen base, from a recipe to a checkpoint."""

from zhyper.train._run import train as train
from zhyper.train._sft import SftModule as SftModule
from zhyper.train._sft import SftTrainer as SftTrainer
from zhyper.train._sft import only_at as only_at
