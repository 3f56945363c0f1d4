"""Runs programs that a language model wrote (pass@k on HumanEval and MBPP) where they can do no harm.

This file is longer than most because it is also the launcher: it runs as a script, with the standard library
alone, so that nothing worth taking is ever in the memory of a process that becomes the program. Four
processes take part:

- the caller starts the launcher with a bare environment, and gives it the program through a pipe;
- the launcher enters new user, mount, process, network, IPC, host name and control group namespaces, and dies
with the caller;
- the judge is process 1 in these, so that all others die with it and none can signal it. It makes a file
  system of the libraries alone, read-only, with one small folder in memory; it keeps the clock and collects
  the output;
- the program is forked from the judge and gives up all rights for good: it has no capability, is not root,
  and is under resource limits and a seccomp filter for what neither namespaces nor limits hold (sockets to
  the host of a virtual machine, keyrings, memory that belongs to no process).

Before the first program a self-test attacks the sandbox. Where an attack comes through, the answer is a
RuntimeError and no program runs.

What it cannot do: the tests run in the program's own interpreter, as these benchmarks define them. A pass
takes a secret word that lies in a pipe until the last test is over, so neither an early exit nor any printed
word is a pass; but a program that goes looking for that pipe, or returns an object that equals everything,
passes. And a hole in the kernel is a hole in the sandbox.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import select
import signal
import struct
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from math import ceil, comb
from types import ModuleType
from typing import Any, NoReturn


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a program may use; ValueError for a limit that is not above zero."""

    seconds: float = 10
    """Of the clock for all its processes together, and of the processor for each."""
    memory_mib: int = 512
    """Address space of each process, of which the interpreter takes about 30; all together have at most
    `processes` times as much."""
    processes: int = 8
    """Processes and threads at a time, the program's own included."""
    file_mib: int = 16
    """Of all its files together, which lie in memory."""
    output_kib: int = 64
    """Of output that is kept; what goes beyond is read and dropped."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 < value <= 1 << 20:
                raise ValueError(f"the limit {field.name} is {value}, but must be above 0, at most {1 << 20}")


@dataclass(frozen=True)
class Verdict:
    """What became of a program."""

    why: str
    """"passed"; "failed", by an exception; "ended early", by an exit; "timed out"; "out of memory"; or
    "killed", by a signal."""
    output: str
    """The beginning of what it wrote to standard output and error, with the traceback if there is room."""

    @property
    def passed(self) -> bool:
        """Whether the program ran to its last line."""
        return self.why == "passed"


def run_code(program: str, limits: Limits | None = None, *, allow_code: bool) -> Verdict:
    """Run a Python program in the sandbox; it passes if its last line is reached without an exception.

    The program sees the standard library and nothing else of the machine. Strings hash alike in every run,
    and `random` is seeded.

    Args:
        program: its source text, with the tests at the end.
        limits: what it may use; None stands for `Limits()`.
        allow_code: True says that code nobody has read may run on this machine (else ValueError).

    Raises:
        RuntimeError: the machine cannot isolate it, or the self-test found a way out; nothing has run.
    """
    return run_programs([program], limits, allow_code=allow_code, workers=1)[0]


def run_programs(
    programs: Sequence[str], limits: Limits | None = None, *, allow_code: bool, workers: int | None = None
) -> list[Verdict]:
    """Run programs as `run_code` does, `workers` at a time (None: one for each processor); verdicts in order.

    Time is of the clock: with more workers than free processors, a slow program may time out.
    """
    from concurrent.futures import ThreadPoolExecutor

    if allow_code is not True:
        raise ValueError(
            "code that a language model wrote would run on this machine; pass allow_code=True if it may, in "
            "the sandbox"
        )
    if workers is not None and workers < 1:
        raise ValueError(f"workers is {workers}, but must be at least 1")
    _prove_isolation()
    with ThreadPoolExecutor(workers or len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(lambda program: _judged(program, limits or Limits()), programs))


def pass_at_k(n: int, c: int, k: int) -> float:
    """Chance that one of k answers passes, estimated without bias from n answers of which c passed.

    1 - C(n - c, k) / C(n, k).

    Source: Chen et al. 2021, equation 1. ValueError unless 0 <= c <= n and 1 <= k <= n.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"n = {n}, c = {c}, k = {k} were given; expected is 0 <= c <= n and 1 <= k <= n")
    return 1 - comb(n - c, k) / comb(n, k)


def _judged(program: str, limits: Limits) -> Verdict:
    """Start the launcher on a program, and wait until all its processes are gone."""
    import subprocess

    command = [sys.executable, "-P", "-s", "-S", "-B", "-X", "utf8", __file__]
    job = json.dumps({"program": program, "limits": asdict(limits)}).encode()
    environment = {"PYTHONHASHSEED": "0"}
    if path := os.environ.get("LD_LIBRARY_PATH"):  # all of the caller's that an interpreter may need to start
        environment["LD_LIBRARY_PATH"] = path
    # The judge keeps the time; this one is for a machine that stands still.
    settings: dict[str, Any] = {"cwd": "/", "start_new_session": True, "timeout": limits.seconds + 60}
    try:
        done = subprocess.run(
            command, input=job, capture_output=True, env=environment, check=False, **settings
        )
    except subprocess.TimeoutExpired:
        return Verdict("timed out", "")
    if done.returncode > 0:
        _refuse(_last_line(done.stderr.decode(errors="replace")))
    if done.returncode < 0:
        return Verdict("killed", "")
    return Verdict(**json.loads(done.stdout.splitlines()[-1]))


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def _refuse(why: str) -> NoReturn:
    raise RuntimeError(
        f"this machine cannot isolate the code of a language model, so none is run: {why}. The sandbox needs "
        "Linux 5.14 or later on x86-64 or arm64, and a user who may make user namespaces (sysctl "
        "kernel.unprivileged_userns_clone, user.max_user_namespaces, "
        "kernel.apparmor_restrict_unprivileged_userns; in a container, its option --privileged)"
    )


@lru_cache(maxsize=1)
def _prove_isolation() -> None:
    """Attack the sandbox, once in a process of the caller; RuntimeError with the attack that came through."""
    import inspect
    import socket
    from tempfile import TemporaryDirectory

    if sys.platform != "linux" or os.uname().machine not in _ARCHITECTURES:
        _refuse(f"it is {sys.platform}" + (f" on {os.uname().machine}" if sys.platform == "linux" else ""))
    limits, name = Limits(), f"\0zhyper-{os.urandom(16).hex()}"
    with (
        TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as local,
    ):
        local.bind(name)
        local.listen()
        os.chmod(folder, 0o777)  # the sandbox alone keeps it, not its mode
        with open(os.path.join(folder, "secret"), "w", encoding="utf-8") as file:
            file.write("secret")
        port = server.getsockname()[1]
        arguments = port, name, folder, limits.memory_mib, limits.processes, limits.file_mib
        verdict = _judged(f"{inspect.getsource(_attack)}\n_attack{arguments!r}\n", limits)
        if not verdict.passed or os.listdir(folder) != ["secret"]:
            _refuse(f"the self-test {verdict.why}: {_last_line(verdict.output)}")
    late = ("import time; time.sleep(5)", 0.5, "timed out")
    early, wrong = ("import os; os._exit(0)", 10, "ended early"), ("1 / 0", 10, "failed")
    for program, seconds, why in (late, early, wrong):
        verdict = _judged(program, Limits(seconds=seconds))
        if verdict.why != why:
            _refuse(f"in the self-test a program {verdict.why} that should have {why}")


def _attack(port: int, name: str, folder: str, memory_mib: int, processes: int, file_mib: int) -> None:
    """What the self-test runs in the sandbox; AssertionError with the first attack that comes through."""
    import ctypes
    import os
    import signal
    import socket
    from collections.abc import Callable
    from pathlib import Path

    def refused(attack: str, act: Callable[[], object]) -> None:
        try:
            act()
        except (OSError, MemoryError):
            return
        raise AssertionError(f"a program can {attack}")

    refused("reach the network", lambda: socket.create_connection(("127.0.0.1", port), 1))
    refused("reach the sockets of the machine", lambda: socket.socket(socket.AF_UNIX).connect(name))
    refused("see the user's files", lambda: os.listdir(folder))
    for place in (folder, "/", os.path.dirname(os.__file__), "/dev/shm"):
        refused(f"write to {place}", Path(place, "zhyper").touch)
    refused("become root", lambda: os.setuid(0))
    assert os.getppid() == 1, "a program can see the processes of the machine"
    assert ctypes.CDLL(None).unshare(0x10000000) == -1, "a program can make namespaces"
    refused("take more memory than it may", lambda: bytearray(memory_mib << 20))
    refused("write more than it may", lambda: Path("large").write_bytes(bytes((file_mib << 20) + 1)))
    children = 0
    try:
        while children < processes:
            if not os.fork():
                signal.pause()
            children += 1
    except BlockingIOError:
        pass
    allowed = processes - 1
    assert children == allowed, f"a program can have {children} children where {allowed} are allowed"


_NOBODY = 65534
"""The user that programs are, as seen from inside."""
_ROOT = "/proc"
"""Where the program's file system is made: a folder of every Linux, of which nothing is wanted inside."""
_PYTHON = os.path.dirname(os.path.dirname(os.__file__))
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/nix/store", "/etc/ld.so.cache", _PYTHON)
"""All that is seen of the machine's files: what the interpreter and its extension modules load."""
_DEVICES = ("/dev/null", "/dev/urandom")
_NAMESPACES = 0x7E020000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET."""
_READ_ONLY, _NO_SUID, _NO_DEVICES = 1, 2, 4
"""Flags of mount, and attributes of mount_setattr."""
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""As seccomp names them, in the order of the numbers below."""
_CALLS = {
    "pivot_root": (155, 41), "mount_setattr": (442, 442), "clone": (56, 220), "clone3": (435, 435),
    "socket": (41, 198), "prlimit64": (302, 261),
}  # fmt: skip
"""Numbers of system calls that are made, or read by the filter."""
_FORBIDDEN = {
    "unshare": (272, 97),  # what a program may not do here, it might in namespaces of its own
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    # memory that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),  # the caller's keyring
    # much kernel for no use
    "io_uring_setup": (425, 425), "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241),
}  # fmt: skip
"""Numbers of system calls that no program may make."""


def _launch() -> int:
    """The launcher: a job on standard input, a verdict on standard output; exit code 0 if there is one."""
    job = json.load(sys.stdin.buffer)
    _enter_namespaces()
    _die_with_parent()
    judge = os.fork()
    if judge == 0:
        verdict = _judge(job["program"], Limits(**job["limits"]))
        sys.stdout.write(json.dumps(asdict(verdict)))
        sys.stdout.flush()
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(judge, 0)[1])
    if code < 0:  # the line stands below what the judge may have begun
        sys.stdout.write(f"\n{json.dumps(asdict(Verdict('killed', '')))}")
    return max(code, 0)


def _enter_namespaces() -> None:
    """Leave the machine's namespaces for new ones; a helper outside maps the users, as root must."""
    launcher, (waiting, go) = os.getpid(), os.pipe()
    helper = os.fork()
    if helper == 0:
        os.close(go)
        if os.read(waiting, 1):
            _map_users(launcher)
        os._exit(0)
    _call("unshare", _NAMESPACES)
    os.write(go, b"!")
    if os.waitpid(helper, 0)[1]:
        raise RuntimeError("users cannot be mapped into a namespace")


def _map_users(launcher: int) -> None:
    """Say who is who in the launcher's namespace.

    Root gives programs the user `_NOBODY`, since the kernel does not count the processes of root. Any other
    user, and a root that has no such user to give, lends its own under that number.
    """

    def write(file: str, text: str) -> None:
        with open(f"/proc/{launcher}/{file}", "w", encoding="ascii") as stream:
            stream.write(text)

    user, group = os.geteuid(), os.getegid()
    if user == 0:
        try:
            write("uid_map", f"0 0 1\n{_NOBODY} {_NOBODY} 1\n")
            write("gid_map", f"0 {group} 1\n{_NOBODY} {_NOBODY} 1\n")
            return
        except PermissionError:
            pass
    write("setgroups", "deny")
    write("uid_map", f"{_NOBODY} {user} 1\n")
    write("gid_map", f"{_NOBODY} {group} 1\n")


def _judge(program: str, limits: Limits) -> Verdict:
    """The judge, process 1: run the program, end all its processes, and say what became of it."""
    if os.getpid() != 1:  # its last act is to kill every process that it sees
        raise RuntimeError("the judge is not process 1")
    _die_with_parent()
    # Process 1 hears no signal of the program's that it has no handler for.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")  # where memory is short, the kernel takes it from here
    # PR_SET_DUMPABLE: no other process reads its memory, nor a crash of the program's writes it down.
    _call("prctl", 4, 0)
    _call("sethostname", "sandbox", 7)
    _make_root(limits)
    (secret, give), (report, reply), (output, write) = os.pipe(), os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        _perform(program, limits, secret, reply, write)
    os.close(reply)
    os.close(write)
    word = os.urandom(32)
    os.write(give, word)
    written, ended = _watch(child, output, limits)
    status, text = os.waitpid(child, 0)[1], written.decode(errors="replace")
    replied = os.read(report, 1 << 16)
    if not replied.startswith(b"!"):
        raise RuntimeError(f"a program cannot give up its rights: {_last_line(text)}")
    if not ended or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return Verdict("timed out", text)
    if os.WIFSIGNALED(status):
        return Verdict("killed", text)
    words = {b"!" + word: "passed", b"!failed": "failed", b"!out of memory": "out of memory"}
    return Verdict(words.get(replied, "ended early"), text)


def _watch(child: int, output: int, limits: Limits) -> tuple[bytes, bool]:
    """Collect output until the program ends or its time is over; the output, and whether it ended itself."""
    written, room, left = b"", limits.output_kib << 10, limits.seconds
    over, deadline = os.pidfd_open(child), time.monotonic() + left
    ready: list[int] = []
    while over not in ready and left > 0:
        ready = select.select([output, over], [], [], left)[0]
        if output in ready:
            written += os.read(output, 1 << 16)[: room - len(written)]
        left = deadline - time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    while chunk := os.read(output, 1 << 16):
        written += chunk[: room - len(written)]
    return written, over in ready


def _make_root(limits: Limits) -> None:
    """Make a file system of libraries, two devices and a folder to work in; leave the machine's for it."""
    os.umask(0o022)
    # MS_REC | MS_PRIVATE: nothing of what follows is seen outside.
    _call("mount", None, "/", None, 0x44000, None)
    _call("mount", "root", _ROOT, "tmpfs", 0, "size=1m,mode=755")
    for path in (*_LIBRARIES, *_DEVICES):
        target = _ROOT + path
        if not os.path.exists(path) or os.path.exists(target):
            continue
        os.makedirs(target if os.path.isdir(path) else os.path.dirname(target), exist_ok=True)
        if not os.path.isdir(path):
            open(target, "x").close()
        _call("mount", path, target, None, 0x5000, None)  # MS_REC | MS_BIND
        _restrict(target, _READ_ONLY | _NO_SUID | (0 if path in _DEVICES else _NO_DEVICES))
    os.mkdir(f"{_ROOT}/tmp")
    room = f"size={limits.file_mib}m,nr_inodes=4096,mode=1777"
    _call("mount", "work", f"{_ROOT}/tmp", "tmpfs", _NO_SUID | _NO_DEVICES, room)
    _restrict(_ROOT, _READ_ONLY, recursive=False)
    os.chdir(_ROOT)
    _system_call("pivot_root", ".", ".")
    _call("umount2", ".", 2)  # MNT_DETACH: the machine's file system lies on top of the new one, and goes
    os.chdir("/tmp")


def _restrict(path: str, attributes: int, recursive: bool = True) -> None:
    """Set attributes of what is mounted at a path, and below it."""
    flags = struct.pack("QQQQ", attributes, 0, 0, 0)
    _system_call("mount_setattr", -100, path, 0x8000 if recursive else 0, flags, 32)


def _perform(program: str, limits: Limits, secret: int, reply: int, output: int) -> NoReturn:
    """The program's process: give up rights, say so, run it, and reply with the secret word at its end."""
    os.setsid()
    for old, new in ((os.open("/dev/null", os.O_RDONLY), 0), (output, 1), (output, 2)):
        os.dup2(old, new)
    for number in set(range(3, 1024)) - {secret, reply}:
        with contextlib.suppress(OSError):
            os.close(number)
    # The program may change what `os` holds.
    mine, getpid, write, leave = os.getpid(), os.getpid, os.write, os._exit
    _give_up_rights(limits)
    os.write(reply, b"!")
    word = _run(program, secret)
    if getpid() == mine:  # and not a child that the program let run on
        write(reply, word)
    leave(0)


def _run(program: str, secret: int) -> bytes:
    """Run a program in a module of its own; the secret word if it comes to its end, else what stopped it."""
    read = os.read
    os.environ.clear()
    os.environ.update(HOME="/tmp", LANG="C.UTF-8")
    sys.argv[:] = ["program.py"]
    sys.modules["program"] = module = ModuleType("program")
    random.seed(0)
    try:
        exec(compile(program, "program.py", "exec", dont_inherit=True), module.__dict__)
        word = read(secret, 32)
    except BaseException as error:
        word = b"ended early" if isinstance(error, SystemExit) else b"failed"
        word = b"out of memory" if isinstance(error, MemoryError) else word
        with contextlib.suppress(BaseException):
            own = error.__traceback__  # this function's frame, which is left out
            traceback.print_exception(error.with_traceback(own and own.tb_next))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):
            stream.flush()
    return word


def _give_up_rights(limits: Limits) -> None:
    """Set limits, become `_NOBODY` without capabilities, forbid dangerous system calls, all for good."""
    import ctypes
    import resource

    # The caller's user, lent: the launcher and the judge then count among the program's processes.
    own = os.getuid() == _NOBODY
    for which, value in {
        resource.RLIMIT_AS: limits.memory_mib << 20,
        resource.RLIMIT_FSIZE: limits.file_mib << 20,
        resource.RLIMIT_NPROC: limits.processes + (2 if own else 0),
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }.items():
        resource.setrlimit(which, (value, value))
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(limits.seconds), ceil(limits.seconds) + 1))
    if not own:
        os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    _call("capset", struct.pack("Ii", 0x20080522, 0), bytes(24))
    _call("prctl", 38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    code = _filter()
    buffer = ctypes.create_string_buffer(code, len(code))
    # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    _call("prctl", 22, 2, struct.pack("HP", len(code) // 8, ctypes.addressof(buffer)), 0, 0)


def _filter() -> bytes:
    """The seccomp filter: a classic BPF program, which the kernel runs before each system call."""
    machine = os.uname().machine
    at = list(_ARCHITECTURES).index(machine)
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, deny, missing, kill = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x80000000
    # Where the kernel puts the call, the processor, and the call's first argument.
    number, architecture, first = 0, 4, 16
    lines = [(load, 0, 0, architecture), (equal, 1, 0, _ARCHITECTURES[machine]), (answer, 0, 0, kill)]
    lines += [(load, 0, 0, number), (at_least, 0, 1, 0x40000000), (answer, 0, 0, deny)]  # the calls of x32
    for forbidden in _FORBIDDEN.values():
        lines += [(equal, 0, 1, forbidden[at]), (answer, 0, 0, deny)]
    # No filter can read the flags of clone3; the C library takes clone then.
    lines += [(equal, 0, 1, _CALLS["clone3"][at]), (answer, 0, 0, missing)]
    for call, test, value, passes in (
        ("clone", any_bit, _NAMESPACES, False),
        ("socket", equal, 1, True),  # AF_UNIX
        ("prlimit64", equal, 0, True),  # the program's own limits
    ):
        lines += [(equal, 0, 4, _CALLS[call][at]), (load, 0, 0, first)]
        lines += [(test, int(passes), int(not passes), value), (answer, 0, 0, deny), (answer, 0, 0, allow)]
    return b"".join(struct.pack("HBBI", *line) for line in [*lines, (answer, 0, 0, allow)])


def _die_with_parent() -> None:
    _call("prctl", 1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _system_call(name: str, *arguments: int | str | bytes) -> None:
    _call("syscall", _CALLS[name][list(_ARCHITECTURES).index(os.uname().machine)], *arguments)


def _call(name: str, *arguments: int | str | bytes | None) -> None:
    """Call a function of the C library; OSError with its name if it fails."""
    import ctypes

    bytes_of = [os.fsencode(a) if isinstance(a, str) else a for a in arguments]
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in bytes_of]
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*converted) == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


if __name__ == "__main__":
    sys.exit(_launch())
