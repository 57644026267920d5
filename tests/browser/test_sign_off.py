"""The sign-off pack in a real browser: on paper, on a telephone, and that it asks nobody for anything."""

import os
import re

import pytest
from playwright.sync_api import sync_playwright

from scheduler.prepare import Files
from scheduler.preview import signing
from scheduler.preview.signing import Recorded
from tests.browser.test_preview_page import ARGUMENTS
from tests.preview.made import NOW, baku, delivery, jpeg, picture, post, preparation

pytestmark = pytest.mark.browser

HEAD = "ab" * 32
LONG = "Words that say what happened, and who says it. " * 5
POSTS = ("figures", "second", "third")


def campaign():
    """Three posts on three days; the first on three channels, two of them in other words, with pictures."""
    files = Files()
    tall = picture(files, jpeg(1080, 1350), width=1080, height=1350)
    wide = picture(files, jpeg(1600, 900, "darkred"), width=1600, height=900, alt="A street.")
    made = [
        delivery("figures", "x-en", texts=(LONG,), images=(tall,)),
        delivery("figures", "mastodon-en", texts=(LONG + "More.",), images=(wide,), warning="Killing"),
        delivery("figures", "mastodon-az", texts=("Xocalını anırıq.",), images=(tall,)),
        delivery("second", "x-en", due=baku(2, 25), texts=("https://flood.example/" + "a" * 120,)),
        delivery("third", "x-en", due=baku(2, 26), images=(wide,)),
    ]
    return preparation(made, [post(name) for name in POSTS], files=files)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    target = tmp_path_factory.mktemp("pack") / "pack.html"
    done = signing.write(campaign(), target, now=NOW, standing={}, recorded=Recorded(head=HEAD))
    return done, target.as_uri()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        path = os.environ["SCHEDULER_CHROMIUM"]
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, pack):
    """Opens the pack; at the end nothing may have gone wrong in it, and nothing left this machine."""
    contexts, wrong, asked = [], [], []

    def open_pack(**options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(pack[1])
        return page

    yield open_pack
    for context in contexts:
        context.close()
    assert wrong == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def on_paper(page):
    page.emulate_media(media="print")
    return page


def style(page, selector, name):
    found = page.eval_on_selector_all(
        selector, "(all, name) => all.map(one => getComputedStyle(one)[name])", name
    )
    assert found, f"nothing is {selector}"
    return set(found)


def test_each_post_begins_on_a_page_of_its_own_and_short_ones_take_one(opened):
    page = on_paper(opened())
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    # Cover, three posts (the first, with three versions, may run over by one page), digests.
    assert 5 <= pages <= 6
    assert style(page, ".sheet", "breakBefore") == {"page"}


@pytest.mark.parametrize("part", [".shows", ".shows figure", ".record", ".sign", ".hash", ".digests tr"])
def test_no_page_breaks_through_what_belongs_together(opened, part):
    assert style(on_paper(opened()), part, "breakInside") == {"avoid"}


def test_nothing_on_paper_is_higher_than_a_page(opened):
    page = on_paper(opened(viewport={"width": 680, "height": 990}))
    # A4 less its margins: 297 - 14 - 16 mm, at 96 dots an inch.
    heights = page.eval_on_selector_all(".shows", "all => all.map(one => one.offsetHeight)")
    assert max(heights) < (297 - 14 - 16) / 25.4 * 96


def test_every_picture_is_there_in_its_own_shape(opened):
    page = on_paper(opened())
    shapes = page.eval_on_selector_all(
        "img", "all => all.map(one => [one.naturalWidth / one.naturalHeight, one.width / one.height])"
    )
    # The first post's on its three channels and the third's.
    assert len(shapes) == 4
    assert all(shown == pytest.approx(own, rel=0.02) for own, shown in shapes)


def test_the_cover_bears_the_hash_and_the_head_of_the_log(opened, pack):
    cover = opened().locator(".cover").inner_text()
    assert pack[0].hash in cover
    assert HEAD in cover


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nobody_has_to_scroll_sideways(opened, width):
    page = opened(viewport={"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_dark_telephone_it_is_paper_all_the_same(opened):
    page = opened(color_scheme="dark")
    assert style(page, "body", "backgroundColor") == {"rgb(255, 255, 255)"}
