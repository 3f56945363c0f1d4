"""Write docs/images/page-*.png: the page of `zhyper serve` on the default checkpoint, in Chromium."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT = 120_000
"""Milliseconds that an answer may take."""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a new server, once it has kept its examples."""
    with tempfile.TemporaryDirectory() as bank:
        command = [sys.executable, "-m", "zhyper.cli", "serve", "--port", "0", "--bank", bank]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            assert running.stdout is not None
            url = next(found[0] for line in running.stdout if (found := re.search(r"http://[\d.:]+", line)))
            kept = -1
            while kept != (kept := len(ask(f"{url}/v1/contexts/map")["data"])) or kept < 1:
                time.sleep(5)
            yield url
        finally:
            running.terminate()
            running.wait(60)


def ask(url: str) -> dict[str, Any]:
    """The JSON at an address."""
    with urllib.request.urlopen(url) as response:
        found: dict[str, Any] = json.load(response)
    return found


def example(page: Page, label: str) -> None:
    """Choose an example, and wait for all its answers."""
    page.get_by_role("button", name=label).click()
    finished(page)


def finished(page: Page) -> None:
    """Wait for the answers, and for what is near the descriptions."""
    expect(page.locator("#status")).to_contain_text("in all", timeout=WAIT)
    expect(page.locator(".badge[data-state=wait]")).to_have_count(0)
    page.mouse.move(2, 2)
    page.evaluate("document.activeElement.blur()")


def light(page: Page) -> None:
    """One question under four contexts, and the map."""
    example(page, "breakfast, in four voices")


def dark(page: Page) -> None:
    """A mixture, and a far description under it."""
    example(page, "from enemy to friends")
    page.get_by_label("Ask again as I change things").uncheck()
    page.get_by_role("button", name="+ Add a context").click()
    page.get_by_label("Description of context 2", exact=True).fill("The train to Lisbon leaves at noon.")
    page.get_by_label("Weight of description A of context 1, as a number", exact=True).fill("0.7")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    finished(page)


def phone(page: Page) -> None:
    """Three forms in the hand."""
    example(page, "the same answer, in three forms")


def main() -> None:
    """Take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    small: dict[str, Any] = {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 1.5,
    }
    large: dict[str, Any] = {"viewport": {"width": 1360, "height": 900}}
    with server() as url, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for scene, settings in ((light, large), (dark, {**large, "color_scheme": "dark"}), (phone, small)):
            page = browser.new_context(**settings).new_page()
            page.goto(url)
            scene(page)
            height = min(1840, page.evaluate("document.documentElement.scrollHeight"))
            clip: Any = {"x": 0, "y": 0, "width": settings["viewport"]["width"], "height": height}
            page.screenshot(path=IMAGES / f"page-{scene.__name__}.png", full_page=True, clip=clip)
        browser.close()


if __name__ == "__main__":
    main()
