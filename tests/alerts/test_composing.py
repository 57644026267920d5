"""What a person reads: the first line alone, then what happened and the exact command."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest

from scheduler import cli
from scheduler.alerts.composing import FIRST_LINE, LETTER, compose
from scheduler.alerts.kinds import KINDS, NAMES, STEPS, WHY, Cause, channel_of, of_notice, step_for
from scheduler.store import Notice
from scheduler.store.alerts import Alert, Telling, What

BAKU = ZoneInfo("Asia/Baku")
NOON = datetime(2027, 2, 10, 8, 0, tzinfo=UTC)
KEY = "2027/flood/m-en"
SCHEDULER = Path(__file__).parents[2] / "scheduler"


def notice(cause, text="something happened", key=None):
    return of_notice(Notice(1, cause, key, text, NOON, None))


def telling(cause, what=What.IS, doubtful=False, over_words=None, number=1):
    alert = Alert(
        number, cause.name, cause.kind, cause.key, cause.words, cause.todo, cause.sort.urgent, NOON, True,
        over_words=over_words,
    )  # fmt: skip
    return Telling(alert, "ALERT_URL_1", what, False, doubtful)


def letter(*tellings):
    return compose(tellings, "Harbour Flood", NOON, BAKU)


def test_one_thing_is_its_headline_its_words_and_what_to_do():
    said = letter(telling(notice(f"refused:{KEY}", "refused: the text is too long", KEY)))
    assert said.title == f"Refused: {KEY}"
    assert said.body == (
        f"- {KEY}: refused: the text is too long\n"
        f"What to do: Mend what it says. Give it a new time: python run.py retry {KEY} --at TIME. "
        f"Or let it go: python run.py cancel {KEY}\n\n"
        "Harbour Flood, Wed 10 Feb 2027 12:00 Asia/Baku"
    )
    assert said.urgent


def test_a_channel_is_named_in_the_first_line_and_in_the_command():
    said = letter(telling(notice("channel:m-en", "m-en: the password was refused")))
    assert said.title == "A channel cannot be used: m-en"
    assert "python run.py accounts connect m-en" in said.body


def test_what_is_urgent_comes_first_and_what_is_over_last():
    said = letter(
        telling(notice("config", "config.yaml cannot be used: line 3")),
        telling(notice("clock", "nothing is sent"), What.OVER, over_words="nothing is sent"),
        telling(notice(f"missed:{KEY}:now", f"{KEY} was missed", KEY)),
    )
    assert said.title == f"Missed: {KEY} (+2 more)"
    places = [
        said.body.index(words)
        for words in ("Missed:", "\n- config.yaml cannot be used: line 3", "Over: Nothing")
    ]
    assert places == sorted(places)


def test_of_many_the_first_are_named_and_the_number_of_the_others():
    keys = [f"2027/post-{n}/m-en" for n in range(12)]
    said = letter(*(telling(notice(f"missed:{key}", f"{key} was missed", key)) for key in keys))
    assert said.title == "12 posts were missed"
    assert "- and 4 more: python run.py status" in said.body
    assert keys[7] in said.body
    assert keys[8] not in said.body
    assert "(and likewise for the others)" in said.body


def test_a_repetition_says_so_first():
    said = letter(telling(notice(f"missed:{KEY}", f"{KEY} was missed", KEY), doubtful=True))
    assert said.body.startswith("Sent once more: ")


def test_moments_are_told_by_the_campaigns_clocks():
    said = letter(telling(notice("clock", "nothing is sent since 2027-02-10T07:30:00.123456+00:00")))
    assert "since Wed 10 Feb 2027 11:30 Asia/Baku" in said.body


def test_nothing_is_longer_than_telephones_and_services_take():
    words = "a very long reason that goes on " * 40
    kinds = [telling(notice(f"{kind}:{n}", words)) for kind in KINDS for n in range(9)]
    said = letter(*kinds)
    assert len(said.title) <= FIRST_LINE
    assert len(said.body) <= LETTER


def test_a_part_of_a_thread_is_settled_by_its_delivery():
    said = letter(telling(notice(f"unknown:{KEY}#2", "no answer tells whether it was published", KEY)))
    assert said.title == f"Is it out? {KEY}"
    assert f"settle {KEY} --published" in said.body


@pytest.mark.parametrize(
    ("key", "channel"), [(KEY, "m-en"), (f"{KEY}#2", "m-en"), ("m-en", "m-en"), ("", "")]
)
def test_the_channel_of_a_key(key, channel):
    assert channel_of(key) == channel


def _causes():
    """Every beginning of a cause that a notice is written with anywhere in the program."""
    for path in SCHEDULER.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "notice" not in text and "tell_of_here" not in text:
            continue
        constants = dict(re.findall(r'^([A-Z_]+) = "([a-z-]+):?"$', text, re.MULTILINE))
        for call in ast.walk(ast.parse(text)):
            name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
            if name.endswith(("notices.add", "store.notice", "store.tell_of_here")):
                place = 2 if name.endswith(".add") else 0
                words = ast.unparse(call.args[place])
                found = re.match(r"f?['\"]\{?([A-Za-z_-]+)|([A-Z_]+)$", words)
                named = (found[1] or found[2]) if found else words
                yield constants.get(named, named)


def test_every_cause_that_is_ever_noted_has_words_of_its_own():
    found = set(_causes())
    # `cause` stands for what is put together a line before; settle's are states of a delivery.
    told = {NAMES.get(one, one) for one in found - {"cause"}} | {
        "refused",
        "unknown",
        "scheduled",
        "published",
    }
    assert {"missed", "clock", "hanging", "ask", "home", "job"} <= told
    assert told <= set(KINDS), told - set(KINDS)


def test_what_stops_one_of_several_machines_does_not_read_as_if_nothing_were_sent():
    """Others send meanwhile; on its own the same cause stops everything."""
    titles = [
        letter(telling(notice(cause, "its clock is wrong"))).title for cause in ("clock", "clock:on baku")
    ]
    assert titles[0].startswith("Nothing is sent")
    assert titles[1].startswith("A machine sends nothing")
    cause = notice("channel:m-en:on baku", "baku: m-en: the token is not valid")
    assert (cause.kind, cause.key) == ("channel", "m-en")
    assert cause.todo == "Renew what it needs: python run.py accounts connect m-en"


def test_posts_of_one_kind_that_need_different_things_are_told_each():
    kept = {
        "one": "not approved: 0 of 1 approval",
        "two": "not approved: 0 of 1 approval",
        "three": "hold on x",
    }
    causes = [
        Cause(f"risk:{post}", "risk-1h", f"2027/{post}/m-en", why, once=True, step=step_for([why]))
        for post, why in kept.items()
    ]
    said = letter(*(telling(cause) for cause in causes))
    assert said.body.count("What to do: ") == 2
    assert "python run.py approve one (and likewise for the others)\n" in said.body
    assert "Lift the hold when all is well" in said.body


def test_each_of_several_holds_is_named_with_its_number():
    said = letter(*(telling(notice(f"hold:{number}", f"x-{number} is held")) for number in (3, 4)))
    assert "release 3\n" in said.body
    assert "release 4\n" in said.body


def test_one_post_on_many_channels_is_approved_by_one_command():
    keys = [f"2027/flood/{channel}" for channel in ("m-en", "x-en")]
    causes = [Cause(f"risk:{key}", "risk-1h", key, "…", step=step_for(["not approved: …"])) for key in keys]
    said = letter(*(telling(cause) for cause in causes))
    assert "What to do: Read it and approve it: python run.py approve flood\n" in said.body


def _commands():
    """Each command that a message may name, with what it is given, as somebody would paste it."""
    every = {kind.todo for kind in KINDS.values()} | {step for _, step in STEPS} | {WHY}
    for words in every:
        filled = words.format(key=KEY, post="flood", channel="m-en", rest="1")
        for found in re.finditer(r"python run\.py ([a-z]+(?: (?!Or\b)[^\s.(,;]+)*)", filled):
            yield found[1]


@pytest.mark.parametrize("command", sorted(set(_commands())))
def test_every_command_that_a_message_names_can_be_typed(command):
    words = command.replace("LINK", "https://social.example/1").replace("TIME", "2027-02-11T10:00").split()
    context = click.Context(cli.cli)
    found = cli.cli.get_command(context, words[0])
    while isinstance(found, click.Group):
        words = words[1:]
        found = found.get_command(context, words[0])
    assert found is not None
    found.make_context(words[0], words[1:])


def test_a_cause_nobody_has_words_for_is_told_all_the_same():
    said = letter(telling(Cause("surprise:1", "surprise", None, "the moon fell down")))
    assert said.title == "Something needs you"
    assert "the moon fell down" in said.body
