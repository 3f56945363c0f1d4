"""The store of adapters: made once, bounded, and nothing that is in use is taken."""

import asyncio
import hashlib
import threading

import pytest

from zhyper.serve.vllm import _adapter_store
from zhyper.serve.vllm._adapter_store import AdapterStore, StoreFull


def address(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


class Maker:
    """Writes folders as an export does, and counts them."""

    def __init__(self):
        self.made, self.go = [], threading.Event()
        self.go.set()

    def __call__(self, folder):
        assert self.go.wait(20)
        folder.mkdir()
        (folder / "adapter_model.safetensors").write_text(folder.name)
        self.made.append(folder.name)


class Reader:
    """Uses what a test says, and remembers what it forgot."""

    def __init__(self):
        self.used, self.forgotten = set(), []

    def forget(self, id):
        if id in self.used:
            return None
        self.forgotten.append(id)
        return asyncio.sleep(0)


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def maker():
    return Maker()


@pytest.fixture
def store(tmp_path, reader):
    made = AdapterStore(tmp_path / "store", 3, reader)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(_adapter_store, "ROOM_SECONDS", 0.3)
    monkeypatch.setattr(_adapter_store, "LOOK_SECONDS", 0.01)


def names(store):
    return {path.name for path in store.folder.iterdir()}


def test_many_who_ask_at_once_get_one(store, maker):
    async def ask():
        maker.go.clear()
        asked = [asyncio.create_task(store.get(address(1), maker)) for _ in range(16)]
        await asyncio.sleep(0.05)
        asked[0].cancel()  # the first hangs up: the others still get it
        maker.go.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    first, *others = asyncio.run(ask())
    assert isinstance(first, asyncio.CancelledError)
    assert others == [store.folder / address(1)] * 15
    assert maker.made == [address(1)]


def test_the_store_is_bounded_and_keeps_what_was_used_last(store, maker, reader):
    async def ask():
        for number in (1, 2, 3, 1, 4):
            await store.get(address(number), maker)
        store.touch(address(3))
        await store.get(address(5), maker)

    asyncio.run(ask())
    assert names(store) == {address(number) for number in (3, 4, 5)}
    assert reader.forgotten == [address(2), address(1)]


def test_nothing_in_use_is_taken(store, maker, reader):
    reader.used = {address(number) for number in (1, 2, 3)}

    async def ask():
        for number in (1, 2, 3):
            await store.get(address(number), maker)
        with pytest.raises(StoreFull, match="all 3 adapters"):
            await store.get(address(4), maker)
        asking = asyncio.create_task(store.get(address(5), maker))
        await asyncio.sleep(0.05)
        reader.used.remove(address(2))  # one goes while another waits for room
        return await asking

    assert asyncio.run(ask()) == store.folder / address(5)
    assert names(store) == {address(number) for number in (1, 3, 5)}


def test_one_that_is_being_removed_is_made_again(store, maker, reader):
    async def ask():
        for number in (1, 2, 3):
            await store.get(address(number), maker)
        leaving = asyncio.Event()

        async def slowly():
            leaving.set()
            await asyncio.sleep(0.05)

        reader.forget = lambda id: slowly() if id == address(1) else None
        asking = asyncio.create_task(store.get(address(4), maker))
        await leaving.wait()
        again = asyncio.create_task(store.get(address(1), maker))
        reader.forget = lambda id: asyncio.sleep(0) if id == address(2) else None
        return await asking, await again

    assert asyncio.run(ask()) == (store.folder / address(4), store.folder / address(1))
    assert maker.made == [address(number) for number in (1, 2, 3, 4, 1)]
    assert names(store) == {address(number) for number in (1, 3, 4)}


def test_16_at_once_in_a_store_of_3(store, maker, reader):
    async def ask():
        places = await asyncio.gather(*(store.get(address(n), maker) for n in range(16)))
        assert len(store) == 3
        return places

    assert asyncio.run(ask()) == [store.folder / address(n) for n in range(16)]
    assert len(names(store)) == 3


def test_what_cannot_be_made_fails_for_all_and_is_tried_again(store, maker):
    def fail(folder):
        raise OSError(28, "no space")

    async def ask():
        failed = await asyncio.gather(
            *(store.get(address(1), fail) for _ in range(3)), return_exceptions=True
        )
        return failed, await store.get(address(1), maker)

    failed, place = asyncio.run(ask())
    assert [error.errno for error in failed] == [28, 28, 28]
    assert place == store.folder / address(1)


def test_a_server_that_starts_again_has_what_was_whole(store, maker, reader, tmp_path):
    asyncio.run(store.get(address(1), maker))
    asyncio.run(store.get(address(2), maker))
    (store.folder / f".{address(3)}.x1y2").mkdir()  # a server was killed here
    (store.folder / ".going-0123").mkdir()
    (store.folder / address(4)).mkdir()  # not an adapter
    store.close()
    (tmp_path / "store" / "mine.txt").write_text("mine")
    again = AdapterStore(tmp_path / "store", 3, reader)
    assert again.folder == store.folder and len(again) == 2
    assert asyncio.run(again.get(address(2), maker)) == store.folder / address(2)
    assert maker.made == [address(1), address(2)]
    assert names(again) == {address(1), address(2), address(4)}
    assert (tmp_path / "store" / "mine.txt").read_text() == "mine"
    again.close()


def test_two_servers_have_parts_of_their_own(store, maker, reader, tmp_path):
    other = AdapterStore(tmp_path / "store", 3, reader)
    asyncio.run(store.get(address(1), maker))
    asyncio.run(other.get(address(1), maker))
    assert store.folder != other.folder
    assert names(store) == names(other) == {address(1)}
    other.close()


def test_a_smaller_store_than_before_makes_room_for_what_is_new(store, maker, reader, tmp_path):
    for number in (1, 2, 3):
        asyncio.run(store.get(address(number), maker))
    store.close()
    smaller = AdapterStore(tmp_path / "store", 1, reader)
    asyncio.run(smaller.get(address(4), maker))
    assert names(smaller) == {address(4)}
    smaller.close()
