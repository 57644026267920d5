"""The sign-off pack as a reader finds it, and its hash as anybody can make it again."""

import hashlib
import re
import subprocess
from dataclasses import replace
from html import unescape

import pytest

from scheduler.errors import InputError, StoreError
from scheduler.model import Approval, Finding, Said, Severity
from scheduler.prepare import Files
from scheduler.preview import signing
from scheduler.preview.signing import Recorded
from tests.preview.made import NOW, delivery, picture, post, preparation, quote_post
from tests.preview.reading import read

HEAD = "ab" * 32


def written(made, folder, recorded=None, standing=None, **more):
    target = folder / "pack.html"
    done = signing.write(
        made, target, now=NOW, standing=standing or {}, recorded=recorded or Recorded(), **more
    )
    return done, target.read_text(encoding="utf-8")


def words(html):
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


def test_the_hash_is_what_sort_and_sha256sum_say_of_the_digests_and_their_days(tmp_path):
    made = preparation([delivery(), delivery(channel="mastodon-en"), delivery("second")])
    done, html = written(made, tmp_path)
    shown = re.findall(r"<code>([0-9a-f]{64} \d{4}-\d\d-\d\d)</code></td>", html)
    assert sorted(shown) == sorted(f"{one.digest} {one.day}" for one in made.deliveries)
    piped = subprocess.run(
        ["sh", "-c", "LC_ALL=C sort | sha256sum"], input="".join(f"{one}\n" for one in shown), text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    assert piped.stdout.split()[0] == done.hash
    assert done.hash in html


def test_another_text_is_another_hash_and_another_order_is_not():
    one, other = delivery(), delivery("second")
    first, second = (one.digest, one.day), (other.digest, other.day)
    assert signing.hash_of([first, second]) == signing.hash_of([second, first])
    assert signing.hash_of([first]) != signing.hash_of([(delivery(texts=("Other.",)).digest, one.day)])
    assert signing.hash_of([first]) != signing.hash_of([(one.digest, "2027-03-01")])
    assert signing.hash_of([]) == hashlib.sha256(b"").hexdigest()


def test_a_sentence_stands_beside_the_record_it_rests_on(tmp_path):
    _, html = written(preparation(), tmp_path)
    row = next(
        words(one)
        for one in re.findall(r"<tr>.*?</tr>", html, re.DOTALL)
        if "According to the authorities" in one
    )
    assert row.startswith("According to the authorities, 613 people were killed.")
    for told in (
        "Fact killed",
        "Human Rights Watch (1993)",
        "The parliament's page",
        "not independent",
        "Disputed",
    ):
        assert told in row
    assert "Not approved yet" in row


def test_channels_that_say_the_same_are_shown_once_and_each_is_signed(tmp_path):
    made = preparation([delivery(), delivery(channel="mastodon-en"), delivery(channel="mastodon-az")])
    done, html = written(made, tmp_path)
    [sheet] = done.sheets
    assert [[one.channel for one in alike.showings] for alike in sheet.alike] == [
        ["x-en", "mastodon-en"],
        ["mastodon-az"],
    ]
    assert html.count('<p class="text"') == 2


def test_a_channel_that_covers_its_pictures_is_shown_by_itself(tmp_path):
    covered = delivery(channel="mastodon-en", display=("spoiler",))
    done, html = written(preparation([delivery(), covered]), tmp_path)
    [sheet] = done.sheets
    assert [[one.channel for one in alike.showings] for alike in sheet.alike] == [["x-en"], ["mastodon-en"]]
    assert "Its pictures are covered" in words(html)


def test_a_card_is_inside_the_file_small_and_with_its_alt_text(tmp_path):
    files = Files()
    card = picture(files, width=1600, height=900)
    _, html = written(preparation([delivery(images=(card,))], files=files), tmp_path)
    [image] = read(html).all("img")
    assert image.attributes["src"].startswith("data:image/jpeg;base64,")
    assert len(image.attributes["src"]) < 20_000
    assert "Alt text: A dark card with the number 613." in words(html)


def test_nothing_is_loaded_and_nothing_runs(tmp_path):
    _, html = written(preparation([delivery(texts=("<script>alert(1)</script>",))]), tmp_path)
    assert "<script" not in html
    assert "default-src 'none'" in unescape(html)
    assert not re.search(r'(?:src|href)="(?!data:)', html)


def test_who_approved_and_what_is_missing_stand_under_the_post(tmp_path):
    one = delivery()
    given = Approval(one.key, one.digest, "Aynur", "approver", NOW, one.day)
    returned = replace(given, who="Rashad", act=Said.RETURN, words="the second sentence")
    earlier = replace(given, who="Leyla", digest="0" * 64)
    _, html = written(preparation(), tmp_path, Recorded({one.key: (given, returned, earlier)}))
    told = words(html)
    assert "Approved by Aynur, Mon 1 Feb 2027, 12:00 (Asia/Baku)" in told
    assert "Returned by Rashad" in told
    assert "the second sentence" in told
    assert "Approved by Leyla" not in told
    assert "Missing (x-en)" in told


def test_an_approved_post_says_that_it_is_complete(tmp_path):
    one = delivery(author="writer")
    given = Approval(one.key, one.digest, "Aynur", "approver", NOW, one.day)
    _, html = written(preparation([one]), tmp_path, Recorded({one.key: (given,)}))
    assert "Complete (x-en)" in words(html)
    assert "Missing" not in words(html)


def test_the_cover_names_the_logs_head_what_is_lowered_and_what_was_answered(tmp_path):
    made = preparation([delivery(waived=("wording.harsh answered by A and B: a quotation",))])
    rules = replace(made.config.approvals, default=0)
    made = replace(made, config=replace(made.config, approvals=rules))
    _, html = written(made, tmp_path, Recorded(head=HEAD))
    cover = words(html.partition('<section class="sheet"')[0])
    assert HEAD in cover
    assert "approvals: posts need 0 instead of 1" in cover
    assert "figures : wording.harsh answered by A and B: a quotation" in cover


def test_what_is_blocked_stands_on_the_cover(tmp_path):
    stop = Finding(Severity.BLOCKED, "people.consent", "no consent is recorded", post="figures")
    done, html = written(preparation(findings=[stop]), tmp_path)
    assert done.blocked == ("figures",)
    assert "Not cleared" in html.partition('<section class="sheet"')[0]


def test_each_post_begins_a_page(tmp_path):
    made = preparation([delivery(), delivery("survivor-words", kind="quote")], posts=[post(), quote_post()])
    _, html = written(made, tmp_path)
    assert html.count('<section class="sheet"') == 2
    assert re.search(r"\.sheet \{[^}]*break-before: page", html)


def test_a_language_alone_is_a_pack_of_its_own(tmp_path):
    made = preparation([delivery(), delivery(channel="mastodon-az")])
    whole, _ = written(made, tmp_path)
    part, _ = written(made, tmp_path, language="az")
    assert set(part.digests) == {"2027/figures/mastodon-az"}
    assert part.hash != whole.hash
    with pytest.raises(InputError, match="no channel speaks"):
        written(made, tmp_path, language="de")


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "pack.html").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        written(preparation(), tmp_path)
