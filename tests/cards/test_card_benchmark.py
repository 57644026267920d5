"""The card benchmark goes its way at a tiny size; no time is asserted, only what no machine can change."""

import sys

from benchmarks import card_stages
from benchmarks import cards as benchmark
from scheduler.cards import backdrop, shape, strips

ECHO = "import json; print(json.dumps({'ms': len(json.loads(input())['pieces'])}))"


def test_every_run_draws_the_same_quotations_and_no_two_of_a_run_are_the_same():
    first, second = (
        [next(texts) for _ in range(40)] for texts in (benchmark.sentences(), benchmark.sentences())
    )
    assert first == second
    assert len(set(first)) == 40


def test_rivals_get_texts_set_with_the_cuts_of_the_fonts_they_have_loaded(tmp_path):
    cuts = [
        {
            (piece.style, shape.optical(piece.size))
            for piece in benchmark.scene.laid(benchmark.request(text), benchmark.SIZE).pieces
        }
        for text in benchmark.alike(3, tmp_path)
    ]
    assert len(cuts) == 3
    assert cuts[0] == cuts[1] == cuts[2]


def test_telling_a_rival_its_lines_sets_no_text_for_us(tmp_path, monkeypatch):
    words = list(benchmark.alike(2, tmp_path))
    told = [benchmark.QUESTIONS[text] for text in words]
    assert [len(question["pieces"]) > 5 for question in told] == [True, True]
    assert all(kept.cache_info().currsize == 0 for kept in benchmark.SET)
    asked = []
    rival = benchmark.Rival([sys.executable, "-c", ECHO], {}, tmp_path)
    with rival:
        monkeypatch.setattr(benchmark.scene, "card", lambda *given: asked.append(given))
        assert rival.ask(words[0]) == len(told[0]["pieces"])
    assert not asked


def test_the_stages_of_a_card_are_told(capsys):
    card_stages.show(benchmark.request, benchmark.SIZE, benchmark.ROOT, benchmark.sentences(), 1)
    told = capsys.readouterr().out
    for stage in ("records to words", "layout", "decode", "compose", "letters", "encode, the whole card"):
        assert stage in told


def test_halved_colours_are_measured_and_left_behind_nowhere():
    assert benchmark.halved(next(benchmark.sentences())) > 0
    assert backdrop.CODING == strips.FULL
