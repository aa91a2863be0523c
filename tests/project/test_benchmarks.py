"""The arithmetic of the benchmarks: from what was seen at which time to a figure, a table and a picture."""

from pathlib import Path

import pytest

from benchmarks.numbered_text import UPDATE_INTERVAL, last_update, marks, piece
from benchmarks.reply.chart import Panel, curve, draw
from benchmarks.reply.scenarios import Scenario
from benchmarks.reply.streamed_answer import StreamedAnswer
from benchmarks.reply.visible_text import visible_answers
from benchmarks.scale.bench import longest_pause
from benchmarks.table import DOCS, Row, table, write


def _text(answer: StreamedAnswer, until: int) -> str:
    return "".join(answer.piece(update) for update in range(until))


async def test_the_age_of_an_ideal_editor_is_half_the_gap_and_the_latency() -> None:
    """An editor that sends the newest text every `gap` seconds has the optimum, within one update."""
    gap, latency, answer = 0.4, 0.02, StreamedAnswer(0, 100.0, 401)
    written = [
        (100.0 + number * gap + latency, _text(answer, min(answer.updates, round(number * gap / UPDATE_INTERVAL) + 1)))
        for number in range(52)
    ]
    (result,) = visible_answers([answer], [written])
    assert result.age == pytest.approx(gap / 2 + latency - UPDATE_INTERVAL / 2, abs=UPDATE_INTERVAL / 2)
    assert result.steps[-1][1] == answer.updates
    assert result.delay == pytest.approx(51 * gap + latency - 400 * UPDATE_INTERVAL)


async def test_text_after_missing_text_is_not_visible_and_pages_count_together() -> None:
    """A second page continues the first; text after missing text only counts once that is there."""
    answer = StreamedAnswer(3, 10.0, 4)
    first = [(10.1, answer.piece(0)), (11.0, answer.piece(0) + answer.piece(1))]
    second = [(10.5, answer.piece(2) + answer.piece(3)), (12.0, answer.piece(2) + answer.piece(3) + "-# done")]
    (result,) = visible_answers([answer], [first, second])
    assert result.steps == [(10.1, 1), (10.5, 1), (11.0, 4), (12.0, 4)]
    assert result.last_edit == 12.0
    # From 10.05 the second update waits until 11.0, from 10.0 the first until 10.1; the last edit adds no text.
    assert result.age == pytest.approx((0.1**2 / 2 + (0.95**2 - 0.05**2) / 2) / 1.0)
    assert result.disappearances == 0
    assert visible_answers([answer], [[*first, (13.0, "")], second])[0].disappearances == 1


async def test_an_incomplete_answer_has_no_age() -> None:
    """A figure for half an answer would be worthless."""
    answer = StreamedAnswer(0, 0.0, 3)
    (result,) = visible_answers([answer], [[(0.5, answer.piece(0))]])
    with pytest.raises(RuntimeError, match="only 1 of 3"):
        _ = result.age


def test_the_optimum_follows_from_the_rate_limits() -> None:
    """It is half of 0.4 s plus the latency; four replies that share one edit a second have half of 4 s."""
    assert Scenario(8).optimum == pytest.approx(0.22)
    assert Scenario(4, one_channel=True).optimum == pytest.approx(2.02)


def test_the_longest_pause_of_an_outage_may_begin_before_it() -> None:
    """A pause counts if a part of it is in the window; without any change in it there is no end to the pause."""
    changes = [0.0, 3.0, 3.5, 5.0, 5.5]
    assert longest_pause(changes, 3.2, 4.0) == 1.5
    assert longest_pause(changes, 1.0, 2.0) == 3.0
    assert longest_pause(changes, 6.0, 9.0) == float("inf")


def test_a_row_compares_its_figure_with_its_targets() -> None:
    """A row says whether its targets are met."""
    assert Row("late", "ms", 100.0, (900.0,), 150).met
    assert Row("share", "", 0.4, (None,), least=0.5).met is False
    assert Row("ratio", "ms", 4.0, (10.0,), 5, 0.1).met is False
    assert Row("nothing", "ms", None, (10.0,), 5).met is None


def test_a_table_replaces_its_own_old_figures_only(tmp_path: Path) -> None:
    """The rest of the file stays as it is."""
    file = tmp_path / "benchmarks.md"
    place = "<!-- written by `make bench ONLY={}` -->\nold\n<!-- end -->\n"
    file.write_text("before\n" + place.format("one") + "between\n" + place.format("two") + "after\n")
    write("two", table([Row("late", "ms", 100.0, (900.0,), 150)], ["peer"], ["- A note."]), file)
    text = file.read_text()
    assert "old\n<!-- end -->\nbetween" in text
    assert "| late | 100 ms | 900 ms | ≤ 150 ms | yes |" in text
    with pytest.raises(ValueError, match="no place"):
        write("three", "", file)


async def test_the_picture_shows_every_side() -> None:
    """It is an SVG that names each side, and equal data gives an equal file."""
    answer = StreamedAnswer(0, 0.0, 40)
    (result,) = visible_answers([answer], [[(at, _text(answer, 10 * at)) for at in range(1, 5)]])
    names = ("Quoth", "one", "<two>")
    curves = [curve(name, result) for name in names]
    panels = [Panel("All", curves), Panel("Some", curves, (0.5, 1.5))]
    picture = draw(panels)
    assert "<svg" in picture
    assert draw(panels) == picture
    assert all(name in picture for name in ("Quoth", "one", "&lt;two&gt;", "characters", "seconds"))


def test_numbered_text_is_recognised() -> None:
    """Each piece is found by its answer's and its update's number, in Markdown and as a page renders it."""
    text = "".join(piece(40, update) for update in range(1296))
    assert marks(text) == [(40, update) for update in range(1296)]
    assert last_update(text) == last_update(text.strip().replace("*", "").replace("`", "")) == 1295
    assert last_update("Thinking…") is None


def test_every_subject_has_its_place_in_the_docs() -> None:
    """`make bench` can write each subject's table."""
    docs = DOCS.read_text(encoding="utf-8")
    subjects = [path.parent.name for path in DOCS.parent.parent.glob("benchmarks/*/bench.py")]
    assert [name for name in subjects if f"<!-- written by `make bench ONLY={name}` -->" not in docs] == []
    assert "queue" in subjects
