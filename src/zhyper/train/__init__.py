"""Training from a recipe to a checkpoint: fine-tuning through the frozen base, or reconstruction of LoRAs."""

from zhyper.train._cost import RATE as RATE
from zhyper.train._cost import Cost as Cost
from zhyper.train._cost import training_cost as training_cost
from zhyper.train._driver import train as train
from zhyper.train._errors import NotFinite as NotFinite
from zhyper.train._errors import Stopped as Stopped
from zhyper.train._selection_report import selection_numbers as selection_numbers
from zhyper.train._sft_trainer import SftModule as SftModule
from zhyper.train._sft_trainer import SftTrainer as SftTrainer
from zhyper.train._sweep import sweep as sweep
from zhyper.train._sweep_table import sweep_table as sweep_table
