"""The card benchmark goes its way at a tiny size; no time is asserted, only what no machine can change."""

from benchmarks import card_stages
from benchmarks import cards as benchmark
from scheduler.cards import paint, shape, strips


def test_every_run_draws_the_same_quotations_and_no_two_of_a_run_are_the_same():
    first, second = (
        [next(texts) for _ in range(40)] for texts in (benchmark.sentences(), benchmark.sentences())
    )
    assert first == second
    assert len(set(first)) == 40


def test_rivals_get_texts_set_with_the_cuts_of_the_fonts_they_have_loaded():
    cuts = [
        {
            (piece.style, shape.optical(piece.size))
            for piece in benchmark.scene.laid(benchmark.request(text), benchmark.SIZE).pieces
        }
        for text in benchmark.alike(3)
    ]
    assert len(cuts) == 3
    assert cuts[0] == cuts[1] == cuts[2]


def test_the_stages_of_a_card_are_told(capsys):
    card_stages.show(benchmark.request, benchmark.SIZE, benchmark.ROOT, benchmark.sentences(), 1)
    told = capsys.readouterr().out
    for stage in ("records to words", "layout", "decode", "compose", "letters", "encode, the whole card"):
        assert stage in told


def test_halved_colours_are_measured_and_left_behind_nowhere():
    assert benchmark.halved(next(benchmark.sentences())) > 0
    assert paint.CODING == strips.FULL
