"""Whose turn it is at Poe: fair between servers, then between their members, and gentle with the account.

A person and a server may have only so many asks waiting. When the queue is full, who has the most of them makes room
for who has fewer.

Errors that concern the whole account (a login page, a challenge, a limit, a browser that fails) hold the queue: no ask
starts for a while, then one starts alone to try. Each time it meets such an error again the while doubles.

Pure: the caller passes the time, in seconds of one clock.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heapreplace

from bot.conversation import Asker
from bot.errors import (
    BrowserFailed,
    ChallengeShown,
    KeyRefused,
    LimitReached,
    LoginRequired,
    PoeError,
    PoeUnreachable,
    QueueFull,
    RateLimited,
)
from bot.i18n.translate import nlater

_HOUR = 3600.0
_MINUTE = 60.0
_JITTER = 0.5  # the gap between two sends is up to this part longer than asked for, because a person is no clock
_FIRST_GUESS = 20.0  # seconds that an answer is expected to take before any was measured
_NEWEST_WEIGHT = 0.2  # of the newest answer in the running mean of how long answers take
_PATIENCE = 300.0  # seconds that an ask waits in a held queue before it fails with the reason
_FULL = nlater(
    "{count} question is already waiting. Try again in a few minutes.",
    "{count} questions are already waiting. Try again in a few minutes.",
)
_PERSON_FULL = nlater(
    "You already have {count} question waiting. Ask again when it's answered.",
    "You already have {count} questions waiting. Ask again when one is answered.",
)
_SERVER_FULL = nlater(
    "{count} question from this server is already waiting. Try again in a few minutes.",
    "{count} questions from this server are already waiting. Try again in a few minutes.",
)
# What holds the queue, for how many seconds at first, and for how many at most.
_HOLDS: dict[type[PoeError], tuple[float, float]] = {
    BrowserFailed: (1.0, 60.0),
    PoeUnreachable: (5.0, 120.0),
    LoginRequired: (10.0, 300.0),
    ChallengeShown: (10.0, 300.0),
    KeyRefused: (10.0, 300.0),
    RateLimited: (30.0, 600.0),
    LimitReached: (60.0, 3600.0),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """How gently the account is used.

    Args:
        concurrency: how many asks run at once at most.
        gap: seconds between two sends at least.
        hourly: sends within any hour at most; 0 for no cap.
        per_minute: sends within any minute at most; 0 for no cap.
        most: how many asks may wait at most.
        most_of_person: how many of one person's asks may wait at most, in all servers together.
        most_of_server: how many of one server's asks may wait at most.
    """

    concurrency: int = 1
    gap: float = 3.0
    hourly: int = 60
    per_minute: int = 0
    most: int = 100
    most_of_person: int = 10
    most_of_server: int = 50


@dataclass(eq=False, slots=True)
class Ticket:
    """One ask in the queue: who asks, when it joined, and when its turn began (None while it waits).

    ``sends`` is whether it sends something to Poe, and does not only look whether it could. ``displaced`` is whether it
    had to leave, to make room for somebody with fewer asks in the queue.
    """

    asker: Asker
    joined: float = 0.0
    began: float | None = None
    displaced: bool = False
    sends: bool = True


@dataclass(slots=True)
class Schedule:
    """The asks that wait and run, and the account's pace.

    Fairness: the server whose last turn is longest ago goes first, in it the member whose last turn is longest ago,
    then who joined first.
    """

    rules: Rules
    waiting: list[Ticket] = field(default_factory=list[Ticket])
    running: set[Ticket] = field(default_factory=set[Ticket])
    held: PoeError | None = None
    _held_until: float = 0.0
    _holds_in_a_row: int = 0
    _mean_duration: float = _FIRST_GUESS
    _last_turns: dict[Asker | int, int] = field(default_factory=dict["Asker | int", int])
    _sends: list[float] = field(default_factory=list[float])
    _gap_over: float = 0.0
    _next_send: float = 0.0
    _places: dict[Ticket, int] | None = None  # of those that wait, in their order; None until it is computed again

    def hold(self, error: PoeError, now: float) -> float:
        """Let no ask start because of what one met; returns for how many seconds, 0 if it concerns that one alone.

        If several meet it at once, the queue is held once.
        """
        first, most = next((pace for kind, pace in _HOLDS.items() if isinstance(error, kind)), (0.0, 0.0))
        if not first:
            self.release()  # Poe answered, although not with what was asked for
        elif self.held is None or now >= self._held_until:
            seconds = error.lasts or min(most, first * 2.0**self._holds_in_a_row)
            self.held, self._held_until, self._holds_in_a_row = error, now + seconds, self._holds_in_a_row + 1
            return seconds
        return 0.0

    def release(self) -> bool:
        """End the hold; returns whether there was one."""
        was_held, self.held, self._held_until, self._holds_in_a_row = self.held is not None, None, 0.0, 0
        return was_held

    def may_try(self, now: float) -> bool:
        """Whether the hold has lasted long enough, and nobody waits or runs to find out whether it is over."""
        return self.held is not None and now >= self._held_until and not self.waiting and not self.running

    def try_now(self) -> bool:
        """End the waiting of a hold, so that one ask tries at once; returns whether there was one."""
        self._held_until, self._holds_in_a_row = 0.0, 0
        return self.held is not None

    def join(self, asker: Asker, now: float = 0.0, *, sends: bool = True) -> Ticket:
        """Join the queue. If it is full, the newest ask of who has the most is displaced, if that is fairer.

        Raises:
            QueueFull: too many wait already: of this person, of this server, or in all.
        """
        self._make_room(asker)
        ticket = Ticket(asker, now, sends=sends)
        self.waiting.append(ticket)
        self._places = None
        return ticket

    def _make_room(self, asker: Asker) -> None:
        rules, waiting = self.rules, self.waiting
        mine = sum(ticket.asker.user == asker.user for ticket in waiting)
        servers = Counter(ticket.asker.guild for ticket in waiting)
        ours = servers[asker.guild]
        if mine >= rules.most_of_person:
            raise QueueFull(sentence=_PERSON_FULL, count=rules.most_of_person)
        neighbours = [ticket for ticket in waiting if ticket.asker.guild == asker.guild]
        if ours >= rules.most_of_server:
            if not self._displace(_most(neighbours, _user, mine)):
                raise QueueFull(sentence=_SERVER_FULL, count=rules.most_of_server)
        elif len(waiting) >= rules.most:
            busier = [ticket for ticket in waiting if servers[ticket.asker.guild] > ours]
            # First compare servers, then the members of this one, then people who ask in several.
            for most in (
                _most(_most(waiting, _guild, ours), _user),
                _most(neighbours, _user, mine),
                _most(busier, _user, mine),
            ):
                if self._displace(most):
                    return
            raise QueueFull(f"{len(waiting)} asks are already waiting.", sentence=_FULL, count=len(waiting))

    def _displace(self, tickets: Sequence[Ticket]) -> bool:
        """Displace the newest of these; returns whether there is one."""
        if not tickets:
            return False
        tickets[-1].displaced = True
        self.waiting.remove(tickets[-1])
        return True

    @property
    def places(self) -> dict[Ticket, int]:
        """All that wait, in the order in which they will go, each with its place from 0.

        Computed once after each change, however many ask for it.
        """
        if self._places is None:
            self._places = {ticket: place for place, ticket in enumerate(self._order())}
        return self._places

    def ahead(self, ticket: Ticket) -> int:
        """Return how many come before this one: those that run, and those that will go first."""
        return len(self.running) + self.places[ticket]

    def delay(self, ticket: Ticket, now: float) -> float | None:
        """Return the seconds until this one may go; None while others have to go first."""
        # The first after a hold goes alone.
        if len(self.running) >= (1 if self.held else self.rules.concurrency) or self.places[ticket]:
            return None
        caps = ((self.rules.hourly, _HOUR), (self.rules.per_minute, _MINUTE))
        over = [self._sends[-cap] + window for cap, window in caps if 0 < cap <= len(self._sends)]
        return max(0.0, max(self._gap_over, self._held_until, *over) - now)

    def sent(self, now: float) -> int:
        """Return how many were sent within the last hour."""
        return len(self._sends) - bisect_right(self._sends, now - _HOUR)

    def estimate(self, ticket: Ticket, now: float) -> float:
        """Return roughly how many seconds this one will wait."""
        if (delay := self.delay(ticket, now)) is not None:
            return delay
        turns = self.ahead(ticket) / self.rules.concurrency
        return turns * max(self._mean_duration, self.rules.gap) + max(0.0, self._gap_over - now, self._held_until - now)

    def hopeless(self, ticket: Ticket, now: float) -> bool:
        """Whether the queue is held for longer than an ask waits for it."""
        return self.held is not None and max(self._held_until, now) - ticket.joined > _PATIENCE

    def begin(self, ticket: Ticket, now: float, jitter: float) -> None:
        """Begin a turn; ``jitter`` from 0 to 1 decides how much longer the gap before the next one is."""
        self.waiting.remove(ticket)
        self.running.add(ticket)
        self._places = None
        ticket.began = now
        turn = max(self._last_turns.values(), default=0) + 1
        self._last_turns |= {ticket.asker: turn, ticket.asker.guild: turn}
        del self._sends[: bisect_right(self._sends, now - _HOUR)]
        if ticket.sends:
            self._sends.append(now)
        self._gap_over = now + self.rules.gap * (1.0 + _JITTER * jitter)

    def reserve_send(self, now: float, jitter: float) -> float:
        """Reserve the next moment at which the account may send; returns in how many seconds that is.

        Some time passes between the beginning of a turn and its send, so the gap between two beginnings is not enough.
        """
        moment = max(now, self._next_send)
        self._next_send = moment + self.rules.gap * (1.0 + _JITTER * jitter)
        self._gap_over = max(self._gap_over, self._next_send)
        return moment - now

    def leave(self, ticket: Ticket, now: float) -> None:
        """Leave the queue, before or after the turn began."""
        if ticket in self.running and ticket.began is not None:
            self.running.remove(ticket)
            if ticket.sends:
                self._mean_duration += _NEWEST_WEIGHT * (now - ticket.began - self._mean_duration)
        elif ticket in self.waiting:
            self.waiting.remove(ticket)
        self._places = None
        if not self.waiting and not self.running:
            self._last_turns.clear()  # nobody waited for these turns

    def _order(self) -> Iterator[Ticket]:
        """Give those that wait in the order in which they will go, as if each turn began after the one before.

        Each server has a heap of its members, and all servers are in one heap, by (last turn of the server, last turn
        of its next member, when that one's next ask joined). A turn changes the keys of one server only.
        """
        asks: dict[Asker, deque[tuple[int, Ticket]]] = {}
        for joined, ticket in enumerate(self.waiting):
            asks.setdefault(ticket.asker, deque()).append((joined, ticket))
        members: dict[int, list[tuple[int, int, Asker]]] = {}
        for asker, theirs in asks.items():
            members.setdefault(asker.guild, []).append((self._last_turns.get(asker, 0), theirs[0][0], asker))
        for heap in members.values():
            heapify(heap)
        servers = [(self._last_turns.get(guild, 0), *heap[0][:2], guild) for guild, heap in members.items()]
        heapify(servers)
        turn = max(self._last_turns.values(), default=0)
        while servers:
            turn += 1
            guild = servers[0][-1]
            heap = members[guild]
            asker = heap[0][-1]
            yield asks[asker].popleft()[1]
            if asks[asker]:
                heapreplace(heap, (turn, asks[asker][0][0], asker))
            else:
                heappop(heap)
            if heap:
                heapreplace(servers, (turn, *heap[0][:2], guild))
            else:
                heappop(servers)


def _guild(asker: Asker) -> int:
    return asker.guild


def _user(asker: Asker) -> int:
    return asker.user


def _most(tickets: Sequence[Ticket], key: Callable[[Asker], int], own: int = -1) -> Sequence[Ticket]:
    """Return the tickets of the server or person (``key``) with the most; of several, of who joined last.

    Return none if that would still have fewer than somebody who has ``own``, after one of them made room for the other.
    """
    groups: dict[int, list[Ticket]] = {}
    for ticket in tickets:
        id_ = key(ticket.asker)
        groups[id_] = [*groups.pop(id_, ()), ticket]
    most = max(reversed(groups.values()), key=len, default=())
    return most if len(most) > own + 1 else ()
