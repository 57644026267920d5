"""What the README says is true: its commands run, its YAML is read, its tables, targets and links hold."""

import re
from datetime import UTC, datetime

import pytest

from scheduler import config, content, platforms
from scheduler.model import Severity, State
from scheduler.prepare import prepare
from tests import documents, terminal
from tests.fakes.mastodon_server import MastodonServer

PAGES = (
    "README.md",
    *(
        path.relative_to(documents.ROOT).as_posix()
        for folder in ("docs", "docs/how-to", "docs/platforms")
        for path in sorted((documents.ROOT / folder).glob("*.md"))
    ),
)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOKEN = "token-of-a-test-account"
STANDS_FOR = {"POST": "figures", "NAME": "first-reader", "ID": "killed"}
REFUSAL = "No channel says `live: true`"
PROMISES = {
    "Nothing leaves your computer": ("test_whole_path", "a_rehearsal_and_a_dry_run_do_not_use_up"),
    "Never twice, never silently lost": ("faults/test_kills", "no_part_is_out_twice_and_none_is_lost"),
    "What was approved is what goes out": ("store/test_gate", "each_condition_closes_the_gate"),
    "Records decide": ("checks/test_promises", "what_no_record_shows_does_not_pass"),
    "Nothing goes out in a quiet window": ("store/test_gate", "quiet_windows_bind_to_the_second"),
    "approvals never carry": ("service/test_rolling_over", "an_approval_for_the_old_year_is_none"),
    "Credentials are never printed": ("cli/test_output", "no_command_tells_a_secret"),
    "logged or stored in the database": ("delivery/test_whole_way", "no_secret_stands_in_the_database"),
    "stops everything at the next post": ("service/test_holding", "a_running_scheduler_stops_by_file"),
    "sends no backlog": ("cli/test_releasing", "what_lapsed_is_named_with_what_can_be_done"),
}
"""What the README promises, and where the test of it is: file and a part of its name."""


def commands():
    """Every command of the README in its order, in blocks and in the running text."""
    found = re.finditer(r"^(python run\.py.*)$|`(python run\.py [^`]+)`", documents.read("README.md"), re.M)
    return [match[1] or match[2] for match in found]


def meant(command, **known):
    stands_for = {**STANDS_FOR, **known}
    return " ".join(stands_for.get(word, word) for word in command.split(" "))


def go_live(folder, address):
    """What the README's steps 1 and 2 say: the token in .env, live: true for one channel."""
    (folder / ".env").write_text(f"MASTODON_EN_ACCESS_TOKEN={TOKEN}\n", encoding="utf-8")
    (folder / ".env").chmod(0o600)
    file = folder / "config.yaml"
    before, name, after = file.read_text(encoding="utf-8").partition("  mastodon-en:")
    after = after.replace("https://mastodon.example", address, 1).replace("live: false", "live: true", 1)
    file.write_text(before + name + after, encoding="utf-8")


@pytest.mark.long
def test_every_command_of_the_readme_does_what_it_says(tmp_path, monkeypatch):
    folder = terminal.sample(tmp_path / "campaign")
    monkeypatch.chdir(folder)
    seen, printed, pack = [], "", ""
    with MastodonServer(token=TOKEN) as server:
        # `publish` last: what it asks for stays due, which `status` then rightly complains of.
        for command in sorted(commands(), key=lambda command: " publish " in command):
            seen.append(command.split()[2])
            if command == "python run.py run":
                code, printed = terminal.started(command, folder, lambda text: "Dry run" in text)
            elif command == "python run.py run --live":
                code, printed = terminal.typed(command, monkeypatch)
                assert (code, REFUSAL in printed) == (2, True), printed
                go_live(folder, server.base_url)
                code, printed = terminal.started(command, folder, lambda text: "new:" in text)
            elif command.startswith("python run.py publish"):
                code, printed = terminal.typed(meant(command), monkeypatch)
                # The sample's records have been read by nobody but their author.
                held = "figures/mastodon-en: held" in printed and "set approved_by" in printed
                assert (code, held) == (1, True), printed
                continue
            else:
                code, printed = terminal.typed(meant(command, HASH=pack), monkeypatch)
            assert code == 0, f"{command} ended with {code}:\n{printed}"
            pack = pack if (told := re.search(r"--pack (\w+)", printed)) is None else told[1]
    assert not server.published  # nothing was due, and what was asked for at once is held
    assert {
        "check",
        "plan",
        "rehearse",
        "preview",
        "run",
        "publish",
        "approve",
        "status",
        "why",
        "hold",
    } <= set(seen)


def test_the_refusal_the_readme_quotes_is_the_one_that_is_printed():
    assert f"“{REFUSAL}”" in documents.read("README.md")


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_links_the_test_that_holds_it(promise):
    file, name = PROMISES[promise]
    [behind] = documents.read("README.md").split(promise)[1:]
    assert f"](tests/{file}.py" in behind[:350]
    assert re.search(rf"def test_\w*{name}", documents.read(f"tests/{file}.py"))


def yaml_blocks():
    return [block.text for block in documents.blocks("README.md") if block.kind == "yaml"]


def test_the_post_in_the_readme_is_a_good_post_of_the_sample(tmp_path):
    folder = terminal.sample(tmp_path / "campaign")
    [text] = [text for text in yaml_blocks() if text.startswith("- id:")]
    (folder / "posts" / "example.yaml").write_text(text, encoding="utf-8")
    made, _ = config.load(folder / "config.yaml")
    read = content.read(made.posts, made.campaign.languages, folder)
    assert [str(finding) for finding in read.findings] == []
    [post] = [post for post in read.posts if post.file == "posts/example.yaml"]
    judged = prepare(made, NOW, {}, draw=False).findings
    graver = {Severity.ERROR, Severity.BLOCKED}
    assert [str(one) for one in judged if one.post == post.id and one.severity in graver] == []


def test_the_config_in_the_readme_is_read_without_a_finding(tmp_path):
    [text] = [text for text in yaml_blocks() if text.startswith("campaign:")]
    made, findings = config.parse(text, tmp_path / "config.yaml")
    assert [str(finding) for finding in findings] == []
    assert list(made.channels) == ["mastodon-en"]


def test_every_yaml_block_is_one_that_a_test_reads():
    assert [text.split(":")[0] for text in yaml_blocks()] == ["- id", "campaign"]


def test_every_make_target_that_is_named_exists():
    makefile = documents.read("Makefile")
    for page in PAGES:
        named = re.findall(r"`?\bmake ([a-z]+)`|^make ([a-z]+)$", documents.read(page), re.M)
        for target in {one or other for one, other in named}:
            assert re.search(rf"^{target}:.*## ", makefile, re.M), f"{page}: make {target}"


def test_the_two_commands_for_windows_are_those_of_make_demo():
    [block] = [one.text for one in documents.blocks("README.md") if one.text.startswith("py ")]
    makefile = documents.read("Makefile")
    assert "--require-hashes -r requirements.lock" in block
    assert "--require-hashes -r requirements.lock" in makefile
    demo = re.search(r"^demo:.*\n((?:\t.*\n)+)", makefile, re.M)[1]
    assert re.findall(r"run\.py (\w+)", block) == re.findall(r"\$\(RUN\) (\w+)", demo)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    folder = (documents.ROOT / page).parent
    for address in documents.links(page):
        if address.startswith(("https://", "http://")):
            continue
        path, _, anchor = address.partition("#")
        target = (folder / path).resolve() if path else documents.ROOT / page
        assert target.is_relative_to(documents.ROOT), address
        assert target.exists(), address
        if anchor:
            assert anchor in documents.anchors(target.relative_to(documents.ROOT)), address


def test_the_platform_table_has_every_platform_with_its_limits_and_secrets():
    section = documents.read("README.md").partition("## Platforms")[2].partition("##")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    rows = {
        re.search(r"platforms/(\w+)\.md", cells[0])[1]: [one.strip() for one in cells[1:]]
        for cells in lines[2:]
    }
    assert set(rows) == set(platforms.kinds())
    for name, kind in platforms.kinds().items():
        text, pictures, alt, secrets = rows[name]
        measure = kind.limits.measures[0]
        assert text == f"{measure.limit:,} {measure.unit}"
        assert pictures == str(kind.limits.images)
        assert alt == ("none" if kind.limits.alt is None else f"{kind.limits.alt:,}")
        assert re.findall(r"`…_(\w+)`", secrets) == list(kind.secrets)


def test_the_state_table_has_every_state():
    section = documents.read("README.md").partition("## When something fails")[2].partition("##")[0]
    named = {
        state.strip()
        for line in section.splitlines()
        if line.startswith("|")
        for state in line.split("|")[1].split(",")
    }
    assert set(State) <= named


def test_pictures_are_small_enough_to_load_at_once():
    for address in documents.links("README.md"):
        if address.startswith("docs/images/"):
            assert (documents.ROOT / address).stat().st_size < 250_000
