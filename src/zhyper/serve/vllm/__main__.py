"""`python -m zhyper.serve.vllm` prints how vLLM is started for a checkpoint."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from zhyper.serve.vllm._settings import VllmSettings

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Those that `--max-lora-rank` takes."""
ENVIRONMENT = {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1", "VLLM_PLUGINS": "zhyper"}


def command(settings: VllmSettings) -> list[str]:
    """The command that starts vLLM for a checkpoint; makes its base a plain folder, and writes its template.

    Raises:
        ValueError: no such checkpoint, or one of a rank that vLLM does not take.
        RuntimeError: its base cannot be fetched.
    """
    from zhyper import identity, weights
    from zhyper.checkpoint import find_checkpoint, read_card
    from zhyper.files import replace_file
    from zhyper.text_to_adapter import exported_template

    settings.check()
    card = read_card(find_checkpoint(settings.checkpoint))
    spec = card["spec"]
    if (rank := next((rank for rank in RANKS if rank >= spec.rank), None)) is None:
        raise ValueError(f"the checkpoint's rank is {spec.rank}, but vLLM takes adapters up to {RANKS[-1]}")
    base = identity.place(identity.check_base(spec.base, spec.base_revision, card))
    template = settings.store_folder / f"{card['weights_sha256'][:12]}.jinja"
    template.parent.mkdir(parents=True, exist_ok=True)
    tokenizer = weights.load_tokenizer(spec.base, spec.base_revision)
    replace_file(template, exported_template(tokenizer, spec.chat_template))
    options = {
        "--served-model-name": Path(identity.public_name(spec.base)).name,
        "--chat-template": str(template.absolute()),
        "--generation-config": "vllm",
        "--max-lora-rank": str(rank),
        "--max-loras": "8",
        "--max-cpu-loras": "64",
    }
    return ["vllm", "serve", base, "--enable-lora", *(word for option in options.items() for word in option)]


def main() -> None:
    """Print the command."""
    try:
        words = command(VllmSettings.from_environment(os.environ))
    except (ValueError, RuntimeError) as error:
        sys.exit(f"error: {error}")
    sys.stdout.write(shlex.join([*("=".join(pair) for pair in ENVIRONMENT.items()), *words]) + "\n")


if __name__ == "__main__":
    main()
