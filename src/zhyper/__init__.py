"""zhyper: a text description in, an adapter for a language model out."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["TextToAdapter"]


def __getattr__(name: str) -> Any:
    if name == "TextToAdapter":
        from zhyper.text_to_adapter import TextToAdapter

        return TextToAdapter
    raise AttributeError(f"module 'zhyper' has no attribute '{name}'")
