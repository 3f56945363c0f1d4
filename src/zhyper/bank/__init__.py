"""A million contexts, packed and memory-mapped, found by their address or by the nearest description."""

from zhyper.bank._bank import Bank as Bank
from zhyper.bank._format import CorruptContext as CorruptContext
