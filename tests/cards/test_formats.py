"""The shapes of cards: which one pixels are taken for."""

import pytest

from scheduler import cards
from scheduler.cards import formats
from scheduler.cards.formats import By, Format


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((1080, 1350), Format.TALL),
        ((864, 1080), Format.TALL),
        ((1080, 1080), Format.SQUARE),
        ((1600, 900), Format.WIDE),
        ((1200, 630), Format.WIDE),
        ((1080, 1920), Format.STORY),
        ((720, 1280), Format.STORY),
    ],
)
def test_a_size_is_the_shape_it_comes_nearest_to(size, shape):
    assert formats.of(size) is shape


def test_sizes_are_found_by_the_names_of_their_shapes():
    assert cards.SHAPES == {
        "4:5": (1080, 1350),
        "1:1": (1080, 1080),
        "16:9": (1600, 900),
        "9:16": (1080, 1920),
    }


def test_a_measure_has_a_value_for_each_shape():
    measure = By(tall=1, square=2, wide=3, story=4)
    assert [measure.of(shape) for shape in (Format.TALL, Format.SQUARE, Format.WIDE, Format.STORY)] == [
        1,
        2,
        3,
        4,
    ]
