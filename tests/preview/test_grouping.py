from datetime import date

from scheduler.checks import RULES
from scheduler.model import Finding, Severity
from scheduler.preview.grouping import groups


def finding(severity=Severity.TODO, rule="links.placeholder", message="a placeholder", line=3, **more):
    return Finding(severity, rule, message, "posts/a.yaml", line, 5, **more)


def test_the_gravest_come_first_and_are_open():
    made = groups([finding(Severity.WARNING), finding(Severity.BLOCKED), finding(Severity.ERROR)])
    assert [(group.severity, group.open) for group in made] == [
        ("error", True),
        ("blocked", True),
        ("warning", False),
    ]


def test_hints_are_left_out():
    assert groups([finding(Severity.HINT)]) == ()


def test_the_rule_says_what_to_do():
    (group,) = groups([finding()])
    assert group.rules[0].remedy == RULES["links.placeholder"].remedy


def test_a_rule_of_no_family_of_the_checks_is_shown_with_its_sentence():
    (group,) = groups([finding(Severity.ERROR, "yaml.tab", "a tab in front of a value")])
    rule = group.rules[0]
    assert (rule.rule, rule.summary, rule.causes[0].message) == ("yaml.tab", "", "a tab in front of a value")


def test_one_cause_with_one_sentence_is_said_once_with_every_place_and_post():
    (group,) = groups(
        [finding(post="a", line=3, cause="review:x"), finding(post="b", line=9, cause="review:x")]
    )
    (cause,) = group.rules[0].causes
    assert cause.places == ("posts/a.yaml:3:5", "posts/a.yaml:9:5")
    assert cause.posts == ("a", "b")
    assert (group.count, group.rules[0].count) == (2, 2)


def test_the_earliest_day_is_named_unless_the_sentence_says_it():
    late, early = date(2027, 1, 31), date(2027, 1, 20)
    (group,) = groups([finding(by=late), finding(by=early)])
    assert group.rules[0].causes[0].by == "2027-01-20"
    (group,) = groups([finding(by=early, message="to be reviewed by 2027-01-20")])
    assert group.rules[0].causes[0].by is None


def test_a_finding_without_a_file_has_no_place():
    (group,) = groups([Finding(Severity.ERROR, "post.none", "no posts")])
    assert group.rules[0].causes[0].places == ()
