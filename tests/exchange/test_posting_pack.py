"""The posting pack: what a person needs to post by hand, and nothing that is not cleared."""

from datetime import UTC, datetime, timedelta

import pytest
import vobject
from PIL import Image as Picture

from scheduler.errors import InputError
from scheduler.exchange import posting_pack
from scheduler.model import Approval, Mode
from scheduler.store.restoring import restore
from tests.exchange.by_hand import FLOOD, NOW, campaign, export, opened

FOLDER = "m-en/2027-02-14 1800 Asia-Baku flood"
THREAD = FLOOD + "  thread: [{text: {en: Second part.}}, {text: {en: Third part.}}]\n"


def text(folder, name):
    return (folder / "pack" / name).read_text(encoding="utf-8")


def test_a_folder_holds_text_picture_description_times_steps_and_reminder(tmp_path):
    card = "  card: {template: plain, title: {en: The night}, text: {en: We remember.}}\n"
    campaigning = campaign(tmp_path, FLOOD + card + "  warning: {en: Loss of life}\n")
    export(campaigning, "pack")
    assert text(tmp_path, f"{FOLDER}/text.txt") == "The water came at night.\n#HarbourFlood\n"
    [image] = campaigning.prepare(NOW).deliveries[0].message.parts[0].images
    assert (tmp_path / "pack" / FOLDER / "image.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    assert len((tmp_path / "pack" / FOLDER / "image.jpg").read_bytes()) == image.size
    assert text(tmp_path, f"{FOLDER}/alt.txt") == f"image.jpg\n{image.alt}\n"
    # 18:00 in Baku (UTC+4) is 14:00 in London and in UTC.
    assert text(tmp_path, f"{FOLDER}/when.txt").splitlines() == [
        "Sun 2027-02-14 18:00 Asia/Baku",
        "Sun 2027-02-14 14:00 Europe/London",
        "2027-02-14 14:00 UTC",
    ]
    steps = text(tmp_path, f"{FOLDER}/checklist.txt")
    assert "Set the content warning: Loss of life" in steps
    assert "python run.py settle 2027/flood/m-en --published LINK" in steps


def test_the_reminder_rings_before_and_at_the_time(tmp_path):
    export(campaign(tmp_path), "pack")
    event = vobject.readOne(text(tmp_path, f"{FOLDER}/reminder.ics")).vevent
    assert event.dtstart.value == datetime(2027, 2, 14, 14, 0, tzinfo=UTC)
    assert [one.trigger.value for one in event.valarm_list] == [timedelta(minutes=-15), timedelta(0)]
    assert FOLDER in event.description.value


def test_each_part_of_a_thread_has_its_own_text(tmp_path):
    export(campaign(tmp_path, THREAD), "pack")
    assert text(tmp_path, f"{FOLDER}/text 2.txt") == "Second part.\n"
    assert text(tmp_path, f"{FOLDER}/text 3.txt") == "Third part.\n"
    assert "the 2 further texts go under it as replies" in text(tmp_path, f"{FOLDER}/checklist.txt")


def test_what_nobody_approved_is_listed_with_the_reason_and_not_handed_out(tmp_path):
    campaigning = campaign(tmp_path, approvals="{default: 1, ledger: 0}")
    written = export(campaigning, "pack")
    assert not (tmp_path / "pack" / FOLDER).exists()
    assert "2027/flood/m-en: not approved: " in text(tmp_path, "LIST.txt")
    assert any("2027/flood/m-en" in note for note in written.notes)
    [one] = campaigning.prepare(NOW).deliveries
    with campaigning.store(Mode.LIVE) as store:
        store.approve([Approval(one.key, one.digest, "Can", "approver", NOW, one.day)])
    export(campaigning, "pack")
    assert (tmp_path / "pack" / FOLDER / "text.txt").exists()


def test_what_is_held_since_leaves_the_pack(tmp_path):
    campaigning = campaign(tmp_path)
    export(campaigning, "pack")
    with campaigning.store(Mode.LIVE) as store:
        store.hold("language", "en", "rain", "Ayla", NOW)
    written = export(campaigning, "pack")
    assert not (tmp_path / "pack" / "m-en").exists()
    assert "hold on language en by Ayla: rain" in text(tmp_path, "LIST.txt")
    assert any(note.startswith("Out of date, and removed: ") for note in written.notes)


def test_what_has_an_error_or_is_past_is_not_handed_out(tmp_path):
    wrong = FLOOD.replace("flood", "wrong") + "  facts: [nothing]\n"
    past = FLOOD.replace("flood", "past").replace("02-14", "01-14")
    export(campaign(tmp_path, wrong + past), "pack")
    told = text(tmp_path, "LIST.txt")
    assert "2027/wrong/m-en: references.unknown" in told
    assert "2027/past/m-en: its time has passed" in told
    assert not (tmp_path / "pack" / "m-en").exists()


@pytest.mark.parametrize(
    ("live", "why"), [("", "could not be recorded"), ("live: true, ", "would be there twice")]
)
def test_a_channel_that_is_not_posted_on_by_hand_has_no_pack(tmp_path, live, why):
    campaign(tmp_path)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace("m-az: {", f"m-az: {{{live}"), encoding="utf-8")
    with pytest.raises(InputError, match=f"m-az does not say `by_hand: true`.*{why}"):
        export(opened(tmp_path), "pack", channels=("m-az",))


def test_a_campaign_without_such_a_channel_is_told_how_to_name_one(tmp_path):
    campaign(tmp_path)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace(", by_hand: true", ""), encoding="utf-8")
    with pytest.raises(InputError, match="Write `by_hand: true` under a channel"):
        export(opened(tmp_path), "pack")


def test_a_file_of_somebody_else_in_the_folder_is_left_alone(tmp_path):
    campaigning = campaign(tmp_path)
    export(campaigning, "pack")
    note = tmp_path / "pack" / FOLDER / "my note.txt"
    note.write_text("ask Can", encoding="utf-8")
    with campaigning.store(Mode.LIVE) as store:
        store.hold("all", "", "rain", "Ayla", NOW)
    export(campaigning, "pack")
    assert [path.name for path in note.parent.iterdir()] == ["my note.txt"]


def test_a_pack_of_one_channel_leaves_the_others_packs_where_they_are(tmp_path):
    campaign(
        tmp_path, FLOOD.replace("{en: The water came at night.}", "{en: The water came., az: Su gəldi.}")
    )
    config = tmp_path / "config.yaml"
    text = config.read_text(encoding="utf-8").replace("m-az: {", "m-az: {by_hand: true, ")
    config.write_text(text, encoding="utf-8")
    campaigning = opened(tmp_path)
    export(campaigning, "pack")
    export(campaigning, "pack", channels=("m-az",))
    export(campaigning, "pack", languages=("en",))
    assert {path.name for path in (tmp_path / "pack").iterdir() if path.is_dir()} == {"m-en", "m-az"}


def test_a_correction_says_under_which_post_it_goes(tmp_path):
    correction = FLOOD.replace("id: flood\n  kind: text", "id: mended\n  kind: correction")
    campaigning = campaign(tmp_path, FLOOD + correction + "  corrects: 2027/flood/m-en\n")
    [one] = [one for one in campaigning.prepare(NOW).deliveries if one.post == "flood"]
    with campaigning.store(Mode.LIVE) as store:
        store.posted_by_hand(one, {}, "https://m.org/@a/1", "Ayla", NOW, NOW)
    export(campaigning, "pack")
    steps = text(tmp_path, FOLDER.replace("flood", "mended") + "/checklist.txt")
    assert "Post it as a reply under what it corrects: https://m.org/@a/1" in steps
    assert not (tmp_path / "pack" / FOLDER).exists()  # what is posted needs no folder any more


def hold_back(folder, campaigning, now=NOW):
    """What LIST.txt says of why posts are not in the pack."""
    export(campaigning, "pack", now)
    return text(folder, "LIST.txt").partition("Not here")[2]


def planned(campaigning, post="flood"):
    [one] = [one for one in campaigning.prepare(NOW).deliveries if (one.post, one.channel) == (post, "m-en")]
    return one


def test_a_renamed_post_is_not_handed_out_a_second_time(tmp_path):
    campaigning = campaign(tmp_path)
    with campaigning.store(Mode.LIVE) as store:
        store.posted_by_hand(planned(campaigning), {}, "https://m.org/@a/1", "Ayla", NOW, NOW)
    renamed = campaign(tmp_path, FLOOD.replace("flood", "water"))
    assert "2027/water/m-en: it went out under another name" in hold_back(tmp_path, renamed)


def test_a_correction_waits_until_what_it_corrects_is_recorded(tmp_path):
    correction = FLOOD.replace("id: flood\n  kind: text", "id: mended\n  kind: correction")
    campaigning = campaign(tmp_path, FLOOD + correction + "  corrects: 2027/flood/m-en\n")
    told = hold_back(tmp_path, campaigning)
    assert "2027/mended/m-en: 2027/flood/m-en, which it corrects, is not recorded as posted" in told
    assert "settle 2027/flood/m-en --published LINK" in told


def test_after_a_restore_nothing_is_handed_out_before_somebody_has_looked(tmp_path):
    campaigning = campaign(tmp_path)
    with campaigning.store(Mode.LIVE) as store:
        backup = store.backup(tmp_path / "kept", NOW)
        store.posted_by_hand(planned(campaigning), {}, "https://m.org/@a/1", "Ayla", NOW, NOW)
    restore(campaigning.config.data, backup, NOW)
    assert "look at the account" in hold_back(tmp_path, campaigning)
    with campaigning.store(Mode.LIVE) as store:
        [hold] = store.holds()
        store.lift(hold.id, "Ayla", NOW)
    assert hold_back(tmp_path, campaigning) == ""


def test_under_a_freeze_a_channel_that_the_scheduler_still_posts_on_is_not_handed_out(tmp_path):
    campaigning = campaign(tmp_path)
    was = campaigning.config.file.read_text(encoding="utf-8").replace("by_hand: true", "live: true")
    with campaigning.store(Mode.LIVE) as store:
        store.freeze("Ayla", "the week", NOW, config=was)
    assert "the plan is frozen, and until that ends the scheduler posts it" in hold_back(
        tmp_path, campaigning
    )


def test_a_pack_that_was_handed_out_is_remembered_when_the_channel_turns_live(tmp_path):
    campaigning = campaign(tmp_path)
    export(campaigning, "pack")
    with campaigning.store(Mode.LIVE) as store:
        assert store.must_compare("m-en")


def test_a_link_card_and_what_readers_are_told_of_pictures_are_in_the_pack(tmp_path):
    (tmp_path / "assets" / "images").mkdir(parents=True)
    Picture.new("RGB", (1200, 630), "white").save(tmp_path / "assets/images/pier.jpg")
    post = FLOOD + "  link: https://harbour.example/a\n"
    post += (
        "  link_card: {title: {en: The ledger}, description: {en: By source.}, image: pier.jpg, words: {}}\n"
    )
    record = "- {id: pier, file: pier.jpg, creator: The town, rights: free, graphic: mild}\n"
    campaigning = campaign(tmp_path, post, ledger_media=record)
    file = campaigning.config.file
    file.write_text(file.read_text(encoding="utf-8").replace("platform: mastodon", "platform: bluesky", 1))
    campaigning = opened(tmp_path)
    made = campaigning.prepare(NOW)
    [one] = [one for one in made.deliveries if one.channel == "m-en"]
    files = posting_pack.pack(made, [one], (), NOW).files
    assert files[f"{FOLDER}/link card.txt"] == b"The ledger\n\nBy source.\n"
    assert files[f"{FOLDER}/link card.jpg"] == made.files[one.message.link_card.image.sha256]
    steps = files[f"{FOLDER}/checklist.txt"].decode()
    assert "approved as in link card.txt" in steps
    assert "Mark the pictures as graphic" in steps
