"""One context's adapter in plain formats, each with the chat template that the checkpoint was trained with.

A PEFT LoRA folder, a whole model with the adapter merged into it, or a LoRA in GGUF for llama.cpp.
"""

from zhyper.export._base import Base as Base
from zhyper.export._base import lines_template as lines_template
from zhyper.export._base import template_of_texts as template_of_texts
from zhyper.export._card import is_export as is_export
from zhyper.export._folders import factors as factors
from zhyper.export._folders import merge_into as merge_into
from zhyper.export._folders import peft_config as peft_config
from zhyper.export._folders import save_merged as save_merged
from zhyper.export._folders import save_peft as save_peft
from zhyper.export._gguf import save_gguf as save_gguf

SAVE = {"peft": save_peft, "merged": save_merged, "gguf": save_gguf}
"""What writes each of `zhyper.spec.FORMATS`."""
