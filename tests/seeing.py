"""Tiny models that see as well as read, and machines around them."""

import torch
import transformers

from conftest import GQA, byte_tokenizer, fill, tiny_machine
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter

_SIGHT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}


def _gemma3():
    text = {**GQA, "sliding_window": 16, "query_pre_attn_scalar": 4}
    return transformers.Gemma3ForConditionalGeneration(
        transformers.Gemma3Config(
            text_config=text,
            vision_config=_SIGHT,
            mm_tokens_per_image=4,
            image_token_index=5,
            boi_token_index=6,
            eoi_token_index=7,
        )
    )


def _llava():
    config = transformers.LlavaConfig(
        text_config=transformers.LlamaConfig(**GQA),
        vision_config=transformers.CLIPVisionConfig(**_SIGHT),
        image_token_index=5,
    )
    return transformers.LlavaForConditionalGeneration(config)


def _qwen2_vl():
    rope = {"rope_type": "default", "mrope_section": [1, 1, 0], "rope_theta": 10_000.0}
    text = {**GQA, "hidden_size": 24, "num_attention_heads": 6, "rope_parameters": rope}
    del text["head_dim"]
    sight = {"depth": 4, "embed_dim": 32, "hidden_size": 24, "num_heads": 2, "mlp_ratio": 2}
    return transformers.Qwen2VLForConditionalGeneration(
        transformers.Qwen2VLConfig(text_config=text, vision_config=sight, image_token_id=5, video_token_id=6)
    )


SEEING = {"gemma3": _gemma3, "llava": _llava, "qwen2-vl": _qwen2_vl}


def seeing_base(name):
    torch.manual_seed(0)
    model = SEEING[name]().eval()
    model.generation_config.pad_token_id = 0
    return model


def around(model, **settings):
    spec = GeneratorSpec(
        **{"base": "b", "adapter": "zhyper-diag", "hypernet": "mlp", "context_width": 13, **settings}
    )
    torch.manual_seed(1)
    machine = TextToAdapter(spec, model, byte_tokenizer(), tiny_machine().encoder)
    machine.base_sha256 = "tiny"
    fill(machine)
    return machine
