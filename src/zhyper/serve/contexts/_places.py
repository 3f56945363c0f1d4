"""Where contexts lie: the bank with their tensors, and the catalogue of their names and owners."""

from __future__ import annotations

import contextlib
from pathlib import Path

from platformdirs import user_data_path

from zhyper.bank import Bank, Catalogue
from zhyper.text_to_adapter import TextToAdapter

LOCAL = "local"
"""Who owns what is kept through a server without keys."""


def open_stores(
    machine: TextToAdapter, folder: str | None, database: str | None, stack: contextlib.ExitStack
) -> tuple[Path, Bank, Catalogue]:
    """The bank's folder, the bank and the catalogue, closed with the stack.

    Args:
        machine: whose contexts they are.
        folder: of the bank; None is one for each checkpoint in the user's data folder.
        database: URL of the catalogue; None is a SQLite file in that folder.
        stack: closes what is opened.
    """
    adapter = machine.adapter_weights
    own = user_data_path("zhyper") / "banks" / machine.weights_sha256[:12]
    place = Path(folder) if folder else own
    place.mkdir(parents=True, exist_ok=True)
    bank = Bank.open(
        place,
        slots=adapter.slots(),
        layers=len(adapter.sites.layers),
        width=machine.spec.context_width or machine.encoder.width,
        checkpoint=machine.weights_sha256,
    )
    stack.callback(bank.close)
    catalogue = Catalogue.open(database or f"sqlite:///{place.absolute() / 'contexts.db'}", bank)
    stack.callback(catalogue.close)
    return place, bank, catalogue
