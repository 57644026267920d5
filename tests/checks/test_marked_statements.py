"""Statements of the campaign's older texts that are wrong, outdated, hateful or unsupported stop a post.

Pasted into one, each is stopped or asked about, and what the campaign may say passes. The sentences are typed
from the letter of its page ("page"), the letter to leaders ("leaders"), the message of 2017 ("message"), the
call of 2017 ("call") and the article of 2017 ("article").
"""

from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from scheduler import checks, config, content, planning
from scheduler.model import Fact, Kind, Picture, Post, Severity, Source, When

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STOPS = {Severity.ERROR, Severity.BLOCKED}
ASKS = STOPS | {Severity.WARNING}

STOPPED = [
    # page
    "The invading military spared none and slaughtered 613 civilians, including 106 women, 63 children "
    "and 70 elderly people.",
    "The invading military spared none.",
    "A large number of victims were slain with particular cruelty.",
    "The international community was shocked and outraged by the news.",
    "Perpetrators and organizers of this heinous crime, including former President of "
    "Armenia Serzh Sargsyan, "
    "confessed to the deliberate mass killing of Azerbaijani civilians in Khojaly.",
    "They were blatantly calling it a way to “break stereotypes”.",
    "The inherent elements of the acts committed in Khojaly qualify them as a crime of genocide.",
    "Not a single person has been held accountable for the ferocious crimes committed in Khojaly.",
    "613 people killed",
    "63 children; 106 women; 70 elderly: they were killed.",
    "8 families completely annihilated",
    "25 children lost both parents",
    "130 children lost one parent",
    "487 wounded",
    "1275 taken hostage",
    "150 still missing",
    "G-74H2NJVZ8R",
    # leaders
    "613 innocent civilians were slaughtered.",
    "They were variously burned alive, beheaded or had eyes gouged out.",
    "Pregnant women were bayoneted in the abdomen.",
    "The Khojaly Genocide is not an allegation or a fiction like some genocide claims "
    "used to pursue political "
    "interests.",
    "Armenian armed forces came with the support of the infantry guards regiment No. 366 "
    "of the former Soviet "
    "Union.",
    "They were expelling about one million Azerbaijanis from their historic lands.",
    "The ongoing Armenian occupation policy is the key threat to regional peace.",
    "No one among the perpetrators has yet been convicted for the ferocious crimes committed in Khojaly.",
    "H.E. Mr. Thorbjørn Jagland\nSecretary General of the Council of Europe",
    "H.E. Ms. Anne Brasseur\nPresident of the Council of Europe Parliamentary Assembly",
    "H.E. Mr. Jens Stoltenberg\nSecretary General of the North Atlantic Treaty Organization",
    "H.E. Prof. Mr. Iyad Ameen Madani\nSecretary General of the Organization of the Islamic Cooperation",
    "H.E. Prof. Dr. Mahmud Erol Kılıç\nSecretary General of the Parliamentary Union of the OIC Member States",
    "H.E. Mr. Ban Ki-moon\nSecretary-General of the United Nations",
    "H. E. Mr. Liu Jieyi\nAmbassador, Permanent Representative of the People's Republic of China",
    "H. E. Mr. François Delattre\nAmbassador, Permanent Representative of France to the United Nations",
    "H. E. Mr. Vitaly Churkin\nAmbassador, Permanent Representative of the Russian Federation",
    "H.E. Mr. Matthew Rycroft\nAmbassador, Permanent Representative of United Kingdom",
    "H. E. Ms. Samantha Power\nAmbassador, Permanent Representative of the United States",
    # message
    "They were massacred only because they were Azerbaijanis.",
    "The campaign asks for the immediate and unconditional withdrawal of the Armenian armed forces from the "
    "Nagorno-Karabakh region and other occupied territories of Azerbaijan.",
    "Armenians threw me into fire - Witness of Khojaly Genocide - VIDEO",
    "Escape from Armenian hell: Khojaly genocide survivor tells her story",
    # call
    "Armenian forces, with the support of the 366th motorized rifle regiment of the "
    "Russian army, stormed the town.",
    "By the morning hours of February 26, 613 bodies of Azerbajiani and Ahiska Turks lay lifeless, "
    "bullet-ridden, mutilated.",
    "Among them 106 women, 83 children, 79 elderly.",
    "On February 10-11 Armenian detachments seized the villages of Malibeyli and Gushchular.",
    "They were burning the villages to the ground and massacring hundreds of civilians.",
    "Khojaly Massacre has been recognized by more than two dozen US states and "
    "legislatures of numerous countries.",
    "The main perpetrators of the crime have not been indicted and are still hiding in Armenia.",
    "Send your message: https://www.votervoice.net/AZERI/Campaigns/49758/Respond",
    "February 26, 2017 marks the 25th anniversary of the heinous war crime.",
    "A quarter century has passed since those tragic days.",
    # article
    "Twenty five years have already passed since the Khojaly genocide.",
    "It is an integral part of the Armenian aggressive and genocide policy against Azerbaijan.",
    "The city was razed to the ground, houses and social infrastructure were completely "
    "destroyed and burned.",
    "613 people lost their lives and 1,275 people were taken hostage.",
    "20 thousand Azerbaijanis have lost their life.",
    "20 percent of our territory was occupied.",
    "More than one million Azerbaijanis became refugees and IDPs.",
    "The bloody crime is getting recognized in compliance with the norms of international law.",
    "Relevant decisions have been made on this genocide act in several countries.",
    "The Parliaments of Mexico, Columbia, Peru, Pakistan, Bosnia and Herzegovina, "
    "Romania, the Czech Republic, "
    "Sudan, Jordan, Honduras, Guatemala, Panama, Slovenia and Djibouti already "
    "recognized the crime in Khojaly "
    "as genocide.",
    "Twenty one States of the USA have already passed the related resolutions.",
    "The Organization of Islamic Conference (OIC) was the first international organization that recognized "
    "Armenia as an aggressor and the Khojaly tragedy as genocide.",
    "The genocide policy of Armenia against Azerbaijan is condemned all over the world.",
    "The people of Azerbaijan express its deep contempt to those who committed genocide.",
    # the booklet and the declaration that content research found beside them
    "The European Court of Human Rights determined the massacre to be “acts of particular gravity”.",
    "PACE Written Declaration No. 324 recognised the massacre.",
    "The whole population was massacred.",
]  # fmt: skip

ASKED = [
    "They committed one of the most despicable and barbaric acts against innocent civilians.",
    "There are irrefutable facts, including crime scene photos and videos.",
    "The Armenian armed forces brutally massacred, tortured and maimed hundreds of innocent people.",
    "Captives and hostages were brutally tortured.",
]

IN_AZERBAIJANI = [
    "İşğalçılar heç kimə aman vermədi, 613 dinc sakin öldürüldü.",
    "Xocalıda 613 nəfər öldürüldü.",
    "83 uşaq öldürülüb.",
    "1275 nəfər girov götürülüb.",
    "150 nəfər itkin düşüb.",
    "Heç kim məsuliyyətə cəlb olunmayıb.",
    "Heç kəs bu cinayətə görə məhkum edilməyib.",
    "Serj Sarkisyan cinayəti etiraf etdi.",
    "Qondarma soyqırımı iddiaları kimi deyil.",
    "Qurbanlar xüsusi amansızlıqla öldürüldü.",
    "Onlar yalnız azərbaycanlı olduqları üçün öldürüldü.",
    "İşğal olunmuş ərazilərdən qoşunlar çıxarılmalıdır.",
    "Şəhər yerlə yeksan edildi.",
    "Torpaqlarımızın 20 faizi işğal olundu.",
    "Bir milyondan çox azərbaycanlı qaçqın düşdü.",
    "İyirmi bir ştat soyqırımını tanıdı.",
    "Avropa Məhkəməsi bunu soyqırımı kimi tanıdı.",
    "Ermənilər Xocalıda dinc sakinləri öldürdü.",
    "İyirmi beş il artıq keçib.",
]

MUST_PASS = [
    ("en", "We, the campaign, regard it as genocide under the 1948 Convention and ask for recognition."),
    (
        "az",
        "Biz, kampaniya, bunu 1948-ci il Konvensiyasına görə soyqırımı hesab edir və "
        "tanınmasını istəyirik.",
    ),
    ("en", "We call on the Government of Armenia to apologise."),
    ("az", "Ermənistan hökumətini üzr istəməyə çağırırıq."),
    ("en", "To the Armenian people: we want peace and justice."),
    ("az", "Erməni xalqına: biz sülh və ədalət istəyirik."),
    ("az", "Ermənilər və azərbaycanlılar burada birlikdə yaşayırdı."),
    ("en", "We are not seeking revenge!"),
    ("az", "Biz qisas axtarmırıq!"),
    ("ru", "Мы не ищем мести!"),
    ("tr", "İntikam peşinde değiliz!"),
    ("en", "Read the “Convention on the Prevention and Punishment of the Crime of Genocide”."),
    ("en", "The memorial “Mother's Cry” stands in Baku."),
    ("en", "Write to press@justiceforkhojaly.org."),
    ("az", "Bizə yazın: press@justiceforkhojaly.org."),
    ("en", "Soldiers of the 366th regiment were there, refugees told Memorial."),
    ("az", "Qaçqınlar Memoriala 366-cı alayın əsgərlərindən danışdılar."),
    ("en", "There are five ways to help."),
    ("az", "Kömək etməyin beş yolu var."),
    ("en", "A survivor of Srebrenica came to our exhibition."),
    ("az", "Srebrenitsadan sağ qalan bir nəfər sərgimizə gəldi."),
]  # fmt: skip


@pytest.fixture(scope="module")
def settings():
    loaded, _ = config.load(ROOT / "config.yaml")
    return loaded


@pytest.fixture(scope="module")
def sample(settings):
    return content.read(settings.posts, settings.campaign.languages, settings.root)


@pytest.fixture(scope="module")
def said_of(settings, sample):
    """What the sample's own ledger and lists say of one text: severities."""
    memory = checks.Memory()

    def severities(text, language="en", ledger=sample.ledger, **fields):
        post = Post(
            "pasted", Kind.TEXT, When(days=-5, at=time(10)), {language: text}, author="sample", **fields
        )
        plan = planning.plan([post], settings.campaign, settings.channels, NOW, {})
        trial = content.Content(posts=(post,), ledger=ledger)
        asked = (trial, settings.campaign, settings.channels, plan, settings.root, NOW)
        found = checks.check(*asked, memory=memory)
        return {one.severity for one in found if one.post == "pasted"}

    return severities


@pytest.mark.parametrize("text", STOPPED)
def test_a_statement_that_is_marked_stops_the_post_it_is_pasted_into(text, said_of):
    assert said_of(text) & STOPS


@pytest.mark.parametrize("text", STOPPED)
def test_a_marked_statement_stops_in_the_words_of_a_picture_too(text, said_of):
    picture = Picture("dawn.jpg", {"en": text}, {"en": "A ridge at dawn"})
    assert said_of("We remember.", images=(picture,)) & STOPS


def test_harmless_words_of_the_same_picture_stop_nothing(said_of):
    picture = Picture("dawn.jpg", {"en": "We remember."}, {"en": "A ridge at dawn"})
    assert said_of("We remember.", images=(picture,)) & STOPS == set()


@pytest.mark.parametrize("text", ASKED)
def test_a_harsh_or_overclaiming_statement_is_asked_about(text, said_of):
    assert said_of(text) & ASKS


@pytest.mark.parametrize("text", IN_AZERBAIJANI)
def test_a_marked_statement_stops_in_azerbaijani_too(text, said_of):
    assert said_of(text, "az") & STOPS


@pytest.mark.parametrize(("language", "text"), MUST_PASS)
def test_what_the_campaign_may_say_passes(language, text, said_of):
    assert said_of(text, language) & STOPS == set()


def test_a_newspapers_headline_with_address_and_date_passes(sample, said_of):
    headlines = [
        quote for quote in sample.ledger.quotes.values() if quote.institution and quote.address and quote.date
    ]
    assert headlines
    told = f"“{headlines[0].words}”, {next(iter(headlines[0].institution.values()))}"
    assert Severity.ERROR not in said_of(told, headlines[0].language, quotes=(headlines[0].id,))


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Reportedly, 5,000 were killed."), ("az", "Bildirilir ki, 5000 nəfər öldürülüb.")],
)
def test_reportedly_buys_no_number(language, text, said_of):
    assert said_of(text, language) & STOPS


@pytest.mark.parametrize("record", ["night", "milli-majlis-1994"])
@pytest.mark.parametrize("text", ["The European Court recognised it as genocide.", "487 were wounded."])
def test_no_word_is_bought_by_an_unrelated_fact(record, text, sample, said_of):
    assert record in sample.ledger.facts
    assert said_of(text, facts=(record,)) & STOPS


@pytest.mark.parametrize(
    ("language", "text"), [("en", "613 civilians were killed."), ("az", "613 dinc sakin öldürüldü.")]
)
def test_civilians_do_not_pass_because_somebody_wrote_them_into_the_ledger(language, text, settings, sample):
    invented = Fact(
        "invented",
        author="sample",
        figure=613,
        unit="civilians",
        confidence="high",
        wording={language: text},
        sources=(Source(document="a note"),),
    )
    ledger = replace(sample.ledger, facts={**sample.ledger.facts, "invented": invented})
    post = Post(
        "pasted", Kind.TEXT, When(days=-5, at=time(10)), {language: text}, author="other", facts=("invented",)
    )
    assert checks.unapproved(post, ledger, {}) == ("invented",)


def test_the_same_sentence_in_a_picture_without_words_does_not_pass(said_of):
    assert said_of("We remember.", images=(Picture("dawn.jpg", alt={"en": "A card"}),)) & STOPS
