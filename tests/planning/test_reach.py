"""Which channels a post goes to."""

from scheduler.model import Severity, Span, Variant
from scheduler.planning import plan
from tests.planning.made import NOW, campaign, channel, channels, fixed, post

MADE = channels(channel("mastodon-en"), channel("x-en"), channel("x-az"))


def reached(one, made=MADE):
    result = plan([one], campaign(), made, NOW, {})
    return sorted(place.channel for place in result.places), result.findings


def test_without_a_list_a_post_goes_wherever_its_languages_are_read():
    assert reached(post("a", fixed(-1))) == (["mastodon-en", "x-az", "x-en"], ())
    assert reached(post("a", fixed(-1), text={"az": "Söz."})) == (["x-az"], ())


def test_a_list_of_channels_is_kept_to():
    assert reached(post("a", fixed(-1), channels=("x-en", "x-en"))) == (["x-en"], ())


def test_a_variant_can_give_the_language():
    by_platform = post("a", fixed(-1), text={"en": "Words."}, variants={"x": Variant(text={"az": "Söz."})})
    assert reached(by_platform)[0] == ["mastodon-en", "x-az", "x-en"]
    by_channel = post("a", fixed(-1), text={}, variants={"x-az": Variant(text={"az": "Söz."})})
    assert reached(by_channel) == (["x-az"], ())
    without_text = post("a", fixed(-1), text={"en": "Words."}, variants={"x": Variant(link={"az": "l"})})
    assert reached(without_text)[0] == ["mastodon-en", "x-en"]


def test_an_unknown_channel_is_an_error_with_the_nearest_name():
    spans = {"": Span("posts/a.yaml", 1, 3), "channels.1": Span("posts/a.yaml", 7, 22)}
    went, (finding,) = reached(post("a", fixed(-1), channels=("x-en", "mastodn-en"), spans=spans))
    assert went == ["x-en"]
    assert str(finding) == (
        'posts/a.yaml:7:22 error planning.unknown-channel: config.yaml has no channel "mastodn-en"; '
        "did you mean mastodon-en?"
    )


def test_an_unknown_channel_unlike_any_other_lists_them_all():
    _, (finding,) = reached(post("a", fixed(-1), channels=("zzz",)))
    assert finding.message.endswith("it has mastodon-en, x-en, x-az")


def test_a_draft_is_told_of_an_unknown_channel_too():
    went, findings = reached(post("a", fixed(-1), channels=("mastodn-en",), draft=True))
    assert (went, [finding.rule for finding in findings]) == ([], ["planning.unknown-channel"])


def test_a_named_channel_whose_language_is_missing_is_an_error():
    spans = {"": Span("posts/a.yaml", 1, 3), "channels.2": Span("posts/a.yaml", 9, 5)}
    lacking = post("a", fixed(-1), text={"en": "W."}, channels=("x-en", "x-en", "x-az"), spans=spans)
    went, (finding,) = reached(lacking)
    assert went == ["x-en"]
    assert (finding.severity, finding.rule, finding.channel) == (
        Severity.ERROR,
        "planning.no-language",
        "x-az",
    )
    assert (finding.line, finding.column) == (9, 5)


def test_empty_words_are_no_text():
    assert reached(post("a", fixed(-1), text={"en": "  ", "az": "Söz."}))[0] == ["x-az"]


def test_a_post_that_reaches_nobody_is_a_warning():
    for unheard, expected in (
        (post("a", fixed(-1), text={"ru": "Слово."}), "(en, az)"),
        (post("a", fixed(-1), channels=()), "its list of channels is empty"),
    ):
        went, (finding,) = reached(unheard)
        assert (went, finding.severity, finding.rule) == ([], Severity.WARNING, "planning.no-channel")
        assert expected in finding.message


def test_without_any_channel_the_warning_says_where_to_add_one():
    _, (finding,) = reached(post("a", fixed(-1)), {})
    assert finding.message == "it reaches nobody: config.yaml has no channels"
