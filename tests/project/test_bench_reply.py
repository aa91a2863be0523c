"""The arithmetic of the reply's figures: what was seen when becomes an age."""

import pytest

from benchmarks.reply.ages import shown
from benchmarks.reply.answers import TICK, Answer
from benchmarks.reply.figures import Scene
from benchmarks.reply.plot import Panel, curve, draw
from benchmarks.table import Row, table, write


def _text(answer: Answer, until: int) -> str:
    return "".join(answer.piece(update) for update in range(until))


async def test_the_age_of_an_ideal_editor_is_half_the_gap_and_the_way() -> None:
    """Who sends the newest text each `gap` seconds has the optimum, up to the grain of the updates."""
    gap, way, answer = 0.4, 0.02, Answer(0, 100.0, 401)
    written = [
        (100.0 + number * gap + way, _text(answer, min(answer.updates, round(number * gap / TICK) + 1)))
        for number in range(52)
    ]
    (result,) = shown([answer], [written])
    assert result.age == pytest.approx(gap / 2 + way - TICK / 2, abs=TICK / 2)
    assert result.steps[-1][1] == answer.updates
    assert result.late == pytest.approx(51 * gap + way - 400 * TICK)


async def test_text_after_a_hole_is_not_seen_and_pages_count_together() -> None:
    """A second page adds to the first; what comes after missing text doesn't count until that is there."""
    answer = Answer(3, 10.0, 4)
    first = [(10.1, answer.piece(0)), (11.0, answer.piece(0) + answer.piece(1))]
    second = [(10.5, answer.piece(2) + answer.piece(3)), (12.0, answer.piece(2) + answer.piece(3) + "-# done")]
    (result,) = shown([answer], [first, second])
    assert result.steps == [(10.1, 1), (10.5, 1), (11.0, 4), (12.0, 4)]
    assert result.settled == 12.0
    # From 10.05 the second update waits until 11.0, from 10.0 the first until 10.1; the last edit adds no text.
    assert result.age == pytest.approx((0.1**2 / 2 + (0.95**2 - 0.05**2) / 2) / 1.0)
    assert result.losses == 0
    assert shown([answer], [[*first, (13.0, "")], second])[0].losses == 1


async def test_an_answer_that_was_not_shown_has_no_age() -> None:
    """A figure for half an answer would mean nothing."""
    answer = Answer(0, 0.0, 3)
    (result,) = shown([answer], [[(0.5, answer.piece(0))]])
    with pytest.raises(RuntimeError, match="only 1 of 3"):
        _ = result.age


def test_the_optimum_follows_the_limits() -> None:
    """Half of 0.4 s and the way there; four that share one edit a second have half of 4 s."""
    assert Scene(8).optimum == pytest.approx(0.22)
    assert Scene(4, one_channel=True).optimum == pytest.approx(2.02)


def test_targets_are_told_from_figures(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A row says whether its targets are met, and the table goes between its own marks only."""
    assert Row("late", "ms", 100.0, (900.0,), 150).met
    assert Row("share", "", 0.4, (None,), least=0.5).met is False
    assert Row("ratio", "ms", 4.0, (10.0,), 5, 0.1).met is False
    assert Row("nothing", "ms", None, (10.0,), 5).met is None
    file = tmp_path_factory.mktemp("docs") / "benchmarks.md"
    marks = "<!-- `make bench` writes {} from here -->\nold\n<!-- to here -->\n"
    file.write_text("before\n" + marks.format("one") + "between\n" + marks.format("two") + "after\n")
    write("two", table([Row("late", "ms", 100.0, (900.0,), 150)], ["peer"], ["- A note."]), file)
    text = file.read_text()
    assert "old\n<!-- to here -->\nbetween" in text
    assert "| late | 100 ms | 900 ms | ≤ 150 ms | yes |" in text
    with pytest.raises(ValueError, match="no place"):
        write("three", "", file)


async def test_the_picture_shows_every_side() -> None:
    """It is an image by itself, with a name and a line for each."""
    answer = Answer(0, 0.0, 40)
    (result,) = shown([answer], [[(at, _text(answer, 10 * at)) for at in range(1, 5)]])
    names = ("Quoth", "one", "<two>")
    curves = [curve(name, result) for name in names]
    picture = draw([Panel("All", curves), Panel("Some", curves, (0.5, 1.5))])
    assert picture.startswith("<svg")
    assert all(name in picture for name in ("Quoth", "one", "&lt;two&gt;", "characters", "seconds"))
