"""Training from a recipe to a checkpoint: supervised fine-tuning through the frozen base, or reconstruction of a library of LoRAs."""

from zhyper.train._run import train as train
from zhyper.train._sft import SftModule as SftModule
from zhyper.train._sft import SftTrainer as SftTrainer
