"""HOLD files where several machines share a database: each stops everything, and only its own machine's going
lifts it.
"""

import pytest

from scheduler.errors import RunError
from scheduler.model import Mode
from tests.store.kit import MINUTE, NOON, delivery, opened, policy
from tests.store.test_holds import EARLY, Folder


class Machine(Folder):
    """The folder of the posts as one machine has it, and the rules made with it."""

    def __init__(self, name):
        super().__init__()
        self.who = f"HOLD file on {name}"
        self.rules = policy(hold_files=self, hold_file_who=self.who)

    def put(self, reason="rain"):
        super().put(reason, who=self.who)


@pytest.fixture
def stores(tmp_path):
    baku, ganja = Machine("baku"), Machine("ganja")
    with opened(tmp_path, rules=baku.rules) as one, opened(tmp_path, Mode.DRY, rules=ganja.rules) as other:
        yield one, other


def folders(stores):
    return [store.policy.hold_files for store in stores]


def test_another_machine_without_the_hold_file_does_not_lift_its_hold(stores):
    one, other = stores
    one.sync([delivery()], {}, EARLY)
    folders(stores)[0].put()
    one.follow_hold_file(EARLY)
    assert other.follow_hold_file(NOON) is None
    assert [hold.who for hold in other.holds()] == ["HOLD file on baku"]
    folders(stores)[0].file = None
    assert one.claim(NOON) is None
    assert one.follow_hold_file(NOON).lapsed == (delivery().key,)
    assert other.holds() == ()


def test_two_machines_with_a_hold_file_are_two_holds_and_each_goes_with_its_file(stores):
    for store, folder in zip(stores, folders(stores), strict=True):
        folder.put()
        store.follow_hold_file(EARLY)
    assert [hold.who for hold in stores[0].holds()] == ["HOLD file on baku", "HOLD file on ganja"]
    assert len({words for store in stores for words in (one.text for one in store.notices())}) == 2
    folders(stores)[0].file = None
    stores[0].follow_hold_file(NOON)
    assert [hold.who for hold in stores[0].holds()] == ["HOLD file on ganja"]


def test_a_person_lifts_the_hold_of_a_machine_that_is_gone(stores):
    one, other = stores
    folders(stores)[0].put()
    number = one.follow_hold_file(EARLY).id
    with pytest.raises(RunError, match="posts/HOLD is still there"):
        one.lift(number, "Aynur", NOON)
    assert other.lift(number, "Aynur", NOON).lifted == (number,)


def test_a_machine_whose_posts_are_not_there_lifts_nothing(stores):
    one, _ = stores
    folders(stores)[0].put()
    one.follow_hold_file(EARLY)
    one.policy = policy(hold_file_who="")
    assert one.follow_hold_file(NOON) is None
    assert len(one.holds()) == 1


def test_a_hold_recorded_before_the_move_to_a_server_is_its_machines_as_soon_as_that_sees_its_file(tmp_path):
    alone, baku, ganja = Folder(), Machine("baku"), Machine("ganja")
    with opened(tmp_path, rules=policy(hold_files=alone)) as store:
        alone.put()
        number = store.follow_hold_file(EARLY).id
        store.policy = ganja.rules
        assert store.follow_hold_file(NOON) is None
        baku.put()
        store.policy = baku.rules
        assert store.follow_hold_file(NOON).id == number
        assert [hold.who for hold in store.holds()] == ["HOLD file on baku"]
        baku.file = None
        store.follow_hold_file(NOON + MINUTE)
        assert store.holds() == ()
