"""How a chart looks, and that it looks the same however it is drawn."""

import io
import threading

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.mathtext import MathTextParser
from PIL import Image

from tests.each import each
from ukernel.pipes.live.feed_group import Curve
from ukernel.pipes.live.figure import SIZE, Chart, LiveFigure, TimeChart, figure_options
from ukernel.pipes.live.options import Look


class Picture:
    """A chart on a canvas without a screen."""

    def __init__(self, **look):
        self.figure = LiveFigure(**figure_options())
        self.canvas = FigureCanvasAgg(self.figure)
        self.chart = Chart(self.figure, Look(**{"window": 50, "ylim": (-1.5, 1.5)} | look))
        self.columns = None
        self.status = "adc"
        self.figure.refresh = lambda: self.chart.show(self.columns, self.status)

    @property
    def axes(self):
        return self.figure.axes[0]

    def pixels(self):
        return np.asarray(self.canvas.buffer_rgba()).copy()

    def draw(self):
        with self.figure.lock:  # as all canvases of ours
            self.canvas.draw()
        return self.pixels()

    def move(self):
        assert self.figure.draw_moving(self.canvas.get_renderer())
        return self.pixels()

    def must_be_drawn(self):
        return not self.figure.draw_moving(self.canvas.get_renderer())


def wave(phase=0.0, lines=1, size=50, scale=1.0):
    return scale * np.sin(np.arange(size) / 5 + phase + np.arange(lines)[:, None])


@pytest.mark.parametrize("lines", [1, 3])
def test_moving_gives_the_same_pixels_as_drawing(lines):
    picture = Picture(labels=("x", "y", "z")[:lines], title="Test")
    picture.columns = wave(lines=lines)
    picture.draw()
    for step in range(5):
        picture.columns, picture.status = wave(step, lines), f"adc · {step} samples/s"
        moved = picture.move()
        assert np.array_equal(moved, picture.draw())


def test_it_is_drawn_anew_only_when_it_has_to(monkeypatch):
    picture = Picture()
    picture.columns = wave()
    assert picture.must_be_drawn()
    picture.draw()
    picture.move()
    for change in (
        lambda: picture.axes.set_xlim(-20, 0),
        lambda: picture.figure.set_size_inches(5, 3),
        lambda: picture.figure.set_dpi(72),
        lambda: picture.axes.set_title("other"),
        lambda: picture.figure.savefig(io.BytesIO()),
    ):
        change()
        assert picture.must_be_drawn()
        picture.draw()
        picture.columns = wave(1)
        assert np.array_equal(picture.move(), picture.draw())


def test_a_saved_picture_has_the_lines_and_what_is_written():
    picture = Picture(title="Test", labels=("a",))
    picture.columns, picture.status = wave(), "adc · 7 lost"
    drawn = picture.draw()
    file = io.BytesIO()
    picture.figure.savefig(file, dpi="figure")
    saved = np.asarray(Image.open(file).convert("RGBA"))
    assert saved.shape == drawn.shape
    differing = (saved != drawn).any(axis=2)
    assert (
        differing.sum() < 50
    )  # where a line crosses the axis, which is above it in one and below in the other
    picture.status = "adc"
    assert not np.array_equal(picture.draw(), drawn)


@pytest.mark.parametrize("kind", ["pdf", "svg"])
def test_it_can_be_saved_otherwise(kind):
    picture = Picture()
    picture.columns = wave()
    before = picture.draw()
    picture.figure.savefig(io.BytesIO(), format=kind)
    assert np.array_equal(picture.draw(), before)


def test_the_range_of_x_is_fixed_and_the_newest_sample_is_at_0():
    picture = Picture(window=50)
    assert picture.axes.get_xlim() == (-49, 0)
    picture.columns = wave()
    picture.draw()
    assert picture.axes.get_xlim() == (-49, 0)
    assert picture.axes.lines[0].get_xdata().tolist() == list(range(-49, 1))
    assert picture.axes.lines[0].get_ydata().tolist() == wave()[0].tolist()


def test_what_is_not_there_yet_is_not_drawn():
    picture = Picture()
    empty = picture.draw()
    picture.columns = np.full((1, 50), np.nan)
    assert np.array_equal(picture.draw(), empty)


def test_lines_come_with_the_first_sample():
    picture = Picture()
    picture.draw()
    picture.columns = wave(lines=3)
    assert picture.must_be_drawn()
    picture.draw()
    assert len(picture.axes.lines) == 3
    assert len({line.get_color() for line in picture.axes.lines}) == 3
    assert picture.axes.get_legend() is None


def test_labels_are_there_from_the_start():
    picture = Picture(labels=("x", "_y", "$z"))
    assert [text.get_text() for text in picture.axes.get_legend().get_texts()] == ["x", "_y", "$z"]
    assert len(picture.axes.lines) == 3


def limits(picture, *columns):
    for values in columns:
        picture.columns = np.asarray([values])
        picture.draw()
    return picture.axes.get_ylim()


@each(
    ("values", "low", "high"),
    [
        ([0, 10], -1, 11),
        ([1, 1], 0.9, 1.1),
        ([0, 0], -1, 1),
        ([np.nan, 3, 5], 2.8, 5.2),
        ([np.inf, 0, 10], -1, 11),
        ([np.nan, np.nan], -1, 1),
        ([-1e-9, 1e-9], -1.2e-9, 1.2e-9),
    ],
)
def test_without_limits_the_y_axis_follows(values, low, high):
    assert limits(Picture(window=len(values), ylim=None), values) == pytest.approx((low, high))


def test_the_y_axis_changes_in_large_steps():
    picture = Picture(window=2, ylim=None)
    first = limits(picture, [0, 10])
    assert limits(picture, [0, 9], [0, 8], [1, 10.5], [0, 10]) == first
    grown = limits(picture, [0, 20])
    assert grown[1] > 20
    assert limits(picture, [0, 10]) != grown


def test_the_largest_numbers_change_nothing():
    picture = Picture(window=2, ylim=None)
    before = limits(picture, [0, 10])
    assert limits(picture, [-1.7e308, 1.7e308]) == before


def test_with_limits_it_does_not_follow():
    assert limits(Picture(window=2, ylim=(0, 3.3)), [0, 100]) == (0, 3.3)
    assert limits(Picture(window=2, ylim=(3, -3)), [0, 100]) == (3, -3)


def test_what_the_user_has_zoomed_stays():
    picture = Picture(window=2, ylim=None)
    limits(picture, [0, 10])
    picture.axes.set_ylim(4, 5)
    picture.axes.set_xlim(-1, -0.5)
    assert limits(picture, [0, 100]) == (4, 5)
    assert picture.axes.get_xlim() == (-1, -0.5)


def test_texts_are_shown_as_they_are(monkeypatch):
    def parse(*_):
        raise AssertionError("mathtext is shared by all threads")

    monkeypatch.setattr(MathTextParser, "parse", parse)
    with mpl.rc_context({"axes.formatter.use_mathtext": True}):
        picture = Picture(title="costs $1 to $2 $\\alpha$", labels=("$a$", "$b_1$"), ylim=(-1e-9, 1e9))
    picture.columns, picture.status = wave(lines=2, scale=1e8), "$adc$ · $"
    picture.draw()
    picture.figure.savefig(io.BytesIO())
    assert picture.axes.get_title("left") == "costs $1 to $2 $\\alpha$"


def test_the_user_s_size_of_figures_is_taken():
    assert Picture().figure.get_size_inches().tolist() == list(SIZE)
    with mpl.rc_context({"figure.figsize": (4, 3)}):
        assert Picture().figure.get_size_inches().tolist() == [4, 3]


def test_threads_draw_save_and_change_it_at_once():
    picture = Picture(ylim=None, labels=("a", "b"))
    picture.columns = wave(lines=2)
    picture.draw()
    errors = []

    def work(act):
        try:
            for step in range(15):
                act(step)
        except Exception as error:
            errors.append(error)

    def move(step):
        picture.columns = wave(step, 2, scale=1 + step)
        if picture.must_be_drawn():
            picture.draw()

    acts = (move, lambda step: picture.figure.savefig(io.BytesIO(), dpi=50), lambda step: picture.draw())
    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    picture.draw()  # the last that was done may have been to save it
    moved = picture.move()
    assert np.array_equal(moved, picture.draw())


def test_a_long_window_is_drawn_with_few_points_and_zoomed_with_all():
    picture = Picture(window=100_000)
    picture.columns = np.random.default_rng(1).normal(size=(1, 100_000))
    picture.draw()
    (line,) = picture.axes.lines
    assert len(line.get_xdata()) < 10_000
    assert line.get_ydata().max() == picture.columns.max()
    picture.axes.set_xlim(-50, -40)
    picture.draw()
    x, y = line.get_data()
    assert (x[0], x[-1]) == (-50, -40)
    assert y.tolist() == picture.columns[0, -51:-40].tolist()
    for limits in ((5, 9), (-200_000, -150_000), (0, -99_999)):
        picture.axes.set_xlim(*limits)
        picture.draw()


@each("value", [1e300, -1e300, np.inf, 1.7e308, 5e-324])
def test_extreme_values_do_no_harm(value):
    for ylim in (None, (-1, 1)):
        picture = Picture(ylim=ylim)
        picture.columns = wave()
        picture.columns[0, 20:30] = value
        picture.draw()
        picture.move()


def time_chart(*curves, **look):
    picture = Picture()
    picture.figure.clear()
    picture.figure.moving = []
    chart = TimeChart(picture.figure, Look(ylim=(-1.5, 1.5), **look))
    picture.curves = list(curves)
    picture.figure.refresh = lambda: chart.show_curves(picture.curves, picture.status)
    return picture


def curve(label, start, stop, count=100):
    times = np.linspace(start, stop, count)
    return Curve(label, times, np.sin(times))


def test_lines_of_several_pipes_move_as_they_are_drawn():
    picture = time_chart(span=5)
    for step in range(3):
        picture.curves = [curve("a", 0, 9 + step), curve("b", 3, 8 + step / 2)]
        picture.draw()
        moved = picture.move()
        assert (moved == picture.draw()).all()


def test_several_pipes_share_one_time_axis():
    picture = time_chart(
        curve("a", 1000, 1009), curve("b", 1001, 1008.5), curve("late", 0, 0, count=0), span=5
    )
    picture.draw()
    a, b, late = [line.get_xdata() for line in picture.axes.lines]
    assert (a[-1], b[-1], len(late)) == (0, -0.5, 0)
    assert a[0] == pytest.approx(-5, abs=0.1)
    assert (np.diff(a) > 0).all()


@pytest.mark.parametrize(("count", "named"), [(4, 4), (5, 5), (24, 24), (100, 0)])
def test_many_pipes_leave_room_for_the_chart(count, named):
    picture = time_chart(*[curve(f"board-{number}:sensor", 0, 9) for number in range(count)])
    picture.draw()
    legend = picture.axes.get_legend()
    assert (0 if legend is None else len(legend.get_texts())) == named
    box = picture.axes.get_window_extent()
    assert box.width > 0.4 * picture.figure.bbox.width
    assert box.height > 0.6 * picture.figure.bbox.height
    looks = {(to_rgba(line.get_color()), line.get_linestyle()) for line in picture.axes.lines}
    assert len(looks) == min(count, 40)


def test_a_million_samples_of_a_pipe_are_few_points():
    picture = time_chart(curve("a", 0, 9, count=1_000_000))
    picture.draw()
    assert len(picture.axes.lines[0].get_xdata()) <= 2000


def test_time_charts_follow_the_values():
    picture = time_chart(Curve("a", np.arange(3.0), np.array([5.0, np.nan, 9.0])))
    picture.axes.set_ylim(auto=True)
    picture.draw()
    low, high = picture.axes.get_ylim()
    assert low < 5 < 9 < high
