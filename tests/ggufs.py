"""A tiny base in GGUF, as llama.cpp converts such models: what adapters in GGUF are put on in tests."""

import gguf

from zhyper.export._gguf import architecture, rotated

EXTRAS = {
    "gemma2": lambda w, c: (
        w.add_attn_logit_softcapping(c.attn_logit_softcapping),
        w.add_final_logit_softcapping(c.final_logit_softcapping),
        w.add_sliding_window(c.sliding_window),
    ),
    "cohere2": lambda w, c: (w.add_logit_scale(c.logit_scale), w.add_sliding_window(c.sliding_window)),
    "gemma3": lambda w, c: w.add_sliding_window(c.sliding_window),
    "command-r": lambda w, c: w.add_logit_scale(c.logit_scale),
    "granite": lambda w, c: (
        w.add_attention_scale(c.attention_multiplier),
        w.add_embedding_scale(c.embedding_multiplier),
        w.add_residual_scale(c.residual_multiplier),
        w.add_logit_scale(c.logits_scaling),
    ),
    "olmo2": lambda w, c: (
        (
            w.add_sliding_window(c.sliding_window),
            w.add_sliding_window_pattern([kind == "sliding_attention" for kind in c.layer_types]),
        )
        if hasattr(c, "sliding_window")
        else None
    ),
    "phi3": lambda w, c: (
        w.add_sliding_window(0),
        w.add_rope_scaling_orig_ctx_len(c.max_position_embeddings),
    ),
}
"""What the file of an architecture says besides what all say."""


def write_base(model, tokenizer, file):
    """Write a model's weights in float32, with a tokenizer that has every token of its vocabulary."""
    config, of = model.config, architecture(model.config)
    writer = gguf.GGUFWriter(file, of.name)
    _sizes(writer, config)
    EXTRAS.get(of.name, lambda w, c: None)(writer, config)
    _vocabulary(writer, tokenizer, config.vocab_size)
    number = next(n for n, name in gguf.MODEL_ARCH_NAMES.items() if name == of.name)
    names = gguf.get_tensor_name_map(number, config.num_hidden_layers)
    for path, tensor in model.state_dict().items():
        if path == "lm_head.weight" and config.tie_word_embeddings:
            continue
        name = names.get_name(path, try_suffixes=(".weight", ".bias"))
        writer.add_tensor(name, _weight(name, path, tensor, config, of).float().contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _weight(name, path, tensor, config, of):
    part = name.split(".")[-2]
    if of.rotated and part in ("attn_q", "attn_k"):
        return rotated(tensor, config.num_attention_heads if part == "attn_q" else config.num_key_value_heads)
    if of.name.startswith("gemma") and "norm" in name:
        return tensor + 1
    if of.name == "gpt2" and tensor.ndim == 2 and ".h." in path:
        return tensor.T
    return tensor


def _sizes(writer, config):
    heads = config.num_attention_heads
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(getattr(config, "intermediate_size", None) or 4 * config.hidden_size)
    writer.add_head_count(heads)
    writer.add_head_count_kv(getattr(config, "num_key_value_heads", heads))
    writer.add_layer_norm_rms_eps(getattr(config, "rms_norm_eps", 1e-5))
    writer.add_layer_norm_eps(_epsilon(config))
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    writer.add_key_length(width)
    writer.add_value_length(width)
    if rope := getattr(config, "rope_parameters", None):
        rope = rope.get("full_attention", rope)
        writer.add_rope_freq_base(rope["rope_theta"])
        writer.add_rope_dimension_count(int(width * rope.get("partial_rotary_factor", 1.0)))
    writer.add_vocab_size(config.vocab_size)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def _epsilon(config):
    for name in ("layer_norm_eps", "layer_norm_epsilon", "norm_epsilon"):
        if hasattr(config, name):
            return getattr(config, name)
    return 1e-5


def _vocabulary(writer, tokenizer, size):
    tokens = [f"[{i}]" for i in range(size)]  # as a byte alone is no text, and the server would wait for more
    special = set(tokenizer.all_special_ids)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    kinds = [gguf.TokenType.CONTROL if i in special else gguf.TokenType.NORMAL for i in range(size)]
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{tokens[10]} {tokens[11]}"])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_add_bos_token(False)
