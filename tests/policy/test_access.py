"""Who may ask where, by the operator's rules, and how it is found out who is a member."""

import logging
from collections.abc import Collection

import pytest

from bot.conversation import Place
from bot.errors import NotAdmitted
from bot.policy.access import Access, AccessRules

HERE, THERE = 100, 200
ADA, EVE = 11111, 22222


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Members:
    """A Discord in which Ada is in one server; ``failing`` are servers that can't be asked."""

    def __init__(self, failing: Collection[int] = ()) -> None:
        self.asked: list[tuple[int, int]] = []
        self.failing = failing

    async def __call__(self, server: int, person: int) -> bool:
        """Answer whether a person is in a server."""
        self.asked.append((server, person))
        if server in self.failing:
            raise ConnectionError
        return (server, person) == (HERE, ADA)


def access(rules: AccessRules, members: Members | None = None, clock: Clock | None = None) -> Access:
    """Quoth's access rules, where it is in two servers."""
    return Access(rules, lambda: [HERE, THERE], members or Members(), clock or Clock())


async def admitted(rules: Access, place: Place, *, guest: bool = False) -> bool:
    """Whether somebody is let in."""
    try:
        await rules.check(place, guest=guest)
    except NotAdmitted:
        return False
    return True


DM = Place(ADA, 9)
STRANGERS_DM = Place(EVE, 8)


@pytest.mark.parametrize(
    ("policy", "member", "stranger"), [("off", False, False), ("members", True, False), ("everyone", True, True)]
)
async def test_dms_and_personal_apps_are_for_whom_the_operator_says(policy: str, member: bool, stranger: bool) -> None:
    """Each policy lets in whom it names, in DMs as with a personal app, and nothing else decides."""
    dms = access(AccessRules(dms=policy, installs="off"))  # type: ignore[arg-type]
    assert (await admitted(dms, DM), await admitted(dms, STRANGERS_DM)) == (member, stranger)
    installs = access(AccessRules(dms="off", installs=policy))  # type: ignore[arg-type]
    assert (await admitted(installs, DM, guest=True), await admitted(installs, STRANGERS_DM, guest=True)) == (
        member,
        stranger,
    )
    assert await admitted(installs, Place(ADA, 7, 300, guest=True)) is member


async def test_only_allowed_servers_count() -> None:
    """Where servers are named, only they are allowed, and only their members are members."""
    rules = access(AccessRules(frozenset({THERE})))
    assert await admitted(rules, Place(EVE, 7, THERE))
    assert not await admitted(rules, Place(ADA, 7, HERE))
    assert not await admitted(rules, DM)  # Ada is only in the other server
    assert await admitted(rules, STRANGERS_DM)  # was just seen in the allowed one


async def test_what_was_found_out_is_remembered_for_a_while() -> None:
    """Nobody is looked up again at each question, but in the end again; who was seen is not looked up at all."""
    clock, members = Clock(), Members()
    rules = access(AccessRules(), members, clock)
    for _ in range(2):
        assert await admitted(rules, DM)
        assert not await admitted(rules, STRANGERS_DM)
    asked = len(members.asked)
    assert asked == 4  # each person in both servers
    rules.saw(EVE, THERE)
    assert await admitted(rules, STRANGERS_DM)
    assert len(members.asked) == asked
    clock.now = 7200.0
    assert not await admitted(rules, STRANGERS_DM)
    assert len(members.asked) == asked + 2


async def test_a_failure_keeps_nobody_out(caplog: pytest.LogCaptureFixture) -> None:
    """Only Discord's own answer refuses somebody; where a server can't be asked they are let in, which is logged."""
    members = Members([THERE])
    rules = access(AccessRules(), members)
    with caplog.at_level(logging.WARNING):
        assert await admitted(rules, STRANGERS_DM)
    assert "Whether somebody is a member can't be found out (ConnectionError), so they may ask." in caplog.text
    assert str(EVE) not in caplog.text
    members.failing = ()
    assert not await admitted(rules, STRANGERS_DM)  # the failure was not remembered


async def test_a_server_that_quoth_left_makes_nobody_a_member() -> None:
    """Somebody who was seen in a server counts only while Quoth is there."""
    servers = [HERE, THERE]
    rules = Access(AccessRules(), lambda: servers, Members())
    rules.saw(EVE, THERE)
    assert await admitted(rules, STRANGERS_DM)
    servers.remove(THERE)
    assert not await admitted(rules, STRANGERS_DM)
