"""The catalogue on SQLite and PostgreSQL: who sees what, migrations, databases that go away."""

import dataclasses
import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import torch
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, event, inspect, text

from conftest import PATIENCE
from zhyper.bank import Bank, Catalogue, CatalogueUnavailable, Entry, NameTaken
from zhyper.bank._catalogue_tables import Base
from zhyper.bank._database import CONNECT
from zhyper.bank._migrate import migrate
from zhyper.modulation import Modulation, Slot

TOOLS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)
START = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


class Cluster:
    """A PostgreSQL in a temporary folder, on a port of its own."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="zhyper-postgres-", dir="/tmp"))
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(self.folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.tool(
            "initdb",
            "-D",
            self.folder / "data",
            "-U",
            "zhyper",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        )
        self.start()

    def tool(self, name, *arguments):
        command = [*self.as_user, str(TOOLS / name), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        options += f" -c unix_socket_directories={self.folder}"
        self.tool(
            "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options, "start"
        )

    def stop(self):
        self.tool("pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop")

    def database(self, name):
        with create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        connection.engine.dispose()
        return self.url(name)

    def url(self, name):
        return f"postgresql+psycopg://zhyper:secret-word@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="module")
def cluster():
    if TOOLS is None:
        pytest.skip("needs PostgreSQL's own programs in /usr/lib/postgresql")
    made = Cluster()
    yield made
    made.stop()
    shutil.rmtree(made.folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new folder/catalogue.db"
    name = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]
    return request.getfixturevalue("cluster").database(f"db_{name}")


@pytest.fixture
def catalogue(url):
    opened = Catalogue.open(url)
    yield opened
    opened.close()


def address(word):
    return hashlib.sha256(word.encode()).hexdigest()


def entry(word="first", **changes):
    settings = {
        "id": address(word),
        "owner": "ann",
        "description": f"Says {word}",
        "created": START,
        "provenance": {"base": "tiny"},
    }
    return Entry(**{**settings, **changes})


def words(found):
    return [one.description.removeprefix("Says ") for one in found]


def test_an_owner_changes_their_own_entry(catalogue):
    catalogue.add(entry("one", name="first", tags=("a", "b")))
    catalogue.add(entry("two", name="second"))
    catalogue.add(entry("one", owner="bob"))
    assert catalogue.change(address("one"), "ann", name="third").name == "third"
    changed = catalogue.change(address("one"), "ann", tags=("c", "b", "b"), public=True)
    assert (changed.name, changed.tags, changed.public, changed.owner) == ("third", ("b", "c"), True, "ann")
    assert catalogue.get(address("one"), "ann") == changed
    assert words(catalogue.list("ann", limit=9, tag="c")) == ["one"] and not catalogue.list(
        "ann", limit=9, tag="a"
    )
    assert catalogue.change(address("one"), "ann") == changed
    theirs = catalogue.get(address("one"), "bob")
    assert (theirs.name, theirs.tags, theirs.public) == (None, (), False)
    with pytest.raises(NameTaken, match="you have another context named 'second'"):
        catalogue.change(address("one"), "ann", name="second", public=False)
    assert catalogue.get(address("one"), "ann") == changed
    assert catalogue.change(address("one"), "bob", name="second").name == "second"
    assert catalogue.change(address("three"), "ann", name="x") is None
    assert not catalogue.change(address("one"), "ann", public=False, tags=()).tags


def test_all_of_an_entry_comes_back(catalogue):
    given = entry(
        mixture=(("warm – and 'quoted'", 0.7), (address("x"), -0.25)),
        strength=1.5,
        name="näme",
        public=True,
        tags=("b", "a", "b"),
        created=START.astimezone(timezone(timedelta(hours=5))),
        provenance={"base": "tiny", "seed": "3"},
    )
    stored, new = catalogue.add(given)
    assert new
    assert stored == dataclasses.replace(given, tags=("a", "b"), cursor=stored.cursor)
    assert stored.created.utcoffset() == timedelta(0)
    assert catalogue.get(given.id, "ann") == catalogue.by_name("näme", "ann") == stored
    assert catalogue.list("ann", limit=5) == [stored]


def test_the_same_again_is_what_is_stored(catalogue):
    first, _ = catalogue.add(entry(name="one"))
    again, new = catalogue.add(entry(name="other", tags=("late",)))
    assert (again, new) == (first, False)
    assert catalogue.by_name("other", "ann") is None


def test_a_name_is_one_contexts_for_each_owner(catalogue):
    catalogue.add(entry(name="tone"))
    with pytest.raises(NameTaken, match="another context named 'tone'"):
        catalogue.add(entry("second", name="tone"))
    assert catalogue.get(address("second"), "ann") is None
    assert catalogue.add(entry("second", name="tone", owner="bob"))[1]
    assert catalogue.add(entry("third"))[1]
    assert catalogue.add(entry("fourth"))[1]


def test_own_ones_first_then_the_oldest_public_one(catalogue):
    for owner, public in (("bob", False), ("cy", True), ("dan", True)):
        catalogue.add(entry(owner=owner, public=public, name="tone"))
    assert catalogue.get(address("first"), "ann").owner == "cy"
    assert catalogue.by_name("tone", "ann").owner == "cy"
    assert catalogue.by_name("tone", "dan").owner == "dan"
    assert catalogue.get(address("first"), "bob").owner == "bob"
    assert catalogue.get("no address", "ann") is None
    catalogue.delete(address("first"), "cy")
    catalogue.delete(address("first"), "dan")
    assert catalogue.by_name("tone", "ann") is None
    assert catalogue.get(address("first"), "ann") is None


def test_those_with_a_name_can_be_had_alone(catalogue):
    for i in range(6):
        catalogue.add(entry(f"w{i}", name=f"n{i}" if i % 2 else None))
    assert [one.name for one in catalogue.list("ann", limit=2, named=True)] == ["n5", "n3"]
    assert len(catalogue.list("ann", limit=10)) == 6


def test_pages_show_everything_once_newest_first(catalogue):
    for i in range(11):
        catalogue.add(entry(str(i), owner=("ann", "bob", "cy")[i % 3], public=i % 3 == 1))
    seen, after = [], None
    while page := catalogue.list("ann", limit=3, after=after):
        assert len(page) <= 3
        seen += words(page)
        after = page[-1].cursor
    assert seen == [str(i) for i in reversed(range(11)) if i % 3 != 2]
    assert catalogue.count("ann") == len(seen)
    assert words(catalogue.list("ann", limit=20, mine=True)) == ["9", "6", "3", "0"]
    assert words(catalogue.list("ann", limit=2, after=address("4"))) == ["3", "1"]
    for wrong in (address("5"), "nonsense"):
        with pytest.raises(ValueError):
            catalogue.list("ann", limit=2, after=wrong)


def test_filters(catalogue):
    catalogue.add(entry("one", tags=("warm", "short")))
    catalogue.add(entry("100% of it", tags=("warm",), name="UPPER"))
    catalogue.add(entry("three"))
    assert words(catalogue.list("ann", limit=9, tag="warm")) == ["100% of it", "one"]
    assert words(catalogue.list("ann", limit=9, tag="war")) == []
    assert words(catalogue.list("ann", limit=9, contains="ONE")) == ["one"]
    if catalogue._engine.dialect.name == "sqlite":  # PostgreSQL goes by its locale, and ours has none
        catalogue.add(entry("Über Ärzte"))
        for word in ("über", "ÜBER", "ärzte"):
            assert words(catalogue.list("ann", limit=9, contains=word)) == ["Über Ärzte"]
    assert words(catalogue.list("ann", limit=9, contains="0%")) == ["100% of it"]
    assert words(catalogue.list("ann", limit=9, contains="_ne")) == []
    assert words(catalogue.list("ann", limit=9, contains="upper", tag="warm")) == ["100% of it"]


def test_what_is_deleted_is_gone_and_only_by_its_owner(catalogue):
    catalogue.add(entry(public=True, name="tone", tags=("warm",)))
    assert not catalogue.delete(address("first"), "bob")
    assert not catalogue.delete("no address", "ann")
    assert catalogue.delete(address("first"), "ann")
    assert not catalogue.delete(address("first"), "ann")
    assert catalogue.count("ann") == 0
    assert catalogue.add(entry(name="tone"))[1]
    assert catalogue.list("ann", limit=9, tag="warm") == []


def test_numbers_are_not_given_twice(catalogue):
    before = catalogue.add(entry())[0].cursor
    catalogue.delete(address("first"), "ann")
    assert int(catalogue.add(entry())[0].cursor) > int(before)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "short"},
        {"description": "a\0b"},
        {"tags": ("a\0",)},
        {"created": START.replace(tzinfo=None)},
        {"strength": float("nan")},
    ],
)
def test_what_cannot_be_stored_is_said(catalogue, changes):
    with pytest.raises(ValueError):
        catalogue.add(entry(**changes))
    assert catalogue.count("ann") == 0


def test_rows_are_those_of_this_bank(url, tmp_path):
    slots = {"q_proj": (Slot("z", (5,)),)}
    banks = [
        Bank.open(tmp_path / name, slots=slots, layers=3, width=2, checkpoint="tiny") for name in ("a", "b")
    ]
    addresses = [address(word) for word in ("one", "two", "three")]
    contexts = Modulation({"q_proj": {"z": torch.ones(3, 3, 5)}}, 3)
    banks[0].append(addresses, contexts, torch.ones(3, 2))
    banks[1].append(addresses[:0:-1], contexts.at([0, 1]), torch.ones(2, 2))
    here, there = (Catalogue.open(url, bank) for bank in banks)
    here.add(entry("one", owner="bob"))
    here.add(entry("two", owner="bob", public=True))
    here.add(entry("two"))
    here.add(entry("three"))
    assert {row: (words([e])[0], e.owner) for row, e in here.visible([0, 1, 2], "ann").items()} == {
        1: ("two", "ann"),
        2: ("three", "ann"),
    }
    assert [e.row for e in here.list("bob", limit=9)] == [1, 0]
    assert [there.get(a, "bob") and there.get(a, "bob").row for a in addresses] == [None, 1, None]
    banks[0].compact(lambda id: id != addresses[0])
    assert here.get(addresses[2], "ann").row == 1
    assert here.with_owner([*addresses, address("four")]) == set(addresses)
    for one in (here, there, *banks):
        one.close()


def test_visible_wants_a_bank(catalogue):
    with pytest.raises(ValueError, match="without a bank"):
        catalogue.visible([0], "ann")


def test_models_are_what_the_migrations_make(url):
    Catalogue.open(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert (
            compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
            )
            == []
        )
    engine.dispose()


def test_a_catalogue_of_the_first_revision_goes_on(url, tmp_path):
    (tmp_path / "new folder").mkdir()
    engine = create_engine(url)
    migrate(engine, "0001")
    assert not inspect(engine).has_table("tag")
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO provenance (sha256, facts) VALUES (:sha, :facts)"),
            {"sha": b"\1" * 32, "facts": '{"base": "old"}'},
        )
        columns = "id, owner, description, strength, name, public, created, provenance"
        values = ":id, 'ann', 'old one', 1.0, 'old', :no, 0, number"
        query = f"INSERT INTO context ({columns}) SELECT {values} FROM provenance"
        connection.execute(text(query), {"id": bytes.fromhex(address("old")), "no": False})
    engine.dispose()
    catalogue = Catalogue.open(url)
    old = catalogue.by_name("old", "ann")
    assert (old.description, old.provenance, old.tags) == ("old one", {"base": "old"}, ())
    catalogue.add(entry(tags=("new",)))
    assert words(catalogue.list("ann", limit=3, tag="new")) == ["first"]
    catalogue.close()


def test_a_newer_catalogue_is_left_alone(url):
    Catalogue.open(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ValueError, match="revision 9999.*newer zhyper"):
        Catalogue.open(url)
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing(url, tmp_path):
    (tmp_path / "new folder").mkdir()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tag (other INTEGER)"))
    with pytest.raises(Exception, match="tag"):
        Catalogue.open(url)
    assert inspect(engine).get_table_names() == ["tag"]
    engine.dispose()


def test_replicas_that_start_at_once(url):
    code = "import sys; from zhyper.bank import Catalogue; sys.stdin.readline(); "
    code += "Catalogue.open(sys.argv[1]).close()"
    replicas = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", code, url], stdin=subprocess.PIPE)
        for _ in range(3)
    ]
    for replica in replicas:
        replica.communicate(b"\n", timeout=PATIENCE)
    assert [replica.returncode for replica in replicas] == [0, 0, 0]


def test_threads_that_add_the_same(catalogue):
    news, taken = [], []

    def work(who):
        for i in range(12):
            news.append(catalogue.add(entry(f"same {i}", provenance={"run": str(i)}))[1])
            try:
                catalogue.add(entry(f"{who} {i}", name=f"name {i}"))
            except NameTaken:
                taken.append(i)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(news), len(news)) == (12, 36)
    assert sorted(taken) == sorted([*range(12), *range(12)])
    assert catalogue.count("ann") == 24


def test_postgres_goes_away_and_comes_back(cluster):
    catalogue = Catalogue.open(cluster.database("away"))
    catalogue.add(entry())
    cluster.stop()
    try:
        calls = [
            lambda: catalogue.ping(),
            lambda: catalogue.add(entry("second")),
            lambda: catalogue.list("ann", limit=3),
            lambda: catalogue.get(address("first"), "ann"),
            lambda: catalogue.count("ann"),
            lambda: catalogue.delete(address("first"), "ann"),
            lambda: Catalogue.open(cluster.url("away")),
        ]
        for call in calls:
            with pytest.raises(CatalogueUnavailable, match="cannot be reached") as caught:
                call()
            assert "secret-word" not in str(caught.value)
            assert "\n" not in str(caught.value)
    finally:
        cluster.start()
    catalogue.ping()
    assert words(catalogue.list("ann", limit=3)) == ["first"]
    catalogue.close()


def test_a_locked_sqlite_is_away_and_comes_back(tmp_path, monkeypatch):
    monkeypatch.setitem(CONNECT, "sqlite", {"timeout": 0.1})
    catalogue = Catalogue.open(f"sqlite:///{tmp_path}/catalogue.db")
    holder = sqlite3.connect(tmp_path / "catalogue.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(CatalogueUnavailable, match="locked"):
        catalogue.add(entry())
    assert catalogue.count("ann") == 0
    holder.execute("ROLLBACK")
    holder.close()
    assert catalogue.add(entry())[1]
    catalogue.close()


def test_urls_that_are_none(tmp_path):
    for wrong in (
        "nonsense",
        "mysql://a:secret-word@b/c",
        "sqlite://",
        "postgresql+nothing://a:secret-word@b/c",
    ):
        with pytest.raises(ValueError, match="write sqlite:///FILE") as caught:
            Catalogue.open(wrong)
        assert "secret-word" not in str(caught.value)
    (tmp_path / "text.db").write_text("something else, and long enough to look like a page" * 99)
    with pytest.raises(ValueError, match="file of something else"):
        Catalogue.open(f"sqlite:///{tmp_path}/text.db")


def test_sqlite_writes_survive_a_power_cut(tmp_path):
    catalogue = Catalogue.open(f"sqlite:///{tmp_path}/catalogue.db")
    with catalogue._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    catalogue.close()


def test_listings_use_indices(tmp_path):
    catalogue = Catalogue.open(f"sqlite:///{tmp_path}/catalogue.db")
    seen = []
    with sqlite3.connect(tmp_path / "catalogue.db") as store:
        event.listen(
            catalogue._engine,
            "before_cursor_execute",
            lambda c, cur, statement, values, *_: seen.append((statement, values)),
        )
        catalogue.list("ann", limit=3, after="9")
        catalogue.list("ann", limit=3, tag="warm")
        catalogue.get(address("x"), "ann")
        catalogue.by_name("x", "ann")
        plans = [" ".join(row[3] for row in store.execute(f"EXPLAIN QUERY PLAN {s}", v)) for s, v in seen]
    store.close()
    catalogue.close()
    assert len(plans) == 8
    for plan in plans:
        assert "SCAN context" not in plan.replace("SCAN context USING INDEX context_public", ""), plan
    for plan in plans[:2]:  # of the others few rows are sorted
        assert "TEMP B-TREE" not in plan, plan


def test_a_missing_database_package_is_named():
    code = "import sys; sys.modules['alembic'] = None; import zhyper.bank"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "a bank of contexts needs alembic" in done.stderr.splitlines()[-1]
    assert "pip install 'zhyper[serve]'" in done.stderr.splitlines()[-1]
