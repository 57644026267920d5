from dataclasses import replace
from datetime import date, time

from scheduler.checks import Example
from scheduler.model import Channel, Severity, Variant, When
from tests.checks.world import CAMPAIGN, CHANNELS, checked

SECOND = Channel("mastodon-two", "mastodon", "en", CAMPAIGN.timezone, (time(12),))
TEXT = "We remember each of them, those still missing, and those who live with the loss of their town."


def post(name, text=TEXT, **fields):
    return replace(Example(text, fields=fields).post(), id=name)


def on(day, month=2):
    return When(day=date(2027, month, day), at=time(10))


def about(findings, rule):
    return [one for one in findings if one.rule == rule]


def test_one_text_on_two_accounts_of_one_platform_is_an_error():
    channels = {**CHANNELS, "mastodon-two": SECOND}
    (finding,) = about(checked(post("a"), channels=channels), "duplicates.two-accounts")
    assert finding.severity is Severity.ERROR
    assert "mastodon-en" in finding.message
    assert "mastodon-two" in finding.message


def test_a_variant_of_its_own_makes_it_two_texts():
    own = {"mastodon-two": Variant(text={"en": "Another text altogether, for other readers."})}
    found = checked(post("a", variants=own), channels={**CHANNELS, "mastodon-two": SECOND})
    assert not about(found, "duplicates.two-accounts")


def test_a_variant_with_a_word_changed_is_still_one_text_on_two_accounts():
    # 18 words; one changed: 2 * 17 / 36 = 0.94 alike.
    own = {"mastodon-two": Variant(text={"en": TEXT.replace("town", "village")})}
    found = checked(post("a", variants=own), channels={**CHANNELS, "mastodon-two": SECOND})
    (finding,) = about(found, "duplicates.two-accounts")
    assert finding.severity is Severity.ERROR
    assert finding.message.startswith("nearly the same text goes out on mastodon-en and mastodon-two")


def test_another_posts_near_copy_on_the_other_account_is_told_within_thirty_days():
    near, channels = TEXT.replace("town", "village"), {**CHANNELS, "mastodon-two": SECOND}

    def found(day, month):
        one = post("a", when=on(day, month), channels=("mastodon-en",))
        other = post("b", near, when=on(20), channels=("mastodon-two",))
        return about(checked(one, other, channels=channels), "duplicates.two-accounts")

    (finding,) = found(1, 2)
    assert (finding.post, finding.channel) == ("b", "mastodon-two")
    assert "mastodon-en (post 'a')" in finding.message
    assert not found(1, 1)


def test_one_text_on_two_platforms_is_fine():
    assert not about(checked(post("a")), "duplicates.two-accounts")


def test_nearly_the_same_text_within_thirty_days_is_a_warning():
    # 18 words; one changed: 2 * 17 / 36 = 0.94 alike.
    near = TEXT.replace("town", "village")
    found = checked(post("a", when=on(1)), post("b", near, when=on(20)))
    (finding,) = about(found, "duplicates.repeated")
    assert (finding.post, finding.severity) == ("b", Severity.WARNING)
    assert "'a' on 01 February" in finding.message


def test_after_thirty_days_it_may_be_said_again():
    assert not about(checked(post("a", when=on(1, 1)), post("b", when=on(20))), "duplicates.repeated")


def test_different_texts_are_not_called_alike():
    other = "Khojaly lies in Karabakh; the rights group Memorial wrote of its blockade in the year 1992."
    assert not about(checked(post("a", when=on(1)), post("b", other, when=on(2))), "duplicates.repeated")


def test_drafts_are_not_compared():
    found = checked(post("a", when=on(1)), post("b", when=on(2), draft=True))
    assert not about(found, "duplicates.repeated")


def test_two_accounts_of_one_platform_in_one_language_are_spoken_of_once():
    found = checked(post("a"), post("b", "Other words."), channels={**CHANNELS, "mastodon-two": SECOND})
    (finding,) = about(found, "duplicates.one-language")
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith("mastodon-en and mastodon-two are all on mastodon in the language “en”")


def test_another_language_or_another_platform_is_another_readership():
    assert not about(checked(post("a")), "duplicates.one-language")
