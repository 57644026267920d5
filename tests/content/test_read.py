import os

import pytest

from scheduler import content
from scheduler.model import Ledger, Severity
from tests.content.written import LANGUAGES, read, said

POST = "- {id: %s, kind: text, text: Words}\n"


def test_files_are_read_in_the_order_of_their_names_and_posts_in_the_order_of_their_lines(tmp_path):
    found = read(tmp_path, b=POST % "three", a=POST % "one" + POST % "two", ledger_facts="- {id: killed}")
    assert [post.id for post in found.posts] == ["one", "two", "three"]
    assert found.files == ("posts/a.yaml", "posts/b.yaml", "posts/ledger/facts.yaml")


def test_files_in_folders_below_and_yml_files_are_read_and_hidden_and_other_ones_are_not(tmp_path):
    for name in ("2027/a.yaml", "b.yml", ".hidden.yaml", ".git/c.yaml", "letters/d.md", "e.yaml.bak"):
        (tmp_path / "posts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "posts" / name).write_text(POST % name[0].replace("2", "a"), encoding="utf-8")
    assert read(tmp_path).files == ("posts/b.yml", "posts/2027/a.yaml")


def test_without_a_ledger_there_is_an_empty_one(tmp_path):
    assert read(tmp_path, a=POST % "one").ledger == Ledger()


def test_a_missing_folder_is_one_error_with_what_to_do(tmp_path):
    found = content.read(tmp_path / "posts", LANGUAGES, tmp_path)
    assert said(found) == [("posts:0:0", "post.no-folder", "")]
    assert "config.yaml" in found.findings[0].message


@pytest.mark.parametrize("text", ["- {id: one", "", "posts: [one]", "- id: one\n\tkind: text\n"])
def test_a_file_that_does_not_parse_is_named_and_the_others_are_read(tmp_path, text):
    found = read(tmp_path, a=POST % "one", b=text)
    assert found.broken == {"posts/b.yaml"}
    assert [post.id for post in found.posts] == ["one"]
    assert {one.severity for one in found.findings} == {Severity.ERROR}


def test_a_file_with_comments_only_is_a_warning_and_its_posts_are_gone(tmp_path):
    found = read(tmp_path, a="# - id: one\n")
    assert [(one.rule, one.severity) for one in found.findings] == [("post.none", Severity.WARNING)]
    assert found.broken == frozenset()


def test_a_broken_ledger_file_is_named(tmp_path):
    assert read(tmp_path, ledger_facts="- {").broken == {"posts/ledger/facts.yaml"}


def test_a_file_that_is_not_utf_8_is_named(tmp_path):
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "a.yaml").write_bytes("- id: é".encode("utf-16"))
    found = read(tmp_path)
    assert said(found) == [("posts/a.yaml:1:0", "yaml.unreadable", "")]
    assert found.broken == {"posts/a.yaml"}


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    outside, root = tmp_path / "outside", tmp_path / "campaign"
    (outside / "more").mkdir(parents=True)
    (outside / "a.yaml").write_text(POST % "one", encoding="utf-8")
    (root / "posts").mkdir(parents=True)
    (root / "posts" / "a.yaml").symlink_to(outside / "a.yaml")
    (root / "posts" / "more").symlink_to(outside / "more")
    found = read(root)
    assert sorted((one.file, one.rule) for one in found.findings) == [
        ("posts/a.yaml", "post.outside"),
        ("posts/more", "post.outside"),
    ]
    assert found.posts == ()


def test_findings_come_in_the_order_of_their_places(tmp_path):
    found = read(tmp_path, a="- {id: one, kind: text, text: a, b: 1, a: 2}\n- {id: two, texts: a}\n")
    places = [(one.file, one.line, one.column) for one in found.findings]
    assert places == sorted(places)
    assert len(places) == 5  # two unknown keys; an unknown key, no kind and no text


def test_a_link_that_leads_round_in_a_circle_is_a_finding(tmp_path):
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "a.yaml").symlink_to(tmp_path / "posts" / "a.yaml")
    found = content.read(tmp_path / "posts", ("en",), tmp_path)
    assert [(one.rule, one.file) for one in found.findings] == [("post.outside", "posts/a.yaml")]


def test_a_pipe_is_a_finding_and_is_not_waited_for(tmp_path):
    (tmp_path / "posts").mkdir()
    os.mkfifo(tmp_path / "posts" / "a.yaml")
    found = content.read(tmp_path / "posts", ("en",), tmp_path)
    assert [(one.rule, one.file) for one in found.findings] == [("yaml.unreadable", "posts/a.yaml")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf16_is_told_so_once(tmp_path, encoding):
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "a.yaml").write_bytes((POST % "one").encode(encoding))
    (finding,) = content.read(tmp_path / "posts", ("en",), tmp_path).findings
    assert "encoding UTF-8" in finding.message
