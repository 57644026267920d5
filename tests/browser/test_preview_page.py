"""The preview page in a real browser: filters, keyboard, phone, dark, paper, and that it calls nobody."""

import os
from dataclasses import replace

import pytest
from playwright.sync_api import sync_playwright

from scheduler import preview
from scheduler.model import Finding, Ledger, Media, Picture, Severity
from scheduler.prepare import Files
from tests.preview.made import LEDGER, NOW, baku, delivery, jpeg, picture, post, preparation

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HOSTILE = '<script>document.title = "taken"</script><img src=x onerror="document.title = \'taken\'">'


def campaign():
    """Two days, two languages, three channels; one post with a warning, one with a graphic picture."""
    files = Files()
    card = picture(files, jpeg(1080, 1350), width=1080, height=1350)
    street = picture(files, jpeg(1600, 900, "darkred"), alt="A street.")
    return preparation(
        [
            delivery("figures", "x-en", images=(card,)),
            delivery("figures", "mastodon-en", images=(card,), warning="Killing of civilians"),
            delivery("witness", "mastodon-az", due=baku(2, 26), texts=("Xocalı şahidi",), images=(street,)),
            delivery("witness", "x-en", due=baku(2, 26), texts=(HOSTILE,)),
        ],
        [post("figures"), post("witness", facts=("place",), images=(Picture("street.jpg"),))],
        [Finding(Severity.TODO, "links.placeholder", "a placeholder", "posts/a.yaml", 3, 5, "figures")],
        files=files,
        ledger=replace(LEDGER, media={"street": Media(id="street", file="street.jpg", graphic="graphic")}),
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The page beside its pictures, and the page that stands alone."""
    folder = tmp_path_factory.mktemp("preview")
    made, nothing = campaign(), preparation([], ledger=Ledger())
    options = {"now": NOW, "standing": {}}
    alone = folder / "alone" / "page.html"
    return {
        "folder": preview.write(made, folder, **options),
        "single": preview.write(made, folder, single_file=True, out=alone, **options),
        "empty": preview.write(nothing, folder, out=folder / "empty.html", **options),
    }


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ["SCHEDULER_CHROMIUM"], args=ARGUMENTS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, files):
    """Opens a page; at the end nothing may have gone wrong in it, and nothing left this machine."""
    contexts, wrong, asked = [], [], []

    def open_page(kind="folder", fragment="", **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(files[kind].as_uri() + fragment)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.fixture(scope="module")
def page_in(browser, files):
    """The page in a colour scheme, with one filter pressed; opened once."""
    pages = {}

    def open_once(scheme):
        if scheme not in pages:
            pages[scheme] = browser.new_page(color_scheme=scheme)
            pages[scheme].goto(files["folder"].as_uri() + "#language=en")
        return pages[scheme]

    yield open_once
    for page in pages.values():
        page.close()


def visible(page, selector):
    return [one for one in page.query_selector_all(selector) if one.is_visible()]


def channels(page):
    return [one.get_attribute("data-channel") for one in visible(page, ".delivery")]


def press(page, value):
    page.click(f'button[data-value="{value}"]')


@pytest.mark.parametrize("kind", ["folder", "single"])
def test_the_pictures_are_shown_in_their_own_shape(opened, kind):
    page = opened(kind)
    image = page.locator("img").first
    image.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('img').naturalWidth > 0")
    box = image.bounding_box()
    # 1080 x 1350: a quarter higher than wide; the border adds a pixel on each side
    assert box["height"] / box["width"] == pytest.approx(1.25, abs=0.01)


def test_words_in_a_post_do_not_act(opened):
    page = opened()
    assert page.title() == "Justice for Khojaly 2027: preview"
    assert HOSTILE in page.locator("[id='2027-witness-x-en'] .text").inner_text()


def test_everything_is_shown_until_a_filter_is_pressed(opened):
    page = opened()
    assert channels(page) == ["x-en", "mastodon-en", "x-en", "mastodon-az"]
    assert page.inner_text("#shown") == "All 4 shown"
    assert not page.is_visible("#all")


def test_a_filter_shows_its_language_alone_and_is_kept_in_the_address(opened):
    page = opened()
    press(page, "az")
    assert channels(page) == ["mastodon-az"]
    assert page.get_attribute('button[data-value="az"]', "aria-pressed") == "true"
    assert page.inner_text("#shown") == "1 of 4 shown"
    assert page.evaluate("location.hash") == "#language=az"
    # the first day has nothing in Azerbaijani: it is gone, and its calendar cell says so
    assert len(visible(page, ".day")) == 1
    cell = page.locator('[data-day="day-2027-02-22"]')
    assert cell.get_attribute("aria-label") == "Monday 22 February 2027: 0 posts"


def test_filters_of_one_kind_add_up_and_of_two_kinds_narrow(opened):
    page = opened()
    press(page, "x-en")
    press(page, "mastodon-az")
    assert channels(page) == ["x-en", "x-en", "mastodon-az"]
    press(page, "en")
    assert channels(page) == ["x-en", "x-en"]


def test_a_filter_that_finds_nothing_can_be_undone(opened):
    page = opened()
    press(page, "az")
    press(page, "x-en")
    assert channels(page) == []
    page.click("#all")
    assert len(channels(page)) == 4
    assert page.get_attribute('button[data-value="az"]', "aria-pressed") == "false"


def test_a_view_can_be_opened_by_its_address_and_left_by_going_back(opened):
    page = opened(fragment="#language=en&channel=mastodon-en")
    assert channels(page) == ["mastodon-en"]
    press(page, "mastodon-en")
    assert channels(page) == ["x-en", "mastodon-en", "x-en"]
    page.go_back()
    page.wait_for_function("document.querySelectorAll('.delivery:not([hidden])').length === 1")
    assert channels(page) == ["mastodon-en"]


def test_filters_work_by_keyboard(opened):
    page = opened()
    page.focus('button[data-value="az"]')
    page.keyboard.press("Space")
    assert channels(page) == ["mastodon-az"]
    page.keyboard.press("Enter")
    assert len(channels(page)) == 4


def test_the_first_tab_leads_past_everything_to_the_posts(opened):
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the posts"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_a_calendar_day_leads_to_its_posts_and_keeps_the_filter(opened):
    page = opened()
    press(page, "x-en")
    page.click('[data-day="day-2027-02-26"]')
    assert page.evaluate("location.hash") == "#channel=x-en&at=day-2027-02-26"
    assert page.evaluate("document.activeElement.id") == "day-2027-02-26"
    assert channels(page) == ["x-en", "x-en"]


def test_a_cited_figure_leads_to_its_record_also_where_records_are_folded(opened):
    page = opened(viewport={"width": 390, "height": 844})
    record = page.locator(".record").first
    assert not record.is_visible()
    page.locator(".cited").first.click()
    assert record.is_visible()
    assert "613 people killed" in record.inner_text()


def test_a_graphic_picture_is_blurred_until_it_is_asked_for(opened):
    page = opened(java_script_enabled=False)
    picture = page.locator(".covered img")
    assert picture.evaluate("one => getComputedStyle(one).filter").startswith("blur(")
    page.locator(".covered input").check()
    assert picture.evaluate("one => getComputedStyle(one).filter") == "none"


def test_without_script_everything_can_be_read(opened):
    page = opened(java_script_enabled=False)
    assert len(visible(page, ".delivery")) == 4
    assert page.locator(".record").first.is_visible()
    assert not page.is_visible("#filters")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(opened, width):
    page = opened(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width


COLOURS = """
(one) => {
  const seen = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
  };
  return [getComputedStyle(one).color, seen(one)];
}
"""


def contrast(pair):
    """WCAG 2.2: relative luminance of sRGB colours, (lighter + 0.05) / (darker + 0.05)."""

    def light(colour):
        parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted(map(light, pair))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_reckoned_as_the_guidelines_do():
    assert contrast(["rgb(0, 0, 0)", "rgb(255, 255, 255)"]) == pytest.approx(21)
    assert contrast(["rgb(118, 118, 118)", "rgb(255, 255, 255)"]) == pytest.approx(4.54, abs=0.01)


SMALL_WORDS = [
    ".notice",
    ".which",
    ".state",
    ".text",
    ".hashtag",
    ".link",
    ".moments",
    "figcaption",
    ".length",
    ".sign",
    "blockquote",
    "dt",
    ".sources>summary",
    ".rule-name",
    "button[aria-pressed='true']",
    "button[aria-pressed='false']>.number",
    "h2>small",
    ".warned>summary>.label",
    "td>.date",
    ".quiet>.word",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("selector", SMALL_WORDS)
def test_words_stand_out_from_their_ground(page_in, scheme, selector):
    found = page_in(scheme).query_selector_all(selector)
    assert found
    assert min(contrast(one.evaluate(COLOURS)) for one in found) >= 4.5


def test_dark_and_light_differ(opened):
    grounds = {
        opened(color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert len(grounds) == 2


def test_on_paper_filters_are_gone_and_records_unfolded(opened):
    page = opened(viewport={"width": 390, "height": 844})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.is_visible("#filters")
    assert page.locator(".record").first.is_visible()


def test_a_page_without_posts_opens(opened):
    page = opened("empty")
    assert page.inner_text("h1") == "Justice for Khojaly"
    assert page.locator("#filters").count() == 0


def test_texts_and_alt_texts_carry_their_language(opened):
    page = opened()
    assert page.get_attribute('[id="2027-witness-mastodon-az"] .text', "lang") == "az"
    assert page.get_attribute('[id="2027-witness-mastodon-az"] img', "lang") == "az"
    assert page.get_attribute("html", "lang") == "en"
