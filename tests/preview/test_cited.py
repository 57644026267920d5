import pytest

from scheduler.model import Fact, OtherCount, Person, Position, Quote, Recognition, Translation
from scheduler.preview.cited import Text, sentences, spans

KILLED = Fact(id="killed", figure=613, others=(OtherCount("HRW", 161),), wording={"en": "613 people killed"})
ENGLISH = Text(
    "en", "We remember. The authorities say 613 people were killed; HRW says 161. It was 26 February 1992."
)


def found(record, text):
    return [text.text[start:end] for start, end in spans(record, text)]


def test_a_figure_and_the_other_counts_are_found_where_they_stand():
    assert found(KILLED, ENGLISH) == ["613", "161"]


def test_a_figure_is_found_with_its_thousands_separated():
    assert found(Fact(id="hostages", figure=1275), Text("en", "1,275 people were taken.")) == ["1,275"]


@pytest.mark.parametrize(
    "text", ["On 26 February 1992.", "In 1992 it happened.", "At 17:00 we stop.", "#26february"]
)
def test_dates_times_and_hashtags_are_not_figures(text):
    for number in (26, 1992, 17):
        assert found(Fact(id="x", figure=number), Text("en", text)) == []


def test_a_figure_stands_behind_its_own_sentence_alone():
    text = Text("en", "We remember. According to the authorities, 613 people were killed. See the ledger.")
    assert sentences(KILLED, text) == ("According to the authorities, 613 people were killed.",)


def test_a_new_line_begins_a_new_sentence():
    text = Text("en", "Content note: Killing of civilians\n613 people were killed.")
    assert sentences(KILLED, text) == ("613 people were killed.",)


def test_a_sentence_keeps_its_quotation_marks():
    quote = Quote(id="q", words="We never thought of leaving, not once")
    text = Text("en", "“We never thought of leaving.” She said so.")
    assert found(quote, text) == ["We never thought of leaving."]
    assert sentences(quote, text) == ("“We never thought of leaving.”",)


def test_words_in_quotation_marks_that_are_not_the_quotes_are_not_found():
    quote = Quote(id="q", words="We never thought of leaving")
    assert found(quote, Text("en", "“We always thought of leaving”")) == []


def test_a_quotes_translation_is_found_too():
    quote = Quote(id="q", words="Ədalət", language="az", translations={"en": Translation("Justice")})
    assert found(quote, Text("en", "“Justice”, she said")) == ["Justice"]


def test_a_persons_names_are_found_as_whole_words_in_every_language():
    person = Person(id="p", names={"en": "Aliyeva Varziyar", "az": "Əliyeva Vərziyər"})
    text = Text("en", "Aliyeva Varziyar (Əliyeva Vərziyər), not Aliyeva Varziyarova")
    assert found(person, text) == ["Aliyeva Varziyar", "Əliyeva Vərziyər"]


def test_a_body_is_found_by_its_name():
    body = Recognition(id="r", body={"en": "Senate of Pakistan"})
    assert found(body, Text("en", "The Senate of Pakistan said so.")) == ["Senate of Pakistan"]


def test_a_statement_stands_behind_the_sentence_that_shares_its_words():
    # telling: condemning massacre khojaly recognizing genocide; the sentence has three of the five
    position = Position(
        id="p", wording={"en": "Condemning the massacre in Khojaly and recognizing it as genocide"}
    )
    text = Text("en", "We speak for ourselves. We regard the massacre at Khojaly as genocide.")
    assert sentences(position, text) == ("We regard the massacre at Khojaly as genocide.",)


def test_a_statement_that_shares_too_few_words_stands_behind_no_sentence():
    position = Position(id="p", wording={"en": "Holding all the perpetrators of this genocide accountable"})
    assert sentences(position, Text("en", "We regard it as genocide.")) == ()


def test_a_record_without_words_in_the_language_stands_behind_no_sentence():
    assert (
        sentences(Position(id="p", wording={"en": "We ask for justice"}), Text("az", "We ask for justice"))
        == ()
    )


def test_a_quotation_of_several_sentences_stands_behind_each_of_them():
    text = Text("en", "“We cannot be silent; we act now. No one is above the law.” So ends the letter.")
    quote = Quote("q", words="We cannot be silent; we act now. No one is above the law.")
    assert sentences(quote, text) == (
        "“We cannot be silent",
        "we act now.",
        "No one is above the law.”",
    )
