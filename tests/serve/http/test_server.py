"""The server as a process: it starts, it is killed, its disk fills up, its database goes away."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
from typer.testing import CliRunner

import serving
from conftest import PATIENCE, byte_tokenizer, fill, tiny_base, tiny_machine
from zhyper.bank import Bank, Catalogue
from zhyper.cli._app import app
from zhyper.distance import TrainingEmbeddings
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A checkpoint around a tiny base, in a folder."""
    folder = tmp_path_factory.mktemp("served")
    tiny_base().save_pretrained(folder / "base")
    byte_tokenizer().save_pretrained(folder / "base")
    spec = GeneratorSpec(
        base=str(folder / "base"), encoder="last-token", rank=4, projections=("q_proj", "v_proj")
    )
    machine = TextToAdapter.untrained(spec)
    fill(machine)
    return machine.save(folder / "checkpoint")


class Process:
    """`zhyper serve` on a free port."""

    def __init__(self, checkpoint, folder, *more, environment=()):
        self.log = folder / f"log-{time.monotonic_ns()}"
        command = [
            sys.executable,
            "-m",
            "zhyper.cli",
            "serve",
            "-c",
            checkpoint,
            "--port",
            "0",
            "--bank",
            folder / "bank",
            *more,
        ]
        settings = {
            **os.environ,
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
            "COLUMNS": "500",
            "ZHYPER_CACHE": str(folder / "cache"),
        }
        with self.log.open("wb") as target:
            self.process = subprocess.Popen(
                [str(word) for word in command], stderr=target, env={**settings, **dict(environment)}
            )

    def url(self):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            for line in self.log.read_text().splitlines():
                if line.startswith("ready at "):
                    return line.split()[2].rstrip(";")
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(checkpoint, tmp_path):
    """Starts servers, and leaves none behind."""
    started = []

    def run(*more, **settings):
        started.append(Process(checkpoint, tmp_path, *more, **settings))
        return started[-1]

    yield run
    for one in started:
        if one.process.poll() is None:
            one.stop(signal.SIGKILL)


def chat(text="hello", **more):
    return {"model": "zhyper", "messages": [{"role": "user", "content": text}], "temperature": 0, **more}


def test_sigterm_lets_streams_end_and_the_process_ends_well(start, tmp_path):
    server = start()
    url = server.url()
    lines = []
    with httpx.stream(
        "POST",
        f"{url}/v1/chat/completions",
        json=chat(stream=True, max_tokens=110, ignore_eos=True),
        timeout=PATIENCE,
    ) as answer:
        for line in answer.iter_lines():
            lines.append(line)
            if len(lines) == 4:
                server.process.send_signal(signal.SIGTERM)
    assert lines[-2:] == ["data: [DONE]", ""] or lines[-1] == "data: [DONE]"
    reasons = [
        json.loads(line[6:])["choices"][0]["finish_reason"] for line in lines if line.startswith("data: {")
    ]
    assert "length" in reasons
    assert server.process.wait(PATIENCE) == 0
    assert server.log.read_text().splitlines()[-1] == "stopped"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_what_does_not_end_in_time_is_told_so_before_the_process_ends_well(start):
    server = start("--drain", "1.5", "--rows", "1", "--limit", "streams=1000")
    url = server.url()
    endless = {"model": "zhyper", "prompt": ["a"] * 10, "n": 8, "max_tokens": 110, "ignore_eos": True}
    answers = []

    def whole():
        answers.append(httpx.post(f"{url}/v1/completions", json=endless, timeout=PATIENCE))

    def upload():
        """Half a body."""
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), PATIENCE) as line:
            head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            head += b"Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
            line.sendall(head)
            answers.append(b"".join(iter(lambda: line.recv(4096), b"")))

    threads = [threading.Thread(target=whole), threading.Thread(target=upload)]
    with httpx.stream(
        "POST", f"{url}/v1/completions", json={**endless, "stream": True}, timeout=PATIENCE
    ) as stream:
        assert stream.status_code == 200
        lines = stream.iter_lines()
        next(lines)
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        late = httpx.post(f"{url}/v1/chat/completions", json=chat(), timeout=PATIENCE)
        told = [line for line in lines if line]
    for thread in threads:
        thread.join(PATIENCE)
    assert server.process.wait(PATIENCE) == 0
    assert (late.status_code, late.json()["error"]["code"]) == (503, "shutting_down")
    assert told[-1] == "data: [DONE]" and json.loads(told[-2][6:])["error"]["code"] == "cancelled"
    cancelled, halved = sorted(answers, key=lambda answer: isinstance(answer, bytes))
    assert (cancelled.status_code, cancelled.json()["error"]["code"]) == (503, "cancelled")
    assert cancelled.headers["x-request-id"] and cancelled.headers["retry-after"]
    assert halved.startswith(b"HTTP/1.1 503") and b"shutting_down" in halved
    log = server.log.read_text()
    assert "Exception in ASGI" not in log and log.splitlines()[-1] == "stopped"


def test_a_server_that_refuses_far_descriptions_starts_all_the_same(start, checkpoint, tmp_path):
    machine = TextToAdapter.load(checkpoint)
    known = TrainingEmbeddings.of(machine.embeddings(["near", "nearer"]))
    machine.training_embeddings = TrainingEmbeddings(known.vectors_NC, 1e-3)
    assert machine.distances(["ready"])[0] > 1e-3
    strict = machine.save(tmp_path / "strict")
    url = start("-c", strict, "--when-far", "refuse").url()
    statuses = {
        context: httpx.post(f"{url}/v1/chat/completions", json=chat(context=context)).status_code
        for context in ("near", "ready")
    }
    assert statuses == {"near": 200, "ready": 400}


def test_a_kill_in_the_middle_of_writes_loses_nothing_that_was_acknowledged(start, checkpoint, tmp_path):
    acknowledged, rng = {}, random.Random(4)
    for attempt in range(3):
        server = start()
        url = server.url()

        def write(place, attempt=attempt, url=url):
            with httpx.Client(base_url=url, timeout=PATIENCE) as http:
                for i in range(10_000):
                    text = f"{attempt} {place} {i}"
                    try:
                        made = http.post(
                            "/v1/contexts", json={"description": text, "name": f"n-{attempt}-{place}-{i}"}
                        )
                    except httpx.HTTPError:
                        return
                    assert made.status_code == 201, made.text
                    acknowledged[made.json()["id"]] = text

        threads = [threading.Thread(target=write, args=(place,)) for place in range(3)]
        for thread in threads:
            thread.start()
        wanted = len(acknowledged) + rng.randint(5, 40)
        until = time.monotonic() + 60
        while len(acknowledged) < wanted and time.monotonic() < until:
            time.sleep(0.002)
        server.stop(signal.SIGKILL)
        for thread in threads:
            thread.join(PATIENCE)
    assert len(acknowledged) > 20
    machine = TextToAdapter.load(checkpoint)
    bank = Bank.open(
        tmp_path / "bank",
        slots=machine.adapter_weights.slots(),
        layers=3,
        width=machine.spec.context_width,
        checkpoint=machine.weights_sha256,
    )
    catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'bank' / 'contexts.db'}", bank)
    assert bank.verify() == []
    for id, text in acknowledged.items():
        entry = catalogue.get(id, "local")
        assert entry is not None and entry.description == text and entry.row is not None
    texts = list(acknowledged.values())[:3]
    rows = [bank.row(machine.address(text)) for text in texts]
    assert (bank.gather(rows).pack() == machine.modulation(texts).pack()).all()
    catalogue.close()
    bank.close()


def test_a_kept_context_answers_after_a_restart_as_before(start):
    first = start()
    url = first.url()
    made = httpx.post(
        f"{url}/v1/contexts", json={"description": "Say it twice.", "name": "twice", "strength": 2.0}
    ).json()
    before = httpx.post(f"{url}/v1/chat/completions", json=chat(model="zhyper/twice")).json()
    assert first.stop() == 0
    second = start()
    url = second.url()
    after = httpx.post(f"{url}/v1/chat/completions", json=chat(model="zhyper/twice")).json()
    plain = httpx.post(
        f"{url}/v1/chat/completions", json=chat(context="Say it twice.", context_strength=2.0)
    ).json()
    assert after["choices"] == before["choices"] == plain["choices"]
    assert after["zhyper"]["context"] == made["id"]
    assert second.stop() == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "others can reach the address '0.0.0.0', and there are no API keys"),
        (["--keys", "nowhere.toml"], "nowhere.toml"),
        (["--policy", "nowhere.toml"], "the policy nowhere.toml cannot be read"),
        (["--policy-hook", "nonsense"], "must be module:function"),
        (["--dtype", "int8"], "dtype is 'int8'"),
        (["--port", "70000"], "port is 70000"),
        (["--drain", "-1"], "drain is -1.0"),
        (["--limit", "body_byte=3"], "unknown setting 'body_byte'"),
        (["--limit", "streams=0"], "the limit streams is 0"),
        (["--checkpoint", "no/such/thing"], "checkpoint 'no/such/thing'"),
    ],
)
def test_what_is_wrong_is_said_before_any_weight_is_loaded(arguments, said, monkeypatch, capsys):
    def refuse(*args, **kwargs):
        raise AssertionError("weights were loaded")

    monkeypatch.setattr(TextToAdapter, "load", refuse)
    result = CliRunner().invoke(app, ["serve", *arguments])
    assert result.exit_code == 1
    assert said in str(result.exception)


def test_a_port_that_is_taken_is_a_sentence(start):
    url = start().url()
    other = start("--port", url.rpartition(":")[2])
    assert other.process.wait(PATIENCE) == 1
    assert "cannot be listened on" in other.log.read_text() and "--port" in other.log.read_text()


def test_a_bank_of_another_checkpoint_is_refused(start, tmp_path):
    machine = tiny_machine()
    serving.open_bank(tmp_path, machine).close()
    other = start()
    assert other.process.wait(PATIENCE) == 1
    assert "error:" in other.log.read_text() and "checkpoint" in other.log.read_text()


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_what_it_cannot_keep_and_answers_on(small_disk):
    with (
        serving.server(small_disk) as parts,
        serving.listening(parts.app) as url,
        httpx.Client(base_url=url, timeout=PATIENCE) as http,
    ):
        kept = http.post("/v1/contexts", json={"description": "before"}).json()
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            while True:
                file.write(b"0" * 4096)
        answers = [
            http.post("/v1/contexts", json={"description": f"number {i}" + " and more" * 300})
            for i in range(60)
        ]
        refused = [answer for answer in answers if answer.status_code != 201]
        assert refused and {answer.status_code for answer in refused} == {507}
        assert "disk" in refused[-1].json()["error"]["message"]
        assert http.post("/v1/chat/completions", json=chat(context="never kept")).status_code == 200
        assert http.post("/v1/chat/completions", json=chat(model=f"zhyper/{kept['id']}")).status_code == 200
        filler.unlink()
        again = http.post("/v1/contexts", json={"description": "after"})
        assert again.status_code == 201
        for answer in answers:
            if answer.status_code == 201:
                assert http.get(f"/v1/contexts/{answer.json()['id']}").status_code == 200
        assert parts.bank.verify() == []
        assert (
            http.post("/v1/chat/completions", json=chat(model=f"zhyper/{again.json()['id']}")).status_code
            == 200
        )
