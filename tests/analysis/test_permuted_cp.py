import numpy as np
import pytest
import torch
import xarray as xr

from napari_nfm.analysis import (
    EncodingTensor,
    PermutedCP,
    nonnegative_cp,
    permuted_cp,
    permuted_cp_objective,
)
from napari_nfm.analysis.fibres import from_fibres, to_fibres
from napari_nfm.analysis.permuted.inputs import starting_factors
from napari_nfm.analysis.permuted.objective import Objective
from napari_nfm.analysis.permuted.spectrum import Spectrum
from napari_nfm.jobs import Cancelled
from napari_nfm.provenance import Provenance

AXES = ("unit", "stimulus", "direction", "time")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def golden(data_directory):
    path = data_directory / "analysis" / "permuted_cp.npz"
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def responses(golden):
    """64 units, 6 stimuli, 8 directions, 37 frames."""
    return from_fibres(golden["X_subset"].astype(np.float64), 8)


def tensor_of(generator, n_units, rank, n_stimuli=3, n_directions=4, n_frames=9):
    """Return a tensor of known rank up to shifts, and the shifts."""
    factors = [generator.uniform(size=(n, rank)) for n in (n_units, n_stimuli)]
    maps = generator.uniform(size=(n_directions, n_frames, rank)) ** 3
    tensor = np.einsum("nr,sr,dtr->nsdt", *factors, maps)
    shifts = generator.integers(0, n_directions, (n_units, n_stimuli))
    rolled = np.stack(
        [
            np.stack([np.roll(unit[s], -k, axis=0) for s, k in enumerate(ks)])
            for unit, ks in zip(tensor, shifts, strict=True)
        ]
    )
    return rolled, shifts


def error_of(tensor, fit):
    """Return the percent error that factors, weights and shifts amount to, by plain rolling."""
    model = np.einsum("r,nr,sr,pr->nsp", fit.weights, *fit.factors)
    rolled = np.empty_like(tensor)
    for unit in range(len(tensor)):
        for stimulus in range(tensor.shape[1]):
            shift = fit.shifts[unit, stimulus]
            rolled[unit, stimulus] = np.roll(tensor[unit, stimulus], shift, axis=0)
    return 100 * np.sum((to_fibres(rolled) - model) ** 2) / np.sum(tensor**2)


# --- objective ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["e0", "e1", "e2", "e3"])
def test_objective_equals_the_study(golden, case):
    n_directions = int(golden[f"{case}_ndirs"])
    tensor = from_fibres(golden["eval_X"].astype(np.float64), n_directions)
    factors = [golden[f"{case}_A{mode}"] for mode in range(3)]
    value, gradients, shifts = permuted_cp_objective(tensor, factors)
    assert value == pytest.approx(float(golden[f"{case}_f"]), rel=1e-10)
    for mode, gradient in enumerate(gradients):
        expected = golden[f"{case}_G{mode}"]
        scale = max(np.abs(expected).max(), np.finfo(float).tiny)
        assert np.abs(gradient - expected).max() <= 1e-9 * scale
    if case != "e3":  # every shift ties
        expected = golden[f"{case}_shift_mod"].T.astype(int) % n_directions
        np.testing.assert_array_equal(shifts, expected)


@pytest.mark.parametrize("case", ["e0", "e1", "e2"])
@pytest.mark.parametrize("cached_bytes", [1, 20_000, 10**9])
def test_float32_and_its_shorter_spectrum_stay_near_the_study(
    golden, case, cached_bytes, monkeypatch
):
    monkeypatch.setattr("napari_nfm.analysis.permuted.objective.CACHED_BYTES", cached_bytes)
    tensor = from_fibres(golden["eval_X"].astype(np.float64), int(golden[f"{case}_ndirs"]))
    spectrum = Spectrum.of(tensor, device=CPU, dtype=torch.float32, tolerance=1e-10)
    n_numbers = sum(len(frequency.coefficients) for frequency in spectrum.frequencies)
    assert n_numbers < tensor.shape[2] * tensor.shape[3] / 2  # the responses are smooth
    factors = np.concatenate([golden[f"{case}_A{mode}"] for mode in range(3)])
    points = torch.as_tensor(np.stack([factors.T, 0.5 * factors.T]), dtype=torch.float32)
    found = Objective(spectrum).evaluate(points)
    assert float(found.values[0]) == pytest.approx(float(golden[f"{case}_f"]), rel=1e-6)
    expected = np.concatenate([golden[f"{case}_G{mode}"] for mode in range(3)])
    rows = np.cumsum([len(golden[f"{case}_A{mode}"]) for mode in range(2)])
    for ours, theirs in zip(
        np.split(found.gradients[0].T.numpy(), rows), np.split(expected, rows), strict=True
    ):
        assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max()
    alone = permuted_cp_objective(tensor, np.split(0.5 * factors, rows))
    assert float(found.values[1]) == pytest.approx(alone[0], rel=1e-6)
    np.testing.assert_array_equal((found.shifts[1].numpy() + 1) % tensor.shape[2], alone[2])


@pytest.mark.parametrize("n_directions", [1, 2, 3, 5, 8])
def test_gradient_is_the_slope_and_shifts_are_the_best_rolls(n_directions):
    generator = np.random.default_rng(n_directions)
    tensor = generator.uniform(size=(5, 3, n_directions, 7))
    factors = [generator.uniform(size=(n, 2)) for n in (5, 3, 7 * n_directions)]
    value, gradients, shifts = permuted_cp_objective(tensor, factors)
    model = from_fibres(np.einsum("nr,sr,pr->nsp", *factors), n_directions)
    products = np.stack(
        [(model * np.roll(tensor, k, axis=2)).sum((2, 3)) for k in range(n_directions)]
    )
    np.testing.assert_array_equal(shifts, products.argmax(0))
    plain = 0.5 * np.sum(tensor**2) - products.max(0).sum() + 0.5 * np.sum(model**2)
    assert value == pytest.approx(plain, rel=1e-12)
    for mode in range(3):
        way = generator.uniform(-1, 1, size=factors[mode].shape)
        moved = [
            permuted_cp_objective(
                tensor, [f + h * way if m == mode else f for m, f in enumerate(factors)]
            )[0]
            for h in (1e-6, -1e-6)
        ]
        assert (moved[0] - moved[1]) / 2e-6 == pytest.approx(
            np.sum(gradients[mode] * way), rel=1e-6
        )


# --- descent -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rank"), [("syn", 2), ("syn", 4), ("syn", 6), ("syn", 8), ("planted", 3)]
)
def test_best_of_few_starts_is_as_good_as_the_study(golden, responses, name, rank):
    expected = golden[f"{name}_R{rank}_objs"]
    planted = from_fibres(golden["planted_X"].astype(np.float64), 8)
    fit = permuted_cp(responses if name == "syn" else planted, rank, n_starts=len(expected))
    assert fit.percent_error <= expected[0] + max(0.02, 0.005 * expected[0])
    assert np.median(fit.percent_errors) <= np.median(expected) * 1.03
    assert fit.percent_error == fit.percent_errors[0]
    assert (np.diff(fit.percent_errors) >= 0).all()


def test_planted_components_are_found(golden):
    tensor = from_fibres(golden["planted_X"].astype(np.float64), 8)
    fit = permuted_cp(tensor, 4, n_starts=5)
    assert fit.percent_error <= golden["planted_R4_objs"][0] + 0.02
    unit_norm = [
        golden[f"planted_{name}"] / np.linalg.norm(golden[f"planted_{name}"], axis=0)
        for name in "abc"
    ]
    neural = unit_norm[0].T @ fit.factors[0]
    stimulus = unit_norm[1].T @ fit.factors[1]
    maps = from_fibres(fit.factors[2].T, 8)
    planted_maps = from_fibres(unit_norm[2].T, 8)
    response = np.stack(
        [np.einsum("pdt,rdt->pr", planted_maps, np.roll(maps, turn, axis=1)) for turn in range(8)]
    ).max(0)
    match = neural * stimulus * response
    best = match.argmax(axis=1)
    assert sorted(best) == [0, 1, 2, 3]
    assert match.max(axis=1).mean() >= 0.98


def test_result_says_what_it_is(responses):
    fit = permuted_cp(responses[:40], 3, n_starts=4)
    assert [factor.shape for factor in fit.factors] == [(40, 3), (6, 3), (296, 3)]
    for factor in fit.factors:
        assert (factor >= 0).all()
        np.testing.assert_allclose(np.linalg.norm(factor, axis=0), 1)
    assert (np.diff(fit.weights) <= 0).all()
    assert fit.neural_factors.shape == (4, 40, 3)
    assert fit.neural_factors.dtype == np.float32
    np.testing.assert_allclose(fit.neural_factors[0], fit.factors[0], atol=1e-7)
    np.testing.assert_allclose(np.linalg.norm(fit.neural_factors, axis=1), 1, rtol=1e-6)
    assert fit.n_directions == 8
    assert fit.percent_error == pytest.approx(error_of(responses[:40], fit), rel=1e-9)


def test_tensorly_reads_the_result(responses):
    fit = permuted_cp(responses[:20], 2, n_starts=1)
    full = fit.to_tensorly().to_tensor()
    expected = np.einsum("r,nr,sr,pr->nsp", fit.weights, *fit.factors)
    np.testing.assert_allclose(full, expected, atol=1e-12)


def test_axis_order_and_kind_of_tensor_do_not_matter(responses):
    small = responses[:20]
    named = xr.DataArray(small, dims=AXES, attrs={"site": "encoder.L4"})
    encoding = EncodingTensor(
        values=named,
        relative_response=named.max(("direction", "time")),
        spatial_frequency=None,
        silent=np.array([], dtype=np.int64),
        provenance=Provenance.of("test", named),
    )
    plain = permuted_cp(small, 2, n_starts=2)
    for tensor in (named.transpose("time", "unit", "direction", "stimulus"), encoding):
        fit = permuted_cp(tensor, 2, n_starts=2)
        np.testing.assert_array_equal(fit.factors[2], plain.factors[2])
        np.testing.assert_array_equal(fit.shifts, plain.shifts)
        assert fit.provenance.inputs == {"site": "encoder.L4"}
    assert plain.provenance.parameters["rank"] == 2


def test_same_bytes_on_every_run_and_number_of_threads(responses):
    before = torch.get_num_threads()
    fits = []
    for threads in (1, 2, 2):
        torch.set_num_threads(threads)
        try:
            fits.append(permuted_cp(responses[:40], 4, n_starts=11, max_iterations=30))
            assert torch.get_num_threads() == threads
        finally:
            torch.set_num_threads(before)
    for fit in fits[1:]:
        np.testing.assert_array_equal(fit.percent_errors, fits[0].percent_errors)
        np.testing.assert_array_equal(fit.neural_factors, fits[0].neural_factors)
        np.testing.assert_array_equal(fit.factors[2], fits[0].factors[2])
    other = permuted_cp(responses[:40], 4, n_starts=11, max_iterations=30, seed=1)
    assert not np.array_equal(other.percent_errors, fits[0].percent_errors)


def test_start_is_the_same_whatever_the_number_of_starts(responses):
    shape = responses.shape
    for few, many in zip(
        starting_factors(None, shape, 3, 2, 5), starting_factors(None, shape, 3, 7, 5), strict=False
    ):
        for ours, theirs in zip(few, many, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_starts_from_a_lower_rank_and_never_ends_above_it(responses):
    low = permuted_cp(responses, 4, n_starts=2)
    high = permuted_cp(responses, 5, n_starts=1, init=low)
    assert high.percent_error < low.percent_error
    again = permuted_cp(responses, 4, n_starts=1, init=low)
    assert again.percent_error <= low.percent_error * (1 + 1e-6)
    factors = tuple(factor * np.cbrt(low.weights) for factor in low.factors)
    from_factors = permuted_cp(responses, 5, n_starts=1, init=factors)
    assert from_factors.percent_error == pytest.approx(high.percent_error, rel=1e-3)
    mixed = permuted_cp(responses, 5, n_starts=3, init=[low, factors])
    assert len(mixed.percent_errors) == 3


def test_only_what_float32_cannot_resolve_is_refined():
    """A tensor of low rank without noise is fitted to far below float32's rounding."""
    tensor, shifts = tensor_of(np.random.default_rng(2), n_units=30, rank=1)
    fit = permuted_cp(tensor, 1, n_starts=2, tolerance=1e-8)
    assert fit.percent_error < 1e-5
    assert error_of(tensor, fit) == pytest.approx(fit.percent_error, rel=1e-3, abs=1e-9)
    assert len(np.unique((fit.shifts - shifts) % 4)) == 1


def test_stops_by_the_stated_rule(responses):
    short = permuted_cp(responses, 4, n_starts=2, max_iterations=5)
    loose = permuted_cp(responses, 4, n_starts=2, tolerance=1e-3)
    full = permuted_cp(responses, 4, n_starts=2)
    assert short.percent_error > loose.percent_error >= full.percent_error * 0.999


def test_silent_units_and_repeated_units_do_no_harm(responses):
    tensor = np.concatenate([responses[:10], np.zeros((2, *responses.shape[1:])), responses[:10]])
    fit = permuted_cp(tensor, 3, n_starts=2)
    np.testing.assert_array_equal(fit.factors[0][10:12], 0)
    np.testing.assert_allclose(fit.factors[0][:10], fit.factors[0][12:], atol=1e-3)
    assert all(np.isfinite(factor).all() for factor in fit.factors)


def test_more_components_than_the_tensor_has_vanish_quietly():
    fit = permuted_cp(np.ones((4, 2, 3, 5)), 3, n_starts=2)
    assert fit.percent_error < 1e-3
    assert all(np.isfinite(factor).all() for factor in (*fit.factors, fit.weights))


@pytest.mark.parametrize("decompose", [permuted_cp, nonnegative_cp])
def test_reports_progress_and_stops_when_asked(responses, decompose):
    steps = []
    decompose(
        responses[:20],
        2,
        n_starts=7,
        progress=lambda *step: steps.append(step[:2]),
    )
    assert steps[0] == (0, 7)
    assert steps[-1] == (7, 7)
    assert steps == sorted(steps)
    with pytest.raises(Cancelled):
        decompose(responses[:20], 2, n_starts=7, should_stop=lambda: True)


def test_stops_in_the_middle_of_a_descent(responses):
    asked = []

    def soon():
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        permuted_cp(
            responses, 8, n_starts=40, tolerance=0, max_iterations=100_000, should_stop=soon
        )
    assert len(asked) == 3


# --- plain -------------------------------------------------------------------------------------


def test_plain_decomposition_leaves_directions_as_they_are(responses):
    plain = nonnegative_cp(responses, 4, n_starts=3)
    assert isinstance(plain, PermutedCP)
    assert not plain.shifts.any()
    assert plain.shifts.shape == (64, 6)
    assert plain.percent_error == pytest.approx(error_of(responses, plain), rel=1e-9)
    assert plain.percent_error > permuted_cp(responses, 4, n_starts=3).percent_error
    assert (np.diff(plain.percent_errors) >= 0).all()
    again = nonnegative_cp(responses, 4, n_starts=3)
    np.testing.assert_array_equal(again.neural_factors, plain.neural_factors)
