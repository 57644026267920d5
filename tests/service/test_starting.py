"""Beginning a campaign: what is written can be used at once, and nothing that is there is written over."""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler import content, platforms
from scheduler.errors import InputError
from scheduler.model import RECORDS, Severity
from scheduler.service import first_files, first_ledger, open_campaign, questions, starting
from tests.thorough import examples

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ENOUGH = {
    "name": "Harbour Flood",
    "anniversary": "1962-02-17",
    "timezone": "Pacific/Auckland",
    "languages": "es, ar, en",
}


def answers(**changed):
    return questions.answered({**ENOUGH, **changed}, TODAY)


def checked(folder):
    """Everything `check` finds in what was written."""
    return open_campaign(folder / "config.yaml", environ={}).prepare(NOW).findings


def test_what_is_written_has_no_error_on_any_platform(tmp_path):
    everywhere = ", ".join(f"{name}-{'es' if name < 'm' else 'ar'}" for name in platforms.kinds())
    files = starting.start(tmp_path / "flood", answers(channels=everywhere))
    assert [one for one in checked(tmp_path / "flood") if one.severity is not Severity.WARNING] == []
    assert set(files) >= {"config.yaml", "posts/first.yaml", ".env.example", ".gitignore"}
    assert {f"posts/ledger/{kind}.yaml" for kind in RECORDS} <= set(files)


@pytest.mark.parametrize("channels", ["instagram, mastodon", "instagram"])
@pytest.mark.parametrize("language", ["tlh", "zh", "he"])
def test_a_language_that_cards_cannot_speak_begins_without_a_card_and_without_an_error(
    tmp_path, language, channels
):
    """Instagram takes no post without a picture, so the first post waits there until it has one."""
    starting.start(tmp_path, answers(languages=language, channels=channels))
    errors = [str(one) for one in checked(tmp_path) if one.severity is not Severity.WARNING]
    assert errors == []
    assert ("card:" in (tmp_path / "posts" / "first.yaml").read_text(encoding="utf-8")) is (language != "tlh")


def test_the_campaign_is_the_one_that_was_answered(tmp_path):
    starting.start(tmp_path, answers(hashtags="#HarbourFlood 17feb", channels="mastodon-ar, x"))
    config = open_campaign(tmp_path / "config.yaml", environ={}).config
    campaign = config.campaign
    assert (campaign.name, campaign.day) == ("Harbour Flood", date(2027, 2, 17))
    assert (campaign.timezone.key, campaign.languages) == ("Pacific/Auckland", ("es", "ar", "en"))
    assert campaign.hashtags == ("HarbourFlood", "17feb")
    assert {one.name: one.language for one in config.channels.values()} == {"mastodon-ar": "ar", "x-es": "es"}
    assert not any(one.live for one in config.channels.values())


def test_a_regional_language_has_a_channel_in_small_letters(tmp_path):
    starting.start(tmp_path, answers(languages="pt-BR", channels="mastodon-pt-br, bluesky-pt-BR"))
    channels = open_campaign(tmp_path / "config.yaml", environ={}).config.channels
    assert {one.name: one.language for one in channels.values()} == {
        "mastodon-pt-br": "pt-BR",
        "bluesky-pt-br": "pt-BR",
    }


def test_a_leap_day_is_commemorated_on_28_february_in_a_common_year(tmp_path):
    starting.start(tmp_path, answers(anniversary="1904-02-29"))
    assert open_campaign(tmp_path / "config.yaml", environ={}).config.campaign.day == date(2027, 2, 28)
    assert "28 February where there is no 29th" in (tmp_path / "config.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("today", "year"),
    # 17 February itself still belongs to this year's run-up, the day after to the next one.
    [(date(2026, 11, 22), 2027), (date(2027, 2, 17), 2027), (date(2027, 2, 18), 2028)],
)
def test_the_year_proposed_is_that_of_the_next_anniversary(today, year):
    assert questions.answered(ENOUGH, today).year == year


@pytest.mark.parametrize(
    ("question", "words", "reason"),
    [
        ("name", " ", "a campaign needs a name"),
        ("name", "x" * 61, "61 characters"),
        ("name", "Flood {years}", "“{” cannot stand in a name"),
        ("name", "Flood 🕯", "“🕯” cannot stand in a name"),
        ("anniversary", "2/3/1962", "is no day; write year-month-day"),
        ("anniversary", "1962-02-30", "is no day"),
        ("anniversary", "2031-02-17", "still to come"),
        ("year", "27", "four figures"),
        ("year", "2026", "the next one is in 2027"),
        ("year", "9999", "has passed"),
        ("timezone", "Auckland", "did you mean Pacific/Auckland?"),
        ("timezone", "Pacific/Aukland", "did you mean Pacific/Auckland?"),
        ("timezone", "UTC+12", "is not a time zone"),
        ("languages", "Spanish", "write es"),
        ("languages", "EN", "not a language tag"),
        ("hashtags", "Harbour-Flood", "has a hyphen"),
        ("channels", "mastodn-es", "did you mean mastodon?"),
        ("channels", "mastodon-fr", "fr is not one of the campaign's languages (es, ar, en)"),
        ("channels", "myspace", "is not a platform"),
        ("channels", ",", "name at least one account"),
    ],
)
def test_a_wrong_answer_is_told_with_its_reason(question, words, reason):
    with pytest.raises(InputError) as refused:
        answers(**{question: words})
    assert str(refused.value).startswith(f"{question}: ")
    assert reason in str(refused.value)


def test_every_wrong_answer_is_told_at_once():
    with pytest.raises(InputError) as refused:
        questions.answered({"anniversary": "soon", "timezone": "Here", "languages": "en"}, TODAY)
    told = str(refused.value).splitlines()
    # Hashtags hang on the name and the year on the anniversary, so nothing is said of them.
    assert [line.partition(":")[0] for line in told] == ["name", "anniversary", "timezone"]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("1962-02-17", date(1962, 2, 17)),
        ("17.02.1962", date(1962, 2, 17)),
        ("17 February 1962", date(1962, 2, 17)),
        ("17. february 1962", date(1962, 2, 17)),
    ],
)
def test_a_day_may_be_written_as_people_write_it(words, day):
    assert answers(anniversary=words).anniversary == day


def test_answers_are_read_from_a_file_and_a_wrong_one_is_shown_at_its_place(tmp_path):
    file = tmp_path / "answers.yaml"
    file.write_text(
        "name: Harbour Flood\nanniversary: 1962-02-17\ntimezone: UTC\nlanguages: [es, ar]\nhashtags: []\n"
    )
    words, places = questions.from_file(file)
    found = questions.answered(words, TODAY, places)
    assert (found.languages, found.hashtags, found.timezone) == (("es", "ar"), (), "UTC")
    file.write_text("name: Harbour Flood\nanniversary: soon\ntimezone: UTC\n")
    words, places = questions.from_file(file)
    with pytest.raises(InputError, match=r"^answers\.yaml:2:1 anniversary: “soon” is no day"):
        questions.answered(words, TODAY, places)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nam: x\n", "answers.yaml:1:1: there is no question “nam”; did you mean name?"),
        ("- name\n", "write one line for each answer"),
        ("name: [\n", "answers.yaml:"),
    ],
)
def test_a_file_of_answers_that_cannot_be_read_is_told(tmp_path, text, told):
    file = tmp_path / "answers.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        questions.from_file(file)
    assert told in str(refused.value)


def test_a_file_of_answers_that_is_not_there_is_named_as_it_was_typed(tmp_path):
    with pytest.raises(InputError, match=r"^--answers /nowhere/mine\.yaml: there is no such file$"):
        questions.from_file(Path("/nowhere/mine.yaml"))


@pytest.mark.parametrize(
    "name", ["config.yaml", "posts/mine.yaml", ".env", ".gitignore", ".vscode/settings.json"]
)
def test_nothing_that_is_there_is_written_over_and_nothing_is_added(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputError, match="nothing is written over"):
        starting.require_room(tmp_path)  # before anything is asked
    with pytest.raises(InputError, match="nothing is written over"):
        starting.start(tmp_path, answers())
    assert (tmp_path / name).read_text() == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / name]


def test_a_file_in_the_folders_place_is_told(tmp_path):
    (tmp_path / "flood").write_text("mine")
    with pytest.raises(InputError, match="is a file; name a folder"):
        starting.start(tmp_path / "flood", answers())


def test_a_disk_that_fails_half_way_leaves_nothing_behind(tmp_path, monkeypatch):
    linked = []

    def fails_at_the_third(made, target):
        linked.append(target)
        if len(linked) == 3:
            raise OSError(28, "No space left on device")
        target.write_bytes(made.read_bytes())

    monkeypatch.setattr(starting, "_appear", fails_at_the_third)
    with pytest.raises(Exception, match="No space left on device"):
        starting.start(tmp_path / "flood", answers())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_each_example_of_the_ledger_is_a_record_that_can_be_used(tmp_path):
    starting.start(tmp_path, answers())
    for kind in RECORDS:
        path = tmp_path / "posts" / "ledger" / f"{kind}.yaml"
        text = path.read_text(encoding="utf-8")
        head, example = text.split("# An example; take the # away to use it:\n#\n")
        shown, _, rest = example.partition("\n\n")
        uncommented = "\n".join(line.removeprefix("# ") for line in shown.splitlines())
        path.write_text(f"{head}{uncommented}\n{rest}", encoding="utf-8")
    read = content.read(tmp_path / "posts", ("es", "ar", "en"), tmp_path)
    assert [str(one) for one in read.findings] == []
    assert all(read.ledger.of(kind) for kind in RECORDS)


def test_word_lists_are_those_that_fit_any_campaign_in_its_own_languages(tmp_path):
    starting.start(tmp_path, answers())
    lists = content.read(tmp_path / "posts", ("es",), tmp_path).ledger.wording
    assert "according to" in lists["attribution"].words["en"]
    assert {tag for one in lists.values() for tag in one.words} == {"en"}
    assert not {"peoples", "denial", "living-person"} & {one.rule for one in lists.values()}


def test_nothing_of_the_sample_campaign_stands_in_a_new_one(tmp_path):
    starting.start(tmp_path, answers())
    for path in tmp_path.rglob("*.*"):
        if path.is_file() and path.parent.name != "schemas":
            text = path.read_text(encoding="utf-8").casefold()
            assert [
                word
                for word in ("khojaly", "xocal", "armenia", "azeri", "azerbaijan", "baku")
                if word in text
            ] == []


def test_a_program_without_its_sample_beside_it_starts_a_campaign_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(first_ledger, "HOME", tmp_path / "nowhere")
    monkeypatch.setattr(starting, "HOME", tmp_path / "nowhere")
    starting.start(tmp_path / "flood", answers())
    assert [one for one in checked(tmp_path / "flood") if one.severity is not Severity.WARNING] == []
    with pytest.raises(InputError, match="init without --from-sample"):
        starting.from_sample(tmp_path / "copy")


def test_a_copy_of_the_sample_is_the_sample_and_nothing_made_from_it(tmp_path):
    files = starting.from_sample(tmp_path)
    for name in ("config.yaml", "posts/figures.yaml", "posts/ledger/facts.yaml", "assets/images/dawn.jpg"):
        assert name in files
        assert (tmp_path / name).read_bytes() == (starting.HOME / name).read_bytes()
    assert not (tmp_path / "data").exists()
    assert "MASTODON_AZ_ACCESS_TOKEN=" in (tmp_path / ".env.example").read_text()
    assert open_campaign(tmp_path / "config.yaml", environ={}).config.campaign.languages == ("en", "az")


def test_secrets_are_named_for_each_account_with_where_to_get_them(tmp_path):
    starting.start(tmp_path, answers(channels="telegram-ar mastodon-es mastodon-en"))
    text = (tmp_path / ".env.example").read_text(encoding="utf-8")
    assert "@BotFather" in text
    values = [line for line in text.splitlines() if line and not line.startswith("#")]
    # No value stands there, and no name that an account does not have.
    assert sorted(values) == [
        "MASTODON_EN_ACCESS_TOKEN=",
        "MASTODON_ES_ACCESS_TOKEN=",
        "TELEGRAM_AR_BOT_TOKEN=",
    ]
    ignored = (tmp_path / ".gitignore").read_text().splitlines()
    assert {".env", "data/", ".tokens.json"} <= set(ignored)


def run(folder, *words):
    """Typed in the campaign's folder, as every message has it: python run.py …"""
    return subprocess.run(
        [sys.executable, "run.py", *words], cwd=folder, capture_output=True, text=True, timeout=60
    )


@pytest.mark.long
def test_commands_are_typed_in_the_campaigns_own_folder_as_every_message_prints_them(tmp_path):
    starting.start(tmp_path / "flood", answers())
    told = run(tmp_path / "flood", "check", "--json")
    assert (told.returncode, told.stderr) == (0, "")
    assert {one["severity"] for one in json.loads(told.stdout)} <= {"warning"}


def test_a_program_that_lies_elsewhere_by_now_is_told_with_the_line_to_change(tmp_path, monkeypatch):
    monkeypatch.setattr(first_files, "HOME", tmp_path / "where it was")
    starting.start(tmp_path / "flood", answers())
    told = run(tmp_path / "flood", "--version")
    assert told.returncode == 2
    assert told.stderr == (
        f"The program is not in {tmp_path / 'where it was'} any more. Write the folder where it lies now "
        f"into {tmp_path / 'flood' / 'run.py'}, in the line that begins with PROGRAM.\n"
    )


def test_a_campaign_begun_in_the_programs_own_folder_keeps_its_run_py(tmp_path, monkeypatch):
    (tmp_path / "run.py").write_text("the program's")
    with pytest.raises(InputError, match="nothing is written over"):
        starting.require_room(tmp_path)  # somebody's own, in any other folder
    monkeypatch.setattr(starting, "HOME", tmp_path)
    starting.require_room(tmp_path)
    assert "run.py" not in starting.start(tmp_path, answers())
    assert (tmp_path / "run.py").read_text() == "the program's"


def test_every_page_that_a_new_file_names_is_found_from_the_folder_it_names(tmp_path):
    everywhere = ", ".join(f"{name}-es" for name in platforms.kinds())
    starting.start(tmp_path, answers(channels=everywhere))
    named = 0
    files = [one for one in tmp_path.rglob("*") if one.is_file() and ".vscode" not in one.parts]
    assert len(files) > 10
    for path in files:
        text = path.read_text(encoding="utf-8")
        if pages := set(re.findall(r"(?<![\w/.-])docs/[\w/.-]+\.md", text)):
            [folder] = re.findall(r"^# Pages named docs/… lie in the program's folder, (.+)$", text, re.M)
            assert [page for page in pages if not (Path(folder) / page).is_file()] == []
        named += len(pages)
    assert named >= 4  # the platforms' pages, those of posts, and that of word lists


def test_an_editor_finds_the_schema_of_every_file(tmp_path):
    starting.start(tmp_path, answers())
    told = json.loads((tmp_path / ".vscode" / "settings.json").read_text())["yaml.schemas"]
    assert all((tmp_path / schema).is_file() for schema in told)
    for path in [tmp_path / "config.yaml", *(tmp_path / "posts").rglob("*.yaml")]:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        schema = (path.parent / first.partition("$schema=")[2]).resolve()
        assert schema.is_file(), first
        assert schema.stem == {"config": "config", "first": "post"}.get(path.stem, path.stem)
        assert path.relative_to(tmp_path).match(told[schema.relative_to(tmp_path.resolve()).as_posix()])


NAMES = st.text(
    st.characters(
        categories=("Lu", "Ll", "Nd", "Po", "Pd", "Zs", "Sm"), max_codepoint=0x24F, exclude_characters="{}"
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=examples(40))
@given(name=NAMES)
def test_whatever_a_campaign_is_called_its_files_can_be_read_back(name, tmp_path_factory):
    try:
        found = answers(name=name)
    except InputError:
        return
    folder = tmp_path_factory.mktemp("named")
    starting.start(folder, found)
    assert open_campaign(folder / "config.yaml", environ={}).config.campaign.name == found.name
    posts = content.read(folder / "posts", found.languages, folder)
    assert [str(one) for one in posts.findings if one.severity is Severity.ERROR] == []
    assert (
        yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))["campaign"]["name"] == found.name
    )
