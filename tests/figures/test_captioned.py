import matplotlib
import pandas as pd
import pytest
from PIL import Image

from napari_nfm.figures import FORMATS, CaptionedFigure, FigureError, FigureStyle, save_figure


def draw(style, height_mm=40):
    with style.drawn(height_mm=height_mm) as figure:
        axes = figure.subplots()
        axes.plot([0, 1, 2], [1, 0, 3], label="measured")
        axes.set_xlabel("Share of units removed")
        axes.legend()
    return figure


@pytest.mark.parametrize("ending", FORMATS)
def test_the_same_figure_is_the_same_bytes(tmp_path, ending):
    for name in ("first", "second"):
        save_figure(draw(FigureStyle()), tmp_path / (name + ending), caption="What is shown.")
    first = (tmp_path / f"first{ending}").read_bytes()
    assert first == (tmp_path / f"second{ending}").read_bytes()
    assert b"What is shown." in first


@pytest.mark.parametrize(("width_mm", "dpi"), [(89, 300), (180, 150)])
def test_a_png_has_the_width_and_dots_that_were_asked_for(tmp_path, width_mm, dpi):
    save_figure(draw(FigureStyle(width_mm=width_mm, dpi=dpi)), tmp_path / "figure.png")
    with Image.open(tmp_path / "figure.png") as image:
        assert image.width == pytest.approx(width_mm / 25.4 * dpi, abs=1)
        assert image.height == pytest.approx(40 / 25.4 * dpi, abs=1)
        assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.1)


def test_letters_stay_letters_of_the_size_that_was_asked_for(tmp_path):
    save_figure(draw(FigureStyle(font_size=11)), tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert ">Share of units removed</text>" in text
    assert "11px" in text


def test_the_background_reaches_every_part(tmp_path):
    corners = {}
    for background in ("light", "dark"):
        save_figure(draw(FigureStyle(background=background, dpi=50)), tmp_path / "figure.png")
        with Image.open(tmp_path / "figure.png") as image:
            corners[background] = image.convert("RGB").getpixel((0, 0))
    assert corners == {"light": (255, 255, 255), "dark": (17, 17, 17)}


def test_drawing_leaves_matplotlib_as_it_was():
    before = dict(matplotlib.rcParams)
    draw(FigureStyle(font_size=20, background="dark"))
    assert dict(matplotlib.rcParams) == before


def test_caption_and_tables_are_written_beside_the_figure(tmp_path):
    table = pd.DataFrame({"site": ["encoder.L8"], "s_tight": [0.25]})
    figure = CaptionedFigure(draw(FigureStyle()), "Scores of one site.", {"scores": table})
    written = figure.save(tmp_path / "panel.svg")
    assert [path.name for path in written] == ["panel.svg", "panel.txt", "panel_scores.csv"]
    assert (tmp_path / "panel.txt").read_text(encoding="utf-8") == "Scores of one site.\n"
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "panel_scores.csv"), table)


@pytest.mark.parametrize(
    "wrong",
    [{"width_mm": 5}, {"width_mm": float("nan")}, {"dpi": 0}, {"font_size": 80}],
)
def test_sizes_out_of_range_are_said(wrong, assert_one_clear_sentence):
    with pytest.raises(FigureError) as found:
        FigureStyle(**wrong)
    assert_one_clear_sentence(found.value)


def test_an_unknown_background_is_said():
    with pytest.raises(FigureError, match="'light' or 'dark'"):
        FigureStyle(background="blue")


@pytest.mark.parametrize("path", ["figure.jpeg", "figure", "nowhere/figure.png"])
def test_files_that_cannot_be_written_are_said(tmp_path, path):
    with pytest.raises(FigureError):
        save_figure(draw(FigureStyle(dpi=50)), tmp_path / path)
