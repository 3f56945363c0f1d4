"""A million contexts, packed on disk, found by address or by the nearest description; and a catalogue of whose they are."""

from zhyper.bank._bank import Bank as Bank
from zhyper.bank._entry import CatalogueUnavailable as CatalogueUnavailable
from zhyper.bank._entry import Entry as Entry
from zhyper.bank._entry import NameTaken as NameTaken
from zhyper.bank._format import CorruptContext as CorruptContext

try:
    from zhyper.bank._catalogue import Catalogue as Catalogue
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"a bank of contexts needs {error.name}; install it with: pip install 'zhyper[serve]'",
        name=error.name,
    ) from error
