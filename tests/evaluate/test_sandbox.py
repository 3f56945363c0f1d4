"""Programs that try to escape from the sandbox, and some that do not; long, since every way out is tried."""

import importlib.util
import itertools
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import PATIENCE, SHARED, needs_shared
from zhyper.evaluate import _sandbox
from zhyper.evaluate._sandbox import (
    Limits,
    Verdict,
    pass_at_k,
    run_code,
    run_programs,
)

SOURCE = Path(_sandbox.__file__)
BENCHMARKS = SHARED / "data" / "benchmarks"
PROGRAM = """
def add(a, b):
{body}

assert add(2, 3) == 5
"""
REFUSED = """
def refused(act, *rest):
    try:
        act(*rest)
    except (OSError, MemoryError):
        return
    raise AssertionError(f"{rest} came through")
"""

LOAD = (
    "import importlib.util as u, sys; "
    f"spec = u.spec_from_file_location('sandbox', {str(SOURCE)!r}); sandbox = u.module_from_spec(spec); "
    "sys.modules['sandbox'] = sandbox; spec.loader.exec_module(sandbox)"
)
"""Loads the sandbox's file, alone, in a process of its own."""


def _can_isolate():
    """Asked of another tool than the sandbox itself."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        return False
    release = tuple(map(int, re.findall(r"\d+", platform.release())[:2]))
    command = [
        "unshare",
        "--user",
        "--map-root-user",
        "--net",
        "--pid",
        "--fork",
        "--mount",
        "mount",
        "-t",
        "tmpfs",
        "none",
        "/tmp",
    ]
    return (
        release >= (5, 14)
        and shutil.which("unshare") is not None
        and subprocess.run(command, capture_output=True).returncode == 0
    )


CAN_ISOLATE = _can_isolate()


def judge(*programs, workers=2, **limits):
    """The verdicts; where the machine cannot isolate, that it refuses to run anything."""
    try:
        return run_programs(programs, Limits(**limits), allow_code=True, workers=workers)
    except RuntimeError as refusal:
        assert not CAN_ISOLATE, refusal
        assert "cannot isolate" in str(refusal)
        pytest.skip(f"refused, as it should be here: {refusal}")


def whys(*programs, **settings):
    return [verdict.why for verdict in judge(*programs, **settings)]


def holds(attack, **limits):
    """A program of attacks that says by its end that all were refused."""
    (verdict,) = judge(REFUSED + attack, **limits)
    assert verdict.passed, verdict


def load(path):
    """The sandbox's file as a module of its own."""
    spec = importlib.util.spec_from_file_location("sandbox_copy", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["sandbox_copy"] = module
    spec.loader.exec_module(module)
    return module


def test_right_programs_pass_and_wrong_ones_do_not():
    right, wrong = PROGRAM.format(body="    return a + b"), PROGRAM.format(body="    return a - b")
    verdicts = judge(right, wrong, "print('héllo')", "def f(:", "x = '\0'", "\ud800", workers=3)
    assert [v.why for v in verdicts] == ["passed", "failed", "passed", "failed", "failed", "failed"]
    assert [v.passed for v in verdicts] == [True, False, True, False, False, False]
    assert verdicts[1].output.endswith('File "program.py", line 5, in <module>\nAssertionError\n')
    assert verdicts[2].output == "héllo\n"
    assert "SyntaxError" in verdicts[3].output


@pytest.mark.parametrize(
    "cheat",
    [
        "import sys; sys.exit(0)",
        "raise SystemExit",
        "import os; os._exit(0)",
        "import os\nif os.fork(): os._exit(0)",
        "print('passed'); print('!passed'); import os; os._exit(0)",
        "import os\nfor number in range(3, 64):\n    try: os.write(number, b'!passed')\n    except OSError: "
        "pass\nos._exit(0)",
        "import atexit, os, sys; atexit.register(os._exit, 0); sys.exit(1)",
        "import threading, os; threading.Timer(0.2, os._exit, [0]).start()\nwhile True: pass",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.getpid = lambda: 1; os.read = lambda *_: b'passed'; assert False",
        "import builtins; builtins.isinstance = lambda *_: True; builtins.AssertionError = Exception; assert "
        "False",
        "import os; os.close(3); os.closerange(3, 64)",
    ],
)
def test_no_pass_without_the_end_of_the_tests(cheat):
    (why,) = whys(f"{cheat}\nassert False")
    assert why in ("ended early", "failed", "out of memory")


def test_exits_inside_the_tested_function_are_no_pass():
    bodies = (
        "    import sys; sys.exit(0)",
        "    import os; os._exit(0)",
        "    raise KeyboardInterrupt",
        "    exit(0)",
    )
    assert whys(*(PROGRAM.format(body=body) for body in bodies)) == [
        "ended early",
        "ended early",
        "failed",
        "failed",
    ]


def test_a_pass_is_a_pass_whatever_runs_beside():
    thread = "import threading, time; threading.Thread(target=time.sleep, args=[60]).start()"
    child = "import os, time\nif not os.fork(): time.sleep(60)"
    patched = "import os, sys; os.write = os._exit = os.read = None; sys.stdout = sys.stderr = None"
    other = "import os\nif not os.fork(): raise ValueError\nos.wait()"
    assert whys(thread, child, patched, other) == ["passed"] * 4


def test_time_ends_all():
    start = time.monotonic()
    ignoring = (
        "import signal\nfor s in set(signal.Signals) - {9, 19}: signal.signal(s, signal.SIG_IGN)\n"
        "while True: pass"
    )
    stopped = "import os; os.kill(os.getpid(), 19)"
    threads = "import hashlib, threading\ndef spin():\n    while True: hashlib.sha256(bytes(1 << 20))\n"
    threads += "for _ in range(4): threading.Thread(target=spin).start()\nspin()"
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    programs = ("while True: pass", "import time; time.sleep(60)", ignoring, stopped, threads, bomb)
    assert whys(*programs, seconds=0.7, workers=3) == ["timed out"] * 6
    assert time.monotonic() - start < 60, "as long as a program sleeps"


def test_nothing_survives():
    mark = f"zq{os.getpid()}"
    name = f"import ctypes, os, signal, time; ctypes.CDLL(None).prctl(15, b'{mark}', 0, 0, 0)\n"
    orphan = (
        f"{name}if not os.fork():\n    os.setsid(); signal.signal(15, signal.SIG_IGN)\n"
        "    os.fork(); time.sleep(60)\ntime.sleep(0.2)\n"
    )
    assert whys(orphan, f"{orphan}os._exit(0)", f"{orphan}time.sleep(60)", seconds=3) == [
        "passed",
        "ended early",
        "timed out",
    ]
    assert not [p for p in psutil.process_iter(["name"]) if p.info["name"] == mark]
    assert not psutil.Process().children(recursive=True)


def test_nothing_survives_the_caller():
    judge("pass")
    mark = f"zr{os.getpid()}"
    program = f"import ctypes, time; ctypes.CDLL(None).prctl(15, b'{mark}', 0, 0, 0); time.sleep(60)"
    caller = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"{LOAD}; sandbox.run_code({program!r}, sandbox.Limits(seconds=60), allow_code=True)",
        ]
    )

    def marked():
        return [p for p in psutil.process_iter(["name"]) if p.info["name"] == mark]

    wait_until(marked)
    caller.kill()
    caller.wait()
    wait_until(lambda: not marked())


def wait_until(true):
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_memory_is_limited():
    programs = (
        "x = bytearray(200 << 20)",
        "x = [0]\nwhile True: x += x",
        "import mmap; mmap.mmap(-1, 200 << 20)",
        "x = bytearray(50 << 20)",
    )
    assert whys(*programs, memory_mib=128) == ["out of memory", "out of memory", "failed", "passed"]
    holds("import os; refused(os.memfd_create, 'x')")  # memory that no limit counts


@pytest.mark.parametrize("processes", [1, 3, 8])
def test_processes_and_threads_are_counted_exactly(processes):
    count = "import os, signal, threading, time\ncount = 0\n"
    count += "while count < 40:\n    try:\n        {start}\n    except {error}: break\n    count += 1"
    fork = count.format(start="if not os.fork(): signal.pause()", error="BlockingIOError")
    thread = count.format(
        start="threading.Thread(target=time.sleep, args=[60]).start()", error="RuntimeError"
    )
    both = [f"{program}\nprint(count)" for program in (fork, thread)] * 2
    assert [v.output for v in judge(*both, processes=processes, workers=4)] == [f"{processes - 1}\n"] * 4


def test_files_are_limited_and_gone_afterwards():
    fill = (
        "written = 0\ntry:\n    for n in range(9): written += open(f'/tmp/{n}', 'wb').write(bytes(1 << 20))\n"
    )
    fill += "except OSError: print(written >> 20)\nimport os; assert os.getcwd() == '/tmp'"
    assert judge(fill, file_mib=5)[0].output in ("4\n", "5\n")
    holds(
        "refused(lambda: open('large', 'wb', 0).write(bytes(1 << 20)) + open('large', 'ab', 0).write(b'x'))",
        file_mib=1,
    )
    assert not Path("/tmp/large").exists()
    assert whys("import os; assert os.listdir('.') == []") == ["passed"]


def test_output_is_cut():
    (verdict,) = judge(
        "import sys\nfor _ in range(500): print('y' * 9999)\nprint('z', file=sys.stderr)", output_kib=3
    )
    assert verdict == Verdict("passed", "y" * 3072)
    assert judge("import os; os.write(2, b'\\xff'); print('ü')")[0].output == "\ufffdü\n"


def test_the_network_is_out_of_reach():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        port, name = server.getsockname()[1], f"\0zhyper-test-{os.getpid()}"
        local.bind(name)
        local.listen()
        socket.create_connection(("127.0.0.1", port)).close()
        holds(
            "import socket\n"
            f"refused(socket.create_connection, ('127.0.0.1', {port}), 1)\n"
            f"refused(lambda: socket.socket(socket.AF_UNIX).connect({name!r}))\n"
            "for family in set(socket.AddressFamily) - {socket.AF_UNIX}: refused(socket.socket, family, "
            "socket.SOCK_DGRAM)\n"
            "refused(socket.if_nameindex)\n"
            "a, b = socket.socketpair(); a.send(b'x'); assert b.recv(1) == b'x'"
        )


def test_the_machines_files_are_out_of_reach(tmp_path):
    secret = Path.home() / f".zhyper-test-{os.getpid()}"
    places = [
        "/",
        "/tmp",
        "/dev/shm",
        "/usr/lib",
        "/root",
        str(Path.home()),
        os.getcwd(),
        str(tmp_path),
        str(SOURCE.parent),
        os.path.dirname(os.__file__),
    ]
    try:
        secret.write_text("secret")
        holds(
            f"import os\nsecret, places, source = {str(secret)!r}, {places!r}, {str(SOURCE)!r}\n"
            "for path in (secret, source, '/etc/passwd', '/etc/shadow', '/proc/self/mem', '/proc/1/environ', "
            "'/sys/kernel', '/dev/mem'):\n"
            "    refused(open, path)\n"
            "for place in places:\n"
            "    if place != '/tmp': refused(open, f'{place}/escaped', 'w')\n"
            "refused(os.mkdir, '/new'); refused(os.link, '/etc/ld.so.cache', '/tmp/x'); refused(os.chroot, "
            "'/tmp')\n"
            "refused(os.remove, '/etc/ld.so.cache'); refused(os.chmod, '/usr/lib', 0o777); refused(os.mknod, "
            "'/tmp/sda', 0o60600, 0x800)\n"
            "open('/tmp/escaped', 'w'); os.chdir('..'); assert os.getcwd() == '/' and "
            "set(os.listdir('/tmp')) == {'escaped'}\n"
            "assert set(os.listdir('/')) <= {'tmp', 'dev', 'etc', 'usr', 'lib', 'lib64', 'nix', "
            "*places[-1].split('/')}"
        )
    finally:
        secret.unlink()
    assert not [place for place in places if Path(place, "escaped").exists()]


def test_the_environment_is_bare(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_zhypersecret")
    (verdict,) = judge(
        "import os, sys; print(dict(os.environ), sys.argv, os.uname().nodename, os.getgroups(), os.getuid())"
    )
    groups = [] if os.getuid() == 0 else verdict.output.split("[")[-1].split("]")[0]
    assert verdict.output.startswith("{'HOME': '/tmp', 'LANG': 'C.UTF-8'} ['program.py'] sandbox ")
    assert verdict.output.endswith(f"{groups} 65534\n") or os.getuid()
    memory = (
        "import ctypes, gc\nhalf = 'zhyper'\n"
        "assert not [o for o in gc.get_objects() if isinstance(o, dict) and 'HF_TOKEN' in o]\n"
    )
    environ = (
        "import os\nc = ctypes.CDLL(None); assert not c.getenv(b'HF_TOKEN'); "
        "assert os.environb == {b'HOME': b'/tmp', b'LANG': b'C.UTF-8'}"
    )
    holds(memory + environ)


def test_the_judge_cannot_be_hurt():
    holds(
        "import ctypes, os, resource\n"
        "c = ctypes.CDLL(None, use_errno=True)\nassert os.getppid() == 1\n"
        "for number in range(1, 65):\n"
        "    try: os.kill(1, number)\n    except PermissionError: pass\n"
        "assert c.ptrace(16, 1, None, None) == -1 and c.ptrace(0, 0, None, None) == -1\n"
        "assert c.process_vm_readv(1, None, 0, None, 0, 0) == -1\n"
        "refused(resource.prlimit, 1, resource.RLIMIT_CPU, (0, 0))\n"
        "for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.nice(-5)): refused(call)\n"
        "for call in (c.unshare(0x10000000), c.unshare(0x20000), c.setns(0, 0), c.mount(b'a', b'/tmp', "
        "b'tmpfs', 0, None),\n"
        "             c.shmget(0, 4096, 0o1600), c.umount(b'/tmp'), c.sethostname(b'x', 1)): assert call == "
        "-1\n"
        "assert c.syscall(56 if os.uname().machine == 'x86_64' else 220, ctypes.c_long(0x10000011), None, "
        "None, None, None) == -1\n"
        "limit = resource.getrlimit(resource.RLIMIT_AS)[0]\n"
        "try: resource.setrlimit(resource.RLIMIT_AS, (limit + 1, limit + 1))\nexcept ValueError: pass\nelse: "
        "raise AssertionError\n"
    )
    killed = "import os, signal; os.kill({target}, 9)"
    assert whys(killed.format(target="os.getpid()"), killed.format(target="0")) == ["killed"] * 2
    assert whys("import ctypes; ctypes.string_at(0)", "import os; os.abort()") == ["killed"] * 2
    everyone = "import os, time\ntry: os.kill(-1, 9)\nexcept OSError: pass\ntime.sleep(0.1)"
    assert whys(everyone, "pass") == ["passed"] * 2


def test_runs_are_alike_and_in_order():
    chance = "import random; print(random.random(), {'some', 'words', 'in', 'a', 'set'}, hash('x'))"
    slow = "import time; time.sleep(0.3); print('slow')"
    first, second = (judge(slow, chance, "print('fast')", chance, workers=workers) for workers in (3, 1))
    assert first == second
    assert (first[0].output, first[2].output) == ("slow\n", "fast\n")
    assert first[1] == first[3]
    assert run_programs([], allow_code=True) == []


def test_a_strict_umask_is_no_matter():
    old = os.umask(0o077)
    try:
        holds("import ctypes, sqlite3; open('/tmp/x', 'w').close()")
    finally:
        os.umask(old)


@pytest.mark.parametrize("flag", [False, None, 1, "yes"])
def test_it_runs_only_where_allowed(flag, tmp_path):
    with pytest.raises(ValueError, match="allow_code=True"):
        run_code("pass", allow_code=flag)


@pytest.mark.parametrize("name", ["seconds", "memory_mib", "processes", "file_mib", "output_kib"])
def test_limits_are_checked(name):
    for value in (0, -1, 1 << 40, float("nan")):
        with pytest.raises(ValueError, match=f"the limit {name} is"):
            Limits(**{name: value})
    with pytest.raises(ValueError, match="workers is 0"):
        run_programs(["pass"], allow_code=True, workers=0)


@pytest.fixture
def fresh():
    _sandbox._prove_isolation.cache_clear()
    yield
    _sandbox._prove_isolation.cache_clear()


@pytest.mark.parametrize(
    ("system", "machine"), [("darwin", "arm64"), ("win32", "AMD64"), ("linux", "riscv64")]
)
def test_other_machines_are_refused(system, machine, fresh, monkeypatch):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("", "", "", "", machine)))
    with pytest.raises(RuntimeError, match=f"cannot isolate .*: it is {system}"):
        run_code("raise SystemExit", allow_code=True)


def test_a_machine_without_user_namespaces_is_refused():
    """A real one: a namespace of users in which no further ones may be made."""
    script = (
        f"{LOAD}; import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0\n"
        "with open('/proc/sys/user/max_user_namespaces', 'w') as file: file.write('0')\n"
        "try: sandbox.run_code('raise SystemExit', allow_code=True)\nexcept RuntimeError as refusal: "
        "print(refusal)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    if not CAN_ISOLATE:
        return judge("pass")
    assert (
        "cannot isolate the code of a language model, so none is run: OSError: [Errno 28] unshare"
        in done.stdout
    ), done


BROKEN = {
    "reach the sockets of the machine": [("_NAMESPACES = 0x7E020000", "_NAMESPACES = 0x3E020000")],
    "see the user's files": [('"/etc/ld.so.cache", ', '"/etc/ld.so.cache", "/var", ')],
    "write to /": [
        ("    _restrict(_ROOT, _READ_ONLY, recursive=False)\n", ""),
        ('"size=1m,mode=755"', '"size=1m,mode=777"'),
    ],
    "make namespaces": [('"prctl", 22, 2, struct', '"prctl", 4, 0, struct')],
    "take more memory": [("resource.RLIMIT_AS: limits.memory_mib << 20", "resource.RLIMIT_AS: -1")],
    "write more": [
        ("resource.RLIMIT_FSIZE: limits.file_mib << 20", "resource.RLIMIT_FSIZE: -1"),
        ("size={limits.file_mib}m", "size=99m"),
    ],
    "have 8 children": [("resource.RLIMIT_NPROC: limits.processes", "resource.RLIMIT_NPROC: 99")],
    "that should have timed out": [
        ("time.monotonic() + left", "time.monotonic() + 9"),
        ("time.sleep(5)", "time.sleep(1)"),
    ],
    "that should have ended early": [('words.get(replied, "ended early")', '"passed"')],
}
"""What the self-test finds, by the part of the sandbox that is taken out."""


@pytest.mark.parametrize("attack", BROKEN)
def test_the_self_test_finds_a_broken_sandbox(attack, tmp_path, monkeypatch):
    judge("pass")
    monkeypatch.setattr(tempfile, "tempdir", "/var/tmp")  # no folder that the sandbox has by the same name
    source = SOURCE.read_text(encoding="utf-8")
    for old, new in BROKEN[attack]:
        assert old in source
        source = source.replace(old, new)
    (tmp_path / "broken.py").write_text(source, encoding="utf-8")
    with pytest.raises(RuntimeError, match=re.escape(attack)):
        load(tmp_path / "broken.py").run_code("pass", allow_code=True)


ORDINARY = """
bomb = '''
import os, signal
count = 0
try:
    while True:
        if not os.fork(): signal.pause()
        count += 1
except OSError: print(count)
'''
hurt = '''
import ctypes, os, resource
for number in range(1, 65): os.kill(1, number)
assert ctypes.CDLL(None).ptrace(16, 1, None, None) == -1
try: resource.prlimit(1, resource.RLIMIT_CPU, (0, 0))
except PermissionError: pass
else: raise AssertionError
'''
programs = [bomb, bomb, hurt, "while True: pass", "open('/usr/lib/x', 'w')", "import os; os.listdir('/home')",
            "x = bytearray(1 << 30)"]
import json, os
verdicts = sandbox.run_programs(programs, sandbox.Limits(seconds=3, processes=5), allow_code=True, workers=4)
print(json.dumps([os.getuid(), [v.why for v in verdicts], [v.output for v in verdicts[:2]]]))
"""


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="the other tests run as an ordinary user")
def test_an_ordinary_user_is_as_safe_as_root():
    """The file alone, as `nobody`, under an interpreter that everybody may run."""
    judge("pass")
    nobody = {
        "user": 65534,
        "group": 65534,
        "extra_groups": [],
        "cwd": "/",
        "capture_output": True,
        "text": True,
    }
    new_enough = ["-c", "import sys; assert sys.version_info >= (3, 11)"]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy = shutil.copy(SOURCE, folder)
        for python in (os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
            try:
                subprocess.run([python, *new_enough], check=True, **nobody)
            except (OSError, subprocess.CalledProcessError):
                continue
            done = subprocess.run([python, "-c", LOAD.replace(str(SOURCE), copy) + ORDINARY], **nobody)
            whys = ["passed", "passed", "passed", "timed out", "failed", "failed", "out of memory"]
            assert json.loads(done.stdout or "0") == [65534, whys, ["4\n"] * 2], done.stderr
            return
    pytest.skip("no interpreter of Python 3.11 that `nobody` may run")


def humaneval_program(prompt, completion, test, entry_point):
    return f"{prompt}{completion}\n{test}\ncheck({entry_point})\n"


def mbpp_program(code, test_imports, test_list):
    return "\n".join([code, *test_imports, *test_list, ""])


def test_programs_of_the_benchmarks():
    prompt, test = "def double(x):\n", "def check(candidate):\n    assert candidate(3) == 6"
    right = humaneval_program(prompt, "    return 2 * x\n", test, "double")
    assert (
        right == "def double(x):\n    return 2 * x\n\ndef check(candidate):\n    assert candidate(3) == 6\n"
        "check(double)\n"
    )
    assert (
        mbpp_program("f = 1", ["import math"], ["assert f", "assert math.pi"])
        == "f = 1\nimport math\nassert f\nassert math.pi\n"
    )
    wrong, late = (
        humaneval_program(prompt, "    return x", test, "double"),
        mbpp_program("y = math.pi", ["import math"], ["assert y"]),
    )
    assert whys(right, wrong, late) == ["passed", "failed", "failed"]


def rows(name):
    return [json.loads(line) for line in (BENCHMARKS / name).read_text(encoding="utf-8").splitlines()]


@needs_shared
def test_right_solutions_of_humaneval_pass_and_empty_ones_do_not():
    sample = rows("humaneval/test.jsonl")[::13][:12]
    programs = [
        humaneval_program(row["prompt"], body, row["test"], row["entry_point"])
        for body_of in (lambda row: row["canonical_solution"], lambda row: "    pass\n")
        for row in sample
        for body in [body_of(row)]
    ]
    assert whys(*programs) == ["passed"] * 12 + ["failed"] * 12


@needs_shared
def test_right_solutions_of_mbpp_pass_and_empty_ones_do_not():
    sample = rows("mbpp/sanitized_test.jsonl")[::20][:12]
    right = [mbpp_program(row["code"], row["test_imports"], row["test_list"]) for row in sample]
    empty = [
        mbpp_program(
            re.sub(r"(?m)^(def .*:).*\n(?:[ \t].*\n|\n)*", r"\1 pass\n", row["code"] + "\n"),
            [],
            row["test_list"],
        )
        for row in sample
    ]
    assert whys(*right, *empty) == ["passed"] * 12 + ["failed"] * 12


@pytest.mark.parametrize(
    ("n", "c", "k", "value"),
    [(5, 2, 1, 0.4), (10, 3, 5, 11 / 12), (4, 0, 2, 0), (4, 3, 2, 1), (7, 7, 7, 1), (200, 1, 100, 0.5)],
)
def test_pass_at_k(n, c, k, value):
    assert pass_at_k(n, c, k) == pytest.approx(value)


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_pass_at_k_is_the_mean_over_all_draws(passed, data):
    k = data.draw(st.integers(1, len(passed)))
    draws = [any(draw) for draw in itertools.combinations(passed, k)]
    assert pass_at_k(len(passed), sum(passed), k) == pytest.approx(sum(draws) / len(draws))


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, -1, 1), (3, 1, 4), (3, 1, 0)])
def test_pass_at_k_of_impossible_numbers(n, c, k):
    with pytest.raises(ValueError, match="expected is 0 <= c <= n and 1 <= k <= n"):
        pass_at_k(n, c, k)
