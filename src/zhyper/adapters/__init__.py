"""Low-rank adapters: shared weights, the slots that they expect, the delta, and its plain LoRA factors."""

from zhyper.adapters._adapter import Adapter as Adapter
from zhyper.adapters._factored import Lora as Lora
from zhyper.adapters._factored import PlainVera as PlainVera
from zhyper.adapters._factored import ZhyperDiag as ZhyperDiag
from zhyper.adapters._factored import ZhyperDiagLoraXs as ZhyperDiagLoraXs
from zhyper.adapters._factored import ZhyperDiagVera as ZhyperDiagVera
from zhyper.adapters._factored import ZhyperSquare as ZhyperSquare
from zhyper.adapters._factored import ZhyperSquareLoraXs as ZhyperSquareLoraXs
from zhyper.adapters._factored import ZhyperSquareVera as ZhyperSquareVera
from zhyper.adapters._generated import GeneratedLora as GeneratedLora
from zhyper.adapters._generated import GeneratedVera as GeneratedVera
from zhyper.adapters._generated import LightLora as LightLora

ADAPTERS: dict[str, type[Adapter]] = {
    "lora": Lora,
    "vera": PlainVera,
    "zhyper-diag": ZhyperDiag,
    "zhyper-square": ZhyperSquare,
    "zhyper-diag-vera": ZhyperDiagVera,
    "zhyper-square-vera": ZhyperSquareVera,
    "zhyper-diag-lora-xs": ZhyperDiagLoraXs,
    "zhyper-square-lora-xs": ZhyperSquareLoraXs,
    "t2l": GeneratedLora,
    "t2l-vera": GeneratedVera,
    "light": LightLora,
}
"""Every adapter by the name a recipe gives it."""
