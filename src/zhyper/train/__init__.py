"""Training from a recipe to a checkpoint: supervised fine-tuning through the frozen base, or reconstruction of a library of LoRAs."""

from zhyper.train._run import train as train
from zhyper.train._sft import SftModule as SftModule
from zhyper.train._sft import SftTrainer as SftTrainer
from zhyper.train._survival import Stopped as Stopped
from zhyper.train._sweep import sweep as sweep
from zhyper.train._sweep_table import sweep_table as sweep_table
