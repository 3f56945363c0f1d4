"""Adapters on disk under the ids of their contexts, at most so many; those used last stay.

A server has a part of the store for itself, so that no other one takes its adapters away; the next server
takes over the part of one that has ended, with what lies in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import uuid
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from zhyper.serve.contexts import is_address

WEIGHTS = "adapter_model.safetensors"
LEFT = ".going-"
"""How the name of a folder begins that is being removed."""
ROOM_SECONDS, LOOK_SECONDS = 30.0, 0.1
"""How long a new adapter waits until another can go, and between two looks."""


class StoreFull(RuntimeError):
    """All adapters of the store are in use."""


class Reader(Protocol):
    """Who reads the adapters."""

    def forget(self, id: str) -> Coroutine[None, None, None] | None:
        """Have an adapter forgotten, whose reader asks the store again before it reads it; None while in use.

        Nobody can begin to use it once this returns, and nobody reads it once what it returns is awaited.
        """
        ...


class AdapterStore:
    """Adapters of one server, in a folder that is its own until it ends. For one event loop.

    Args:
        folder: of the adapters of all servers; nothing outside it is touched.
        most: adapters at a time.
        reader: who reads them.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path, most: int, reader: Reader) -> None:
        self._most, self._reader = most, reader
        self._lock, self.folder = _take_part(folder)
        for left in self.folder.glob(".*"):  # of a server that was killed
            shutil.rmtree(left, ignore_errors=True)
        whole = [
            path for path in self.folder.iterdir() if is_address(path.name) and (path / WEIGHTS).is_file()
        ]
        oldest_first = sorted(whole, key=lambda path: path.stat().st_mtime)
        self._ids = OrderedDict.fromkeys(path.name for path in oldest_first)
        """Of the adapters on disk, the one that was asked for last at the end."""
        self._busy = dict[str, asyncio.Task[None]]()
        """Adapters that are being made or removed."""
        self._room = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._ids)

    def touch(self, id: str) -> None:
        """Count an adapter as used now."""
        if id in self._ids:
            self._ids.move_to_end(id)

    def close(self) -> None:
        """Leave the part to another server."""
        self._lock.release()

    async def get(self, id: str, make: Callable[[Path], None]) -> Path:
        """The folder of an adapter, made (in a thread) where it is not on disk; once for all who ask.

        Raises:
            StoreFull: it is not on disk, and nothing on disk can go.
            OSError: it cannot be written.
        """
        place = self.folder / id
        while id not in self._ids:
            task = self._busy.get(id) or self._start(id, self._make(id, place, make))
            await asyncio.shield(task)  # others wait for it too
        self.touch(id)
        return place

    def _start(self, id: str, job: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._busy[id] = asyncio.create_task(job)
        task.add_done_callback(lambda _: self._busy.pop(id))
        return task

    async def _make(self, id: str, place: Path, make: Callable[[Path], None]) -> None:
        async with self._room:  # one after the other: each counts on the room that it made
            await self._make_room()
            await asyncio.to_thread(make, place)
            self._ids[id] = None

    async def _make_room(self) -> None:
        """Remove what was used longest ago until there is room for one more."""
        looks = itertools.count()
        while len(self._ids) >= self._most:
            if (task := self._start_removal()) is not None:
                await asyncio.shield(task)
            elif next(looks) * LOOK_SECONDS < ROOM_SECONDS:
                await asyncio.sleep(LOOK_SECONDS)
            else:
                raise StoreFull(f"all {self._most} adapters that the store holds at most are in use")

    def _start_removal(self) -> asyncio.Task[None] | None:
        """Begin to remove the adapter that was used longest ago of those that are not in use, if any."""
        for id in self._ids:
            if (forgotten := self._reader.forget(id)) is not None:
                del self._ids[id]
                return self._start(id, self._remove(id, forgotten))
        return None

    async def _remove(self, id: str, forgotten: Coroutine[None, None, None]) -> None:
        await forgotten
        going = self.folder / f"{LEFT}{uuid.uuid4().hex}"
        (self.folder / id).rename(going)  # at once, so that a half-removed one is never found
        await asyncio.to_thread(shutil.rmtree, going, ignore_errors=True)


def _take_part(folder: Path) -> tuple[FileLock, Path]:
    """The first part of a store that no living server has, and the lock by which it is had."""
    for number in itertools.count():
        part = folder / str(number)
        part.mkdir(parents=True, exist_ok=True)
        lock = FileLock(part.with_suffix(".lock"))
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0)
            return lock, part
    raise AssertionError("numbers do not end")
