"""`python -m tests.screens`: takes the pictures of docs/screens/ anew from a copy of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.screens.shots import SHOTS, Shot, take
from tests.support.chromium import ARGUMENTS, CHROMIUM, sign_in
from tests.support.copies import running

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
_ADD = """([file, title]) => {
  const figure = document.createElement("figure");
  const image = document.createElement("img");
  image.src = file;
  const words = document.createElement("figcaption");
  words.textContent = title;
  figure.append(image, words);
  document.body.append(figure);
  return image.decode();
}"""


def signed_in(browser: Browser, address: str, shot: Shot) -> Page:
    """A page of the shot's size and colours, signed in as its role."""
    size = {"width": shot.width, "height": 760}
    page = browser.new_context(base_url=address, viewport=size, color_scheme=shot.scheme).new_page()
    sign_in(page, shot.role)
    return page


def sheet(browser: Browser) -> None:
    """All pictures on one."""
    page = browser.new_page(viewport={"width": 1240, "height": 400})
    page.goto((Path(__file__).parent / "sheet.html").as_uri())
    for shot in SHOTS:
        page.evaluate(_ADD, [(FOLDER / f"{shot.name}.jpg").as_uri(), shot.title])
    page.screenshot(path=FOLDER / "sheet.jpg", type="jpeg", quality=72, full_page=True)


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="backoffice-screens-") as name, sync_playwright() as playwright:
        folder = Path(name)
        folder.chmod(0o711)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with running(folder / "var", folder / "said") as copy:
            for shot in SHOTS:
                page = signed_in(browser, f"http://127.0.0.1:{copy.port}", shot)
                take(page, shot, str(FOLDER / f"{shot.name}.jpg"))
                page.context.close()
                print(shot.name)
        sheet(browser)
        browser.close()


if __name__ == "__main__":
    main()
