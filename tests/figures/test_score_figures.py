import numpy as np
import pandas as pd
import pytest

from napari_nfm.analysis import published_scores, score_sites
from napari_nfm.figures import (
    FigureError,
    FigureStyle,
    accuracy_figure,
    confusion_figure,
    radius_profile_figure,
    removal_figure,
    scores_figure,
)


def drawn(panel, *, hollow):
    """Return the points of the marks on a panel that are, or are not, filled."""
    return {
        (round(float(x), 6), float(y))
        for line in panel.lines
        if line.get_marker() not in ("", "None") and len(line.get_xdata())
        if (line.get_markerfacecolor() == "none") == hollow
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
        if np.isfinite(y)
    }


def test_measured_and_published_marks_are_where_the_tables_say_and_apart(scorecard):
    found = scores_figure(scorecard)
    panel = found.figure.axes[0]
    names = [tick.get_text() for tick in panel.get_xticklabels()]
    assert names == ["Retina", "V1", "Encoder L1", "Encoder L8", "Output"]
    table = found.tables["scores"]
    expected = {(2.0, table["s_tight"][0]), (3.0, table["s_tight"][1])}
    assert drawn(panel, hollow=False) == expected
    known = published_scores().set_index(["population", "quantity", "labels"])["value"]
    hollow = {
        (float(place), known[name, "S_tight", "stimulus"])
        for place, name in enumerate(["Retina", "V1", "L1", "L8", "Output"])
    }
    assert drawn(panel, hollow=True) == hollow
    assert "published" not in "".join(found.tables["scores"].columns)
    shown = found.tables["published"]
    assert set(shown.loc[shown["quantity"] == "S_tight", "value"]) == {y for _, y in hollow}


def test_clusters_stand_beside_the_published_clusters(site_responses):
    found = scores_figure(score_sites(site_responses, labels="hdbscan", n_bootstrap=0))
    shown = found.tables["published"]
    assert set(shown.loc[shown["quantity"].str.startswith("S_"), "labels"]) == {"hdbscan"}
    assert "HDBSCAN" in found.caption
    assert "bootstraps" not in found.caption.split("Hollow")[0]


def test_the_caption_states_space_parameters_missing_sites_and_the_notes(scorecard):
    caption = scores_figure(scorecard).caption
    for words in ("10 principal components", "24 z-scored units", "3 bootstraps", "seed 0"):
        assert words in caption
    assert "Output: The responses are the same" in caption
    assert "not measured here" in caption
    for note in published_scores().attrs["notes"]:
        assert note in caption
    without = scores_figure(scorecard, published=False)
    assert "ublished" not in without.caption
    assert list(without.tables) == ["scores"]
    assert not drawn(without.figure.axes[0], hollow=True)


def test_sites_without_any_score_are_no_figure(site_responses, assert_one_clear_sentence):
    nothing = score_sites({"output": site_responses["output"]}, n_bootstrap=0)
    with pytest.raises(FigureError) as found:
        scores_figure(nothing)
    assert_one_clear_sentence(found.value)
    for draw in (accuracy_figure, confusion_figure):
        with pytest.raises(FigureError) as found:
            draw({})
        assert_one_clear_sentence(found.value)


def test_radius_profiles_are_those_of_the_table(scorecard):
    tubes = scorecard.tubularity["encoder.L8"]
    found = radius_profile_figure(tubes, site="encoder.L8")
    lines = found.figure.axes[0].lines
    table = found.tables["radius"]
    for line, name in zip(lines, tubes.labels, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), table[name])
        np.testing.assert_array_equal(line.get_xdata(), table["place"])
    texts = [text.get_text() for text in found.figure.legends[0].get_texts()]
    assert texts[0].startswith("Grating, low spatial frequency: ")
    assert "0.9-quantile" in found.caption
    assert "Encoder L8" in found.caption


def test_accuracy_curves_are_those_of_the_table(scorecard):
    curves = {site: found for (site, name), found in scorecard.accuracy.items() if name == "knn"}
    found = accuracy_figure(curves)
    table = found.tables["accuracy"].set_index(["curve", "window"])
    for panel, window in zip(found.figure.axes, ("growing", "shrinking"), strict=True):
        lines = {line.get_label(): line for line in panel.lines}
        assert lines["chance"].get_ydata()[0] == pytest.approx(1 / 11)
        for site, title in (("encoder.L1", "Encoder L1"), ("encoder.L8", "Encoder L8")):
            np.testing.assert_array_equal(
                lines[title].get_ydata(), table.loc[(site, window), "accuracy"]
            )
        assert "(s)" in panel.get_xlabel()
    assert "88 samples" in found.caption


def test_confusions_are_shares_of_what_was_shown(scorecard):
    matrices = {site: found for (site, name), found in scorecard.accuracy.items() if name == "knn"}
    found = confusion_figure(matrices)
    image = found.figure.axes[0].images[0].get_array()
    np.testing.assert_allclose(image.sum(axis=1), 1)
    counts = found.tables["confusions"]
    first = counts[(counts["curve"] == "encoder.L1") & (counts["category"] == "grat_W1")]
    np.testing.assert_allclose(image[1], first["count"] / 8)


def test_a_removal_is_drawn_beside_the_random_ones(sweep):
    found = removal_figure(sweep, what="loudest units")
    panel = found.figure.axes[2]
    lines = {line.get_label(): line for line in panel.lines}
    np.testing.assert_array_equal(lines["loudest units"].get_ydata(), sweep.table["accuracy"])
    np.testing.assert_allclose(lines["loudest units"].get_xdata(), [0, 100 * 5 / 24, 100 * 12 / 24])
    assert "loudest units" in found.caption
    assert "3 draws" in found.caption
    pd.testing.assert_frame_equal(found.tables["removal"], sweep.table)


@pytest.mark.parametrize("background", ["light", "dark"])
def test_every_figure_can_be_written_at_any_size(scorecard, sweep, tmp_path, background):
    style = FigureStyle(width_mm=89, dpi=60, font_size=5, background=background)
    decoded = {name: found for (site, name), found in scorecard.accuracy.items()}
    figures = {
        "scores": scores_figure(scorecard, style=style),
        "radius": radius_profile_figure(scorecard.tubularity["encoder.L1"], style=style),
        "accuracy": accuracy_figure(decoded, style=style),
        "confusion": confusion_figure(decoded, style=style),
        "removal": removal_figure(sweep, style=style),
    }
    for name, figure in figures.items():
        written = figure.save(tmp_path / f"{name}.svg")
        assert all(path.stat().st_size for path in written)
        assert figure.figure.get_facecolor()[0] == pytest.approx(
            1 if background == "light" else 17 / 255
        )
