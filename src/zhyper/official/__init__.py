"""Generators that the programs of Text-to-LoRA and Zhyper trained, as checkpoints of ours.

The programs are SakanaAI/text-to-lora and machinelearningnuremberg/Zhyper; docs/import.md says what is
read, how it is understood and what is refused.
"""

from zhyper.official._import import import_official as import_official
from zhyper.official._settings import PROGRAMS as PROGRAMS
from zhyper.official._settings import Choices as Choices
