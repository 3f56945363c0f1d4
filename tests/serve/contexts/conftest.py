"""A server's contexts, and a replica's."""

import pytest

import serving
from zhyper.bank import Catalogue
from zhyper.serve import Contexts, Policy


@pytest.fixture
def parts(tmp_path):
    with serving.server(tmp_path) as made:
        made.engine.start()
        yield made


@pytest.fixture
def replica(parts, tmp_path):
    """Contexts of another server with the same catalogue, and an empty bank of its own."""
    (tmp_path / "other").mkdir()
    empty = serving.open_bank(tmp_path / "other", parts.machine)
    catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'contexts.db'}", empty)
    yield Contexts(parts.machine, parts.engine, empty, catalogue, Policy())
    catalogue.close()
    empty.close()
