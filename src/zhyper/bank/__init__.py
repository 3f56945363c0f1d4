"""A million contexts on disk, found by address or by the nearest description, and their catalogue."""

from zhyper.bank._bank import Bank as Bank
from zhyper.bank._entry import CatalogueUnavailable as CatalogueUnavailable
from zhyper.bank._entry import Entry as Entry
from zhyper.bank._entry import NameTaken as NameTaken
from zhyper.bank._store import CorruptContext as CorruptContext

try:
    from zhyper.bank._catalogue import Catalogue as Catalogue
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"a bank of contexts needs {error.name}; install it with: pip install 'zhyper[serve]'",
        name=error.name,
    ) from error
