"""Bluesky against a real server: what comes back of keys, facets, images, threads, and what a kill leaves."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from scheduler.delivery import failpoints
from scheduler.model import Image, LinkCard, Message, MessagePart
from scheduler.platforms import connect, records, xrpc
from scheduler.platforms.base import Absent, CannotTell, Found, Prepared, Refusal, Sent, Unknown
from tests import campaigns
from tests.platforms.messages import KEY, TEXT, channel
from tests.real.life import TEXTS, live
from tests.real.pictures import CARD, PHOTO, picture
from tests.store.kit import NOON

FILES = {one.sha256: one.content for one in (CARD, PHOTO)}
NOBODY = frozenset()
ROOT = Path(__file__).parents[2]


@pytest.fixture
def account(pds):
    """(did, handle, app password) of an account that nobody has used."""
    return pds.account()


@pytest.fixture
def bluesky(pds, account):
    return connected(pds, account)


def connected(pds, account, clock=None, **options):
    asked = replace(channel("bluesky", pds.base_url), options=options)
    secrets = {"IDENTIFIER": account[1], "APP_PASSWORD": account[2]}
    return connect(asked, secrets, FILES.__getitem__, clock=clock)


def image(one, alt, kind="image/jpeg"):
    return Image(one.sha256, alt, kind, one.width, one.height, len(one.content))


def message(*texts, images=(), **more):
    parts = [MessagePart(text, tuple(images) if n == 0 else ()) for n, text in enumerate(texts)]
    return Message(KEY, "az", tuple(parts), **more)


def prepared(bluesky, own, key=KEY, part=0, reply_to=None):
    made = bluesky.prepare(own, part, key, reply_to)
    assert isinstance(made, Prepared), made
    return Prepared.from_json(made.to_json())


def published(bluesky, own, **more):
    sent = bluesky.send(prepared(bluesky, own, **more))
    assert isinstance(sent, Sent), sent
    return sent.receipt


def test_an_app_password_names_its_account(bluesky, account):
    known = bluesky.account()
    assert (known.id, known.handle) == (account[0], f"@{account[1]}")
    assert known.permissions == ("com.atproto.appPass",)
    assert abs(known.date - datetime.now(UTC)) < timedelta(seconds=30)


def test_the_same_request_again_is_the_same_post_to_the_letter(pds, bluesky, account):
    ready = prepared(bluesky, message(TEXT, images=[image(CARD, "613")]))
    first, again = bluesky.send(ready), connected(pds, account).send(ready)
    assert isinstance(first, Sent)
    assert first == again  # address and content hash too
    [out] = pds.records(account[0])
    assert (out["uri"], out["cid"]) == tuple(dict(first.receipt.refs)[name] for name in ("uri", "cid"))


def test_images_come_back_byte_for_byte_with_alt_texts_and_shape(pds, bluesky, account):
    images = [image(CARD, "613 nəfər, “Xocalı”\n26 fevral 1992"), image(PHOTO, "", "image/png")]
    published(bluesky, message(TEXT, images=images))
    [out] = pds.records(account[0])
    shown = out["value"]["embed"]["images"]
    assert [one["alt"] for one in shown] == ["613 nəfər, “Xocalı”\n26 fevral 1992", ""]
    assert [one["aspectRatio"] for one in shown] == [
        {"width": 64, "height": 80},
        {"width": 90, "height": 60},
    ]
    for one, whole in zip(shown, (CARD, PHOTO), strict=True):
        name = one["image"]["ref"]["$link"]
        blob = requests.get(
            f"{pds.base_url}/xrpc/com.atproto.sync.getBlob",
            params={"did": account[0], "cid": name},
            timeout=30,
        )
        assert (blob.content, name) == (whole.content, records.cid(whole.sha256))


def test_text_and_facets_come_back_byte_for_byte(pds, bluesky, account):
    other = pds.account()
    text = (
        f"Şəhidlərimizi anırıq 🕯️👨‍👩‍👧 e\u0301 — @{other[1]} @nobody.test (#Xocalı) #26february\n"
        "xocali.az https://example.org/ə?a=1&b=2 بسم"
    )
    published(bluesky, message(text))
    value = pds.records(account[0])[0]["value"]
    assert (value["text"], value["langs"]) == (text, ["az"])
    written = text.encode()
    marked = {
        written[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): facet["features"][0]
        for facet in value["facets"]
    }
    kind = "app.bsky.richtext.facet"
    assert marked == {
        f"@{other[1]}": {"$type": f"{kind}#mention", "did": other[0]},
        "#Xocalı": {"$type": f"{kind}#tag", "tag": "Xocalı"},
        "#26february": {"$type": f"{kind}#tag", "tag": "26february"},
        "xocali.az": {"$type": f"{kind}#link", "uri": "https://xocali.az"},
        "https://example.org/ə?a=1&b=2": {"$type": f"{kind}#link", "uri": "https://example.org/ə?a=1&b=2"},
    }


def test_pictures_are_labelled_where_they_are_to_be_covered(pds, bluesky, account):
    shown = {"warning": "Killing of civilians", "display": ("spoiler",)}
    published(bluesky, message(TEXT, images=[image(CARD, "")], **shown))
    labels = pds.records(account[0])[0]["value"]["labels"]
    assert labels == {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}


def test_a_link_card_is_kept_with_its_picture_and_read_back(pds, bluesky, account):
    card = LinkCard("Xocalı: the ledger", "Every figure with its source.", image(CARD, ""))
    own = message(TEXT, link="https://example.org/ledger", link_card=card)
    receipt = published(bluesky, own)
    [out] = pds.records(account[0])
    external = out["value"]["embed"]["external"]
    assert (external["uri"], external["title"]) == ("https://example.org/ledger", "Xocalı: the ledger")
    assert external["thumb"]["ref"]["$link"] == records.cid(CARD.sha256)
    assert external["thumb"]["mimeType"] == "image/jpeg"
    assert bluesky.read_back(own, 0, receipt) == ()
    assert bluesky.find(prepared(bluesky, own), NOBODY) == Found(receipt)


@pytest.mark.parametrize("level", ["mild", "graphic"])
def test_a_picture_marked_as_graphic_is_labelled(pds, bluesky, account, level):
    marked = replace(image(CARD, "613"), graphic=level)
    receipt = published(bluesky, message(TEXT, images=[marked]))
    labels = pds.records(account[0])[0]["value"]["labels"]
    assert labels == {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}
    assert bluesky.read_back(message(TEXT, images=[marked]), 0, receipt) == ()


def test_a_thread_stands_as_a_row_of_replies(pds, bluesky, account):
    own = message("One.", "Two.", "Three.")
    reply_to = None
    for part in range(3):
        key = KEY if part == 0 else f"{KEY}#{part + 1}"
        reply_to = published(bluesky, own, key=key, part=part, reply_to=reply_to)
    out = {one["value"]["text"]: one for one in pds.records(account[0])}
    refs = {text: {"uri": one["uri"], "cid": one["cid"]} for text, one in out.items()}
    assert out["Two."]["value"]["reply"] == {"root": refs["One."], "parent": refs["One."]}
    assert out["Three."]["value"]["reply"] == {"root": refs["One."], "parent": refs["Two."]}


@pytest.mark.parametrize("replies", ["nobody", "followers", "mentioned"])
def test_who_may_reply_stands_beside_its_post_and_goes_with_it(pds, bluesky, account, replies):
    receipt = published(bluesky, message("Quiet, please.", replies=replies))
    [gate] = pds.records(account[0], records.GATE)
    assert gate["uri"].endswith(f"/{receipt.remote_id}")
    assert gate["value"]["post"] == dict(receipt.refs)["uri"]
    assert gate["value"]["allow"] == records.ALLOWED[replies]
    assert bluesky.delete(receipt) is None
    assert pds.records(account[0], records.GATE) == pds.records(account[0]) == []


@pytest.mark.parametrize("replies", ["everyone", "nobody"])
def test_another_request_for_a_part_that_is_out_neither_doubles_nor_replaces_it(
    pds, bluesky, account, replies
):
    first = published(bluesky, message(TEXT, replies=replies))
    later = connected(pds, account, clock=lambda: datetime(2027, 2, 26, 12, tzinfo=UTC))
    again = prepared(later, message(TEXT, replies=replies))
    assert isinstance(later.send(again), Unknown)
    [out] = pds.records(account[0])
    assert out["cid"] == dict(first.refs)["cid"]
    assert later.find(again, NOBODY) == Found(first)
    other = prepared(later, message("Other words.", replies=replies))
    assert isinstance(later.send(other), Unknown)
    assert isinstance(later.find(other, NOBODY), CannotTell)


def test_a_post_is_read_back_listed_deleted_and_then_absent(pds, bluesky, account):
    own = message(TEXT, images=[image(CARD, "613")])
    ready = prepared(bluesky, own)
    assert bluesky.find(ready, NOBODY) == Absent()
    receipt = bluesky.send(ready).receipt
    assert bluesky.find(ready, NOBODY) == Found(receipt)
    assert bluesky.read_back(own, 0, receipt) == ()
    since = datetime.now(UTC) - timedelta(days=180)
    assert bluesky.already_out([own, replace(message("Not out."), key="2027/b/c")], since) == {
        KEY: receipt.url
    }
    assert bluesky.delete(receipt) is None
    assert bluesky.delete(receipt) is None
    assert pds.records(account[0]) == []
    assert bluesky.find(ready, NOBODY) == Absent()
    assert bluesky.read_back(own, 0, receipt) == ("it is not there any more",)
    assert bluesky.prepare(message("Two."), 0, f"{KEY}#2", receipt).kind is Refusal.CONTENT


def test_the_servers_limits_are_the_ones_we_count(pds, bluesky, account):
    family = "👨‍👩‍👧‍👦"
    for number, text in enumerate(("ə" * 300, family * 120)):
        published(bluesky, message(text), key=f"2027/{number}/b")
    ready = prepared(bluesky, message("ə" * 300), key="2027/over/b")
    for text in ("ə" * 301, family * 120 + "!"):
        record = {**ready.request["record"], "text": text}
        answer = bluesky.send(replace(ready, request={**ready.request, "record": record}))
        assert (answer.kind, "too big" in answer.message) == (Refusal.CONTENT, True)
    assert len(pds.records(account[0])) == 2


def test_an_image_that_is_not_there_is_uploaded_again_by_a_repetition(pds, account):
    ready = prepared(connected(pds, account), message(TEXT, images=[image(CARD, "613")]))
    never = picture("navy")
    record = {**ready.request["record"]}
    blob = {**record["embed"]["images"][0]["image"], "ref": {"$link": records.cid(never.sha256)}}
    blob["size"] = len(never.content)
    record["embed"] = {
        **record["embed"],
        "images": [{**record["embed"]["images"][0], "image": blob}],
    }
    frozen = replace(
        ready,
        request={**ready.request, "record": record},
        uploads={never.sha256: records.cid(never.sha256)},
    )
    asked = replace(channel("bluesky", pds.base_url))
    secrets = {"IDENTIFIER": account[1], "APP_PASSWORD": account[2]}
    assert isinstance(connect(asked, secrets, {never.sha256: never.content}.__getitem__).send(frozen), Sent)


def test_a_wrong_password_and_a_session_that_ended_are_told_apart(pds, account, monkeypatch):
    wrong = connected(pds, (*account[:2], "abcd-abcd-abcd-abcd"))
    answer = wrong.account()
    assert (answer.kind, "app password" in answer.message) == (Refusal.AUTH, True)
    good = connected(pds, account)
    good.account()
    [(own, login)] = [one for one in xrpc.MEMORY.logins.items() if one[1].did == account[0]]
    monkeypatch.setitem(xrpc.MEMORY.logins, own, replace(login, until=0.0))
    assert good.account().id == account[0]
    renewed = xrpc.MEMORY.logins[own]
    assert renewed.refresh != login.refresh
    monkeypatch.setitem(xrpc.MEMORY.logins, own, replace(renewed, access="not.a.token"))
    assert good.account().id == account[0]


@pytest.mark.parametrize("passes", [0, 1], ids=["part 1", "part 2"])
@pytest.mark.parametrize("place", ["before-send", "after-send", "before-settle", "after-settle"])
def test_killed_around_the_publishing_call_each_part_is_out_once(tmp_path, pds, account, place, passes):
    arguments = [str(tmp_path), pds.base_url, account[1], account[2], "0"]
    killed = subprocess.run(
        [sys.executable, "-m", "tests.real.life", *arguments],
        cwd=ROOT,
        env={**os.environ, failpoints.VARIABLE: f"{place}:{passes}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    before = {"before-send": 0}.get(place, 1) + passes
    assert len(pds.records(account[0])) == before
    state, receipts = live(tmp_path, pds.base_url, account[1], account[2], NOON + timedelta(seconds=90))
    assert state == "published"
    out = {one["value"]["text"]: one["uri"] for one in pds.records(account[0])}
    assert len(pds.records(account[0])) == 2
    assert [dict(receipt.refs)["uri"] for receipt in receipts] == [out[text] for text in TEXTS]


def test_a_persons_command_publishes_a_post_with_its_card_once(tmp_path, pds, account):
    soon = datetime.now(UTC) + timedelta(hours=1)
    posts = campaigns.post("flood", campaigns.at(soon))
    config = campaigns.write(tmp_path, posts, mastodon=pds.base_url, live=True, secrets=False)
    lines = config.read_text().replace("platform: mastodon", "platform: bluesky").splitlines(keepends=True)
    config.write_text("".join(line for line in lines if "x-en" not in line))
    (tmp_path / ".env").write_text(f"M_EN_IDENTIFIER={account[1]}\nM_EN_APP_PASSWORD={account[2]}\n")
    (tmp_path / ".env").chmod(0o600)
    command = [sys.executable, "run.py", "--config", str(config), "publish", "flood", "--channel", "m-en"]
    first, again = (
        subprocess.run(
            [*command, "--live"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        for _ in range(2)
    )
    assert (first.returncode, again.returncode != 0) == (0, True), first.stderr
    [out] = pds.records(account[0])
    assert f"/post/{out['uri'].rpartition('/')[2]}" in first.stdout
    value = out["value"]
    assert value["text"] == (
        "Content note: Loss of life\nThe water came at night. We remember those it took.\n#HarbourFlood"
    )
    [card] = value["embed"]["images"]
    assert "The night of the flood" in card["alt"]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert account[2].encode() not in kept
    assert account[2] not in first.stdout + first.stderr + again.stdout + again.stderr
