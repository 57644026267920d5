"""The other commemoration, handed out in every form there is, taken back, told of and looked after."""

import json
import re
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from scheduler.service import exporting
from tests.alerts.services import endpoint
from tests.cli.conftest import the_log_as_it_was  # noqa: F401  (autouse: commands set up the log)
from tests.test_second_campaign import LEAP, NEW_YEAR, begun, typed

FILES = {
    "csv": "posts.csv",
    "xlsx": "posts.xlsx",
    "template": "empty.xlsx",
    "buffer": "buffer/mastodon-es.csv",
    "publer": "publer/mastodon-es.csv",
    "json": "campaign.json",
    "ics": "plan.ics",
    "letters": "letters",
    "pack": "pack/LIST.txt",
    "site": "site/index.html",
}
MORE = {kind: ["--uncleared", "--images-at", "https://example.org/pictures"] for kind in ("buffer", "publer")}
OFFICE = f"""\
- id: mayor
  author: editor
  approved_by: reader
  office: {{es: La Alcaldía del Puerto}}
  holder: Rosa Ejemplo
  verified_on: {datetime.now(UTC):%Y-%m-%d}
"""
LETTER = "---\nauthor: editor\nlanguage: es\noffices: [mayor]\n---\n\n# Una placa\n\nPedimos una placa.\n"


@pytest.fixture(scope="module", params=[LEAP, NEW_YEAR], ids=["a leap day", "over New Year"])
def exported(request, tmp_path_factory):
    """(The commemoration, its config, the folder with every export), one channel of it posted on by hand."""
    folder = tmp_path_factory.mktemp("second")
    config = begun(folder, request.param)
    head, of_telegram = config.read_text(encoding="utf-8").split("  telegram-ar:\n")
    by_hand = of_telegram.replace("live: false", "by_hand: true", 1)
    config.write_text(f"{head}  telegram-ar:\n{by_hand}", encoding="utf-8")
    (folder / "posts" / "ledger" / "offices.yaml").write_text(OFFICE, encoding="utf-8")
    (folder / "posts" / "letters").mkdir()
    (folder / "posts" / "letters" / "plaque.md").write_text(LETTER, encoding="utf-8")
    assert typed(config, "approve", "day", "--as", "Ayla", "--yes").code == 0  # a pack has what may go out
    out = tmp_path_factory.mktemp("out")
    for kind, file in FILES.items():
        where = str(out / file.partition("/")[0])
        told = typed(config, "export", kind, "--out", where, *MORE.get(kind, ()))
        assert told.code == 0, f"{kind}: {told.err}"
    return request.param, config, out


@pytest.mark.long
def test_every_kind_is_written_and_says_nothing_of_another_campaign(exported):
    _, _, out = exported
    assert set(FILES) == set(exporting.KINDS)
    assert [kind for kind, file in FILES.items() if not (out / file).exists()] == []
    texts = [
        path for path in out.rglob("*") if path.suffix in (".csv", ".json", ".ics", ".html", ".md", ".txt")
    ]
    assert len(texts) >= len(FILES)
    for path in texts:
        found = re.search("khojaly|xocalı|baku|azerbaijan(?!i)", path.read_text(encoding="utf-8"), re.I)
        assert found is None, path


def test_its_days_and_its_count_are_in_what_is_handed_out(exported):
    one, _, out = exported
    plan = json.loads((out / "campaign.json").read_text(encoding="utf-8"))["plan"]
    assert {each["post"]: each["due"] for each in plan} == one.dues
    # A calendar writes the same moment without its signs: 20270227T210000Z.
    written = (out / "plan.ics").read_text(encoding="utf-8")
    for due in one.dues.values():
        assert f"DTSTART:{datetime.fromisoformat(due):%Y%m%dT%H%M%SZ}" in written
    for kind in ("buffer", "publer"):
        text = (out / FILES[kind]).read_text(encoding="utf-8-sig")
        assert f"{one.spanish}. Han pasado {one.count} años y los recordamos." in text
        assert "https://example.org/pictures/" in text
    assert "Pedimos una placa." in (out / "letters" / "mayor.es.txt").read_text(encoding="utf-8")
    given = [path.read_text(encoding="utf-8") for path in (out / "pack").rglob("*.txt")]
    assert any(f"مرت {one.count} سنة" in text for text in given)


def test_the_workbook_comes_back_without_a_change(exported):
    _, config, out = exported
    files = {path: path.read_bytes() for path in (config.parent / "posts").rglob("*") if path.is_file()}
    names = load_workbook(out / "posts.xlsx", read_only=True).sheetnames
    assert {"Posts", "offices"} <= set(names)
    for sheet in (name for name in names if name != "lists"):
        told = typed(config, "import", str(out / "posts.xlsx"), "--sheet", sheet, "--write", "--json")
        assert told.code == 0, told.out + told.err
        rows = told.json["rows"]
        assert rows
        assert [one for one in rows if one["new"] or one["fields"]] == []
    assert {path: path.read_bytes() for path in files} == files


def test_alerts_name_it_and_doctor_finds_it_well(exported, monkeypatch):
    _, config, _ = exported
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("alerts: {to: []}", "alerts: {to: [ALERT_URL_1]}"), encoding="utf-8")
    with endpoint() as (address, received, _):
        monkeypatch.setenv("ALERT_URL_1", address)
        assert typed(config, "alerts", "test").code == 0
    assert [message["title"] for message in received] == ["Test: alerts of La crecida del puerto arrive here"]
    told = typed(config, "doctor", "--json")
    assert told.code == 0
    seen = {(one["about"], one["words"]) for one in told.json}
    assert [one for one in told.json if one["state"] == "bad"] == []
    assert ("config", f"La crecida del puerto 2027, {config}") in seen
    assert len([words for about, words in seen if about == "fonts"]) == 2
