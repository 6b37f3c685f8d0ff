"""Take the README's picture: the demo's preview page in a real browser.

Run with ``make picture`` after a change of the preview or of the engine.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.test_browser import ARGUMENTS, CHROMIUM
from wslayout.demo import log_demo_runs
from wslayout.preview_api import preview

TARGET = Path(__file__).parent / "data" / "preview.png"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        log_demo_runs(Path(folder))
        shown = preview(folder, name="wslayout demo")
        shown = replace(shown, layout=replace(shown.layout, source="wslayout-demo"))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="light")
        page.set_content(shown.html())
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    main()
