"""What the architecture page promises of the code: public names, words for readers, one gate to `sending`."""

import ast
import importlib
import inspect
import pkgutil
import re

import pytest

import scheduler
from scheduler.model import State
from tests.documents import ROOT, read
from tests.test_layers import FILES, GROUPS, PACKAGE, imports, name_of, part_of

PARTS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
WITHOUT_NAMES = {"cli"}  # a command line is typed, not imported; its only name is `main`


def part(name):
    return importlib.import_module(f"scheduler.{name}")


def submodules(module):
    return {found.name for found in pkgutil.iter_modules(module.__path__)}


@pytest.mark.parametrize("name", sorted(set(PARTS) - WITHOUT_NAMES))
def test_a_part_exports_exactly_the_names_it_lists(name):
    module = part(name)
    listed = set(module.__all__)
    assert len(listed) == len(module.__all__)
    assert [one for one in listed if not hasattr(module, one)] == []
    own = {
        one
        for one, value in vars(module).items()
        if not one.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    }
    assert own <= listed


def taken(path):
    """Yield (line, part, names) for what a file takes from other parts by their names."""
    for node in imports(path):
        if isinstance(node, ast.ImportFrom) and re.fullmatch(r"scheduler\.\w+", node.module or ""):
            there = node.module.split(".")[1]
            if there != part_of(path) and there in set(PARTS) - WITHOUT_NAMES:
                yield node.lineno, there, {name.name for name in node.names}


def test_parts_take_from_each_other_only_what_is_listed():
    public = {name: set(part(name).__all__) | submodules(part(name)) for name in set(PARTS) - WITHOUT_NAMES}
    unlisted = [
        f"{name_of(path)}:{line} takes {', '.join(names - public[there])}"
        for path in FILES
        for line, there, names in taken(path)
        if not names <= public[there]
    ]
    assert unlisted == []


def test_a_file_begins_by_saying_what_is_in_it():
    """In one sentence, with its full stop."""
    words = {name_of(path): inspect.cleandoc(first_words(path)) for path in FILES}
    assert [name for name, said in words.items() if not re.search(r"[.:?]$", said.split("\n\n")[0])] == []


def first_words(path):
    """The text between the quotation marks that a file begins with; empty where it begins otherwise."""
    found = re.match(r'"""(.*?)"""', path.read_text(encoding="utf-8"), re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize("name", sorted(set(PARTS) - WITHOUT_NAMES))
def test_a_public_function_says_what_a_reader_cannot_see(name):
    module = part(name)
    public = [getattr(module, one) for one in module.__all__]
    for one in (one for one in public if inspect.ismodule(one)):
        public += [value for value in vars(one).values() if getattr(value, "__module__", "") == one.__name__]
    silent = [
        f"{one.__module__}.{one.__qualname__}"
        for one in public
        if inspect.isfunction(one) and not one.__name__.startswith("_") and not inspect.getdoc(one)
    ]
    assert silent == []


def test_the_architecture_page_names_every_part_in_its_order():
    rows = [line for line in read("docs/architecture.md").splitlines() if line.startswith("| `")]
    shown = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in rows]
    named = [names for names in shown if names and set(names) <= set().union(*GROUPS)]
    there = {part_of(path) for path in FILES}
    there -= {"reference", "reference_platforms"}  # they write pages, and are no part of the program
    order = [group & there for group in reversed(GROUPS) if group & there]
    # `model errors` share a row, though errors stand lower; everything else is a row a group.
    assert [set(names) for names in named] == [*order[:-2], order[-2] | order[-1]]


def test_the_files_named_on_the_architecture_page_exist():
    text = read("docs/architecture.md")
    for name in re.findall(r"`((?:scheduler|tests)/[\w/]+(?:\.py)?/?)`", text):
        if "NAME" not in name:
            assert (ROOT / name).exists(), name
    for name in re.findall(r"`((?:store|delivery|platforms)/\w+\.py|approvals\.py|checks/)`", text):
        assert (PACKAGE / name).exists(), name


# -- the gate


def is_sending(node):
    """`State.SENDING`, however `State` was reached, or the bare word."""
    if isinstance(node, ast.Attribute):
        return node.attr == "SENDING"
    return isinstance(node, ast.Constant) and node.value == State.SENDING


def writers(tree):
    """Yield the line of everything that could give something the state `sending`."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=str() as name, value=value) if "state" in name and is_sending(value):
                yield value.lineno
            case ast.Dict(keys=keys, values=values):
                yield from (
                    value.lineno
                    for key, value in zip(keys, values, strict=True)
                    if isinstance(key, ast.Constant) and key.value == "state" and is_sending(value)
                )
            case ast.Call(func=ast.Name(id="Decision" | "State"), args=[first, *_]) if is_sending(first):
                yield first.lineno
            case ast.Assign(value=value) if is_sending(value):
                yield value.lineno
            case ast.Constant(value=str() as words) if re.search(
                r"\b(SET|VALUES)\b[^;]*\bsending\b", words, re.IGNORECASE
            ):
                yield node.lineno


@pytest.mark.parametrize(
    "written",
    [
        "table.update().values(state=State.SENDING)",
        "table.update().values({'state': 'sending'})",
        "Decision(State.SENDING)",
        "row.state = model.State.SENDING",
        "connection.execute(text(\"UPDATE deliveries SET state = 'sending'\"))",
        "State('sending')",
    ],
)
def test_every_way_to_write_sending_is_seen(written):
    assert list(writers(ast.parse(written))) == [1]


@pytest.mark.parametrize(
    "harmless", ["row.state == State.SENDING", "frozenset({State.SENDING})", "text(\"state IN ('sending')\")"]
)
def test_looking_at_sending_is_no_writing(harmless):
    assert list(writers(ast.parse(harmless))) == []


def test_the_gate_alone_writes_sending():
    found = {
        name_of(path): list(writers(ast.parse(text)))
        for path in PACKAGE.rglob("*.py")
        # Where neither stands there is nothing to look for; and model/delivery.py defines the word itself.
        if re.search("sending", text := path.read_text(encoding="utf-8"), re.IGNORECASE)
        and path != PACKAGE / "model" / "delivery.py"
    }
    assert {name: len(lines) for name, lines in found.items() if lines} == {"store/gate.py": 1}


def test_the_version_is_the_packages():
    assert f'version = "{scheduler.__version__}"' in read("pyproject.toml")


def test_every_promise_names_a_test_that_exists():
    rows = re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)", read("docs/promises.md"))
    assert len(rows) >= 40
    texts = {path: read(path) for _, path in rows}
    missing = [
        f"{path}::{name}" for name, path in rows if not re.search(rf"^ *def {name}\(", texts[path], re.M)
    ]
    assert missing == []


def test_every_promise_of_the_readme_links_to_what_holds_it():
    promises = [line for line in read("README.md").split("## Quick start")[0].split("\n- ")[1:]]
    assert len(promises) == 4
    assert [one for one in promises if "](tests/" not in one] == []
