"""Low-rank adapters: the weights shared by all contexts, the slots wanted per context, the delta, and its plain LoRA factors."""

from zhyper.adapters._adapter import Adapter as Adapter
from zhyper.adapters._lora import DiagonalLora as DiagonalLora
from zhyper.adapters._lora import GeneratedLora as GeneratedLora
from zhyper.adapters._lora import Lora as Lora
from zhyper.adapters._lora import SquareLora as SquareLora

ADAPTERS: dict[str, type[Adapter]] = {
    "lora": Lora,
    "zhyper-diag": DiagonalLora,
    "zhyper-square": SquareLora,
    "t2l": GeneratedLora,
}
"""Every adapter by the name a recipe gives it."""
