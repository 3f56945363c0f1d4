"""Signals: which are waited for, which end the process at once, and which are left alone."""

import os
import signal
import threading
import time

import pytest

from zhyper.train import _signals
from zhyper.train._signals import Signals


def test_a_second_signal_is_as_if_nobody_waited_for_it():
    before = signal.getsignal(signal.SIGTERM)
    signals = Signals()
    with signals.deferred():
        assert signal.getsignal(signal.SIGTERM) != before
        os.kill(os.getpid(), signal.SIGTERM)
        while not signals.received:
            time.sleep(0.001)
        assert signals.received == signal.SIGTERM
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(10)
        assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_that_a_launcher_hands_on_is_the_same_one_again(monkeypatch):
    monkeypatch.setattr(_signals, "ECHO", 0.5)
    signals = Signals()
    with signals.deferred():
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        assert signals.received == signal.SIGINT
        time.sleep(0.6)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(10)


def test_signals_that_are_ignored_stay_so_and_other_threads_leave_them_alone():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Signals().deferred():
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    seen = []

    def elsewhere():
        with Signals().deferred():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]


@pytest.fixture(scope="module", autouse=True)
def interruptible():
    """Ctrl+C as a terminal has it: what runs in the background of a shell ignores it, as do its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
