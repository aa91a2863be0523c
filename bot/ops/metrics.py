"""Figures about a running Quoth for Prometheus. They hold no ids, no names and nothing that people wrote."""

import platform
import re
from collections.abc import Iterator
from types import SimpleNamespace

import aiohttp
import discord
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.conversation import Snapshot
from bot.ops.gateway_watch import sockets
from bot.ops.health import HOLD_REASONS, hold_reason
from bot.ops.poe_notices import PoeNotices
from bot.poe.api.points import Points
from bot.poe.client import PoeAccess
from bot.reply.editor import Observer

_SECONDS = (0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600)
_SHORT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_EDITS = {
    "interaction": re.compile(r"/webhooks/\d+/[^/]+/messages/[^/]+$"),
    "message": re.compile(r"/channels/\d+/messages/\d+$"),
}
_SCOPES = ("user", "global", "shared")  # of a rate limit (docs: topics/rate-limits)


class Metrics(Observer):
    """The figures of one bot, in a registry of their own. To be made before the bot logs in.

    Args:
        client: the bot.
        poe: what it asks.
        notices: know how Poe is doing.
        version: Quoth's version.
        backend: the way to Poe.
        points: those of the account, where Poe's API is used.
    """

    def __init__(
        self,
        client: discord.Client,
        poe: PoeAccess,
        notices: PoeNotices,
        version: str,
        backend: str,
        points: Points | None = None,
    ) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        labels = {"version": version, "python": platform.python_version(), "discord_py": discord.__version__}
        Gauge("quoth_build_info", "Versions.", labels, registry=registry).labels(**labels).set(1)
        self._backend = backend
        self._asks = Counter("quoth_asks", "Asks that have ended.", ["backend", "outcome"], registry=registry)
        self._seconds = Histogram("quoth_ask_seconds", "From ask to end.", buckets=_SECONDS, registry=registry)
        self._first_text = Histogram(
            "quoth_first_text_seconds", "From ask to its first text.", buckets=_SECONDS, registry=registry
        )
        self._edits = Counter("quoth_edits", "Edits of messages.", ["route", "outcome"], registry=registry)
        self._edit_age = Histogram(
            "quoth_edit_age_seconds", "Age of what an edit showed.", buckets=_SHORT, registry=registry
        )
        self._limited = Counter(
            "quoth_discord_429", "Discord's rate limits that were met.", ["scope"], registry=registry
        )
        self._bytes = Counter("quoth_attachments_bytes", "Files from and to Discord.", ["direction"], registry=registry)
        self._loop_lag = Histogram(
            "quoth_loop_lag_seconds", "How late the event loop was, each second.", buckets=_SHORT, registry=registry
        )
        self._database = Gauge(
            "quoth_db_seconds", "Of a small query at the time of the scrape; NaN if it failed.", registry=registry
        )
        registry.register(_Present(client, poe, notices, points))
        trace = client.http.http_trace
        if trace is not None:
            trace.on_request_end.append(self._note_request)
            trace.on_request_exception.append(self._note_broken_request)

    def edited(self, age: float) -> None:
        """Note an edit; see `Observer`."""
        self._edit_age.observe(age)

    def ended(self, last: Snapshot, seconds: float, first_text: float | None) -> None:
        """Count an ask; see `Observer`."""
        self._asks.labels("api" if last.fallback else self._backend, last.state.value).inc()
        self._seconds.observe(seconds)
        if first_text is not None:
            self._first_text.observe(first_text)

    def note_lag(self, seconds: float) -> None:
        """Note by how much the event loop was late."""
        self._loop_lag.observe(seconds)

    def note_database(self, seconds: float | None) -> None:
        """Note how long the database took for something small; None if it failed."""
        self._database.set(float("nan") if seconds is None else seconds)

    async def _note_request(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        response, path = params.response, params.url.path
        if response.status == 429:
            scope = response.headers.get("X-RateLimit-Scope", "")
            self._limited.labels(scope if scope in _SCOPES else "other").inc()
        if params.method == "PATCH":
            outcome = "limited" if response.status == 429 else "ok" if response.ok else "refused"
            self._count_edit(path, outcome)
        if params.method == "GET" and "/attachments/" in path and response.ok:
            self._bytes.labels("in").inc(response.content_length or 0)
        sent = response.request_info.headers
        if response.ok and sent.get("Content-Type", "").startswith("multipart/"):
            self._bytes.labels("out").inc(int(sent.get("Content-Length", 0)))

    async def _note_broken_request(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        if params.method == "PATCH":
            self._count_edit(params.url.path, "broken")

    def _count_edit(self, path: str, outcome: str) -> None:
        for route, form in _EDITS.items():
            if form.search(path):
                self._edits.labels(route, outcome).inc()


class _Present(Collector):
    """What is read at the moment of a scrape."""

    def __init__(
        self, client: discord.Client, poe: PoeAccess, notices: PoeNotices, points: Points | None = None
    ) -> None:
        self._client = client
        self._poe = poe
        self._notices = notices
        self._points = points

    def collect(self) -> Iterator[Metric]:
        """Give the figures."""
        figures, trouble = self._poe.figures(), self._notices.trouble
        yield GaugeMetricFamily("quoth_queue_waiting", "Asks that wait for their turn at Poe.", figures.waiting)
        yield GaugeMetricFamily("quoth_queue_running", "Asks that Poe is answering.", figures.running)
        held = GaugeMetricFamily("quoth_held", "1 while this keeps asks from Poe.", labels=["reason"])
        for reason in HOLD_REASONS:
            held.add_metric([reason], trouble is not None and hold_reason(trouble) == reason)
        yield held
        balance = self._points and self._points.balance
        yield GaugeMetricFamily(
            "quoth_points_balance",
            "Points of the Poe account; NaN without the API, and until Poe tells.",
            float("nan") if balance is None else balance,
        )
        yield GaugeMetricFamily("quoth_maintenance", "1 during maintenance.", self._notices.maintenance)
        browser = GaugeMetricFamily("quoth_browser_up", "1 while the browser runs.", labels=["browser"])
        browser.add_metric(["0"], bool(figures.browser))
        yield browser
        did = self._poe.browser
        yield GaugeMetricFamily("quoth_tabs", "Open tabs of the browser.", did.tabs)
        restarts = CounterMetricFamily("quoth_browser_restarts", "Of the browser.", labels=["reason"])
        restarts.add_metric(["planned"], did.restarts)
        restarts.add_metric(["failed"], did.unplanned_restarts)
        yield restarts
        yield GaugeMetricFamily("quoth_guilds", "Servers that Quoth is in.", len(self._client.guilds))
        latency = GaugeMetricFamily("quoth_gateway_latency_seconds", "Of the last heartbeat.", labels=["shard"])
        up = GaugeMetricFamily("quoth_shard_up", "1 while the shard is connected.", labels=["shard"])
        for number, socket in sockets(self._client).items():
            connected = socket is not None and socket.open
            up.add_metric([str(number)], connected)
            latency.add_metric([str(number)], socket.latency if socket is not None and connected else float("nan"))
        yield up
        yield latency
