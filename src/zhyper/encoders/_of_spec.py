"""The encoder that a generator's settings name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhyper.encoders._encoder import Encoder
from zhyper.encoders._last_token import LAST_TOKEN, LastTokenEncoder
from zhyper.encoders._one_hot import ONE_HOT, OneHotEncoder
from zhyper.encoders._sentence import SentenceEncoder
from zhyper.identity import base_hash
from zhyper.spec import GeneratorSpec
from zhyper.weights import cache_folder


def make_encoder(
    spec: GeneratorSpec,
    base: Any = None,
    tokenizer: Any = None,
    base_sha256: str | None = None,
    elsewhere: str | None = None,
) -> Encoder:
    """The encoder a spec names, or that of a place where it lies now.

    `last-token` needs base, tokenizer and what identifies the base; `one-hot` the names of known tasks.
    """
    if elsewhere is not None and spec.encoder in (ONE_HOT, LAST_TOKEN):
        raise ValueError(
            f"encoder '{spec.encoder}' has no files, so it lies nowhere else than here; leave --encoder out"
        )
    if spec.encoder == ONE_HOT:
        if not spec.known_tasks:
            raise ValueError(
                "encoder 'one-hot' needs the names of the tasks: they come with the training data, or set "
                "known_tasks=A,B"
            )
        return OneHotEncoder(spec.known_tasks)
    cache = cache_folder() / "embeddings"
    if spec.encoder == LAST_TOKEN:
        identifier = base_sha256 or base_hash(spec.base, spec.base_revision)
        return LastTokenEncoder(base, tokenizer, identifier, cache, spec.full_stop)
    return SentenceEncoder(
        elsewhere or spec.encoder,
        spec.encoder_revision,
        spec.encoder_code_revision,
        cache,
        spec.encoder_pooling,
        spec.full_stop,
    )


def encoder_facts(spec: GeneratorSpec, encoder: Encoder) -> dict[str, str]:
    """What a checkpoint's card says of its encoder's weights; those of others are the base's, or none."""
    return {} if spec.encoder in (LAST_TOKEN, ONE_HOT) else {"encoder_identity": encoder.identity}


def check_encoder(spec: GeneratorSpec, encoder: Encoder, card: Mapping[str, Any]) -> None:
    """Raise ValueError unless the encoder is the one that a checkpoint's card names."""
    expected, here = card.get("encoder_identity"), encoder_facts(spec, encoder).get("encoder_identity")
    if expected is not None and here != expected:
        raise ValueError(
            f"the checkpoint was trained with encoder '{spec.encoder}' ({expected}), but here it is {here}; "
            "say where the one it was trained with lies by --encoder FOLDER (in Python load(…, "
            "encoder=FOLDER)); its files are checked by their hash"
        )
