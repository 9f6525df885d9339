"""Responses by site and everything that was computed from them: the larger part of a `Session`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import (
        DecodingAccuracy,
        DecodingTrajectories,
        EncodingManifold,
        RankChoice,
        Scorecard,
        Tubularity,
    )
    from napari_nfm.analysis.removal import RemovalSweep
    from napari_nfm.analysis.subpopulations import SubpopulationComparison
    from napari_nfm.analysis.tubes.sensitivity import Sensitivity

__all__ = ["BY_SITE", "OF_ALL_SITES", "SiteResults", "site_of"]

BY_SITE = (
    *("results", "manifolds", "rank_choices"),
    *("scores", "accuracies", "comparisons", "removals"),
)
"""Fields of results by site, alone or first of a tuple, that follow from its responses."""
OF_ALL_SITES = ("scorecard", "sensitivity")
"""Fields of one result each, that follows from the responses of all sites."""


@dataclass(eq=False)
class SiteResults:
    """Response tensors and results by site, and the results of all sites together.

    A result by site is forgotten with the responses that it came from. One of all sites is kept,
    and is among those `outdated`, once any responses have come, gone or changed.

    Attributes
    ----------
    responses
        Response tensor ``(unit, category, direction, time)`` by site.
    populations
        Sites whose responses are of another population, not of the recording.
    results
        Decoding trajectories by site.
    manifolds
        Encoding manifolds by site.
    rank_choices
        What a sweep over ranks has found, by site.
    scores
        Tubularity of all units, by site; at first without bootstraps.
    accuracies
        How well categories are decoded, by site and classifier.
    comparisons
        A selection of units beside all and beside the rest, by site.
    removals
        What is lost as more and more units are removed, by site.
    scorecard
        Readouts of all sites, as they were compared last, or None.
    sensitivity
        Scores of all sites with one setting varied at a time, or None.
    outdated
        Which of these two are not of the present responses.
    """

    responses: "Mapping[str, DataArray]" = field(default_factory=dict)
    populations: frozenset[str] = frozenset()
    results: "Mapping[str, DecodingTrajectories]" = field(default_factory=dict)
    manifolds: "Mapping[str, EncodingManifold]" = field(default_factory=dict)
    rank_choices: "Mapping[str, RankChoice]" = field(default_factory=dict)
    scores: "Mapping[str, Tubularity]" = field(default_factory=dict)
    accuracies: "Mapping[tuple[str, str], DecodingAccuracy]" = field(default_factory=dict)
    comparisons: "Mapping[str, SubpopulationComparison]" = field(default_factory=dict)
    removals: "Mapping[str, RemovalSweep]" = field(default_factory=dict)
    scorecard: "Scorecard | None" = None
    sensitivity: "Sensitivity | None" = None
    outdated: frozenset[str] = frozenset()

    def add_responses(self, responses: "Mapping[str, DataArray]") -> None:
        """Add response tensors by site, forgetting what was computed from those they replace."""
        self.forget_results(set(self.responses) & set(responses))
        self.responses = {**self.responses, **responses}

    def is_current(self, site: str, responses: "DataArray") -> bool:
        """Tell whether these are still the responses of `site`."""
        return self.responses.get(site) is responses

    def add_population(self, site: str, responses: "DataArray") -> None:
        """Add the responses of a population that is not of the recording."""
        self.populations |= {site}
        self.add_responses({site: responses})

    def forget_results(self, sites: Collection[str]) -> None:
        """Forget what was computed from the responses of these sites alone."""
        for name in BY_SITE:
            by_site = getattr(self, name)
            kept = {key: value for key, value in by_site.items() if site_of(key) not in sites}
            if len(kept) < len(by_site):
                setattr(self, name, kept)

    def add_result(self, site: str, trajectories: "DecodingTrajectories") -> None:
        """Add the decoding trajectories of `site`, replacing earlier ones."""
        self.results = {**self.results, site: trajectories}

    def add_manifold(self, site: str, manifold: "EncodingManifold") -> None:
        """Add the encoding manifold of `site`, replacing an earlier one."""
        self.manifolds = {**self.manifolds, site: manifold}

    def add_rank_choice(self, site: str, choice: "RankChoice") -> None:
        """Add what a sweep over ranks has found at `site`, replacing an earlier finding."""
        self.rank_choices = {**self.rank_choices, site: choice}

    def forget_rank_choice(self, site: str) -> None:
        """Forget what a sweep over ranks has found at `site`."""
        self.rank_choices = {other: c for other, c in self.rank_choices.items() if other != site}

    def add_score(self, site: str, score: "Tubularity") -> None:
        """Add the tubularity of all units of `site`, replacing an earlier one."""
        self.scores = {**self.scores, site: score}

    def add_accuracy(self, site: str, accuracy: "DecodingAccuracy") -> None:
        """Add the decoding accuracy of `site`, replacing an earlier one of its classifier."""
        self.accuracies = {**self.accuracies, (site, accuracy.classifier): accuracy}

    def add_comparison(self, site: str, comparison: "SubpopulationComparison") -> None:
        """Add a selection of units of `site` beside all, replacing an earlier one."""
        self.comparisons = {**self.comparisons, site: comparison}

    def add_removal(self, site: str, removal: "RemovalSweep") -> None:
        """Add what is lost as units of `site` are removed, replacing an earlier sweep."""
        self.removals = {**self.removals, site: removal}

    def take_scorecard(self, scorecard: "Scorecard", responses: "Mapping[str, DataArray]") -> None:
        """Keep the readouts of all sites, which were computed from `responses`."""
        self._take_of_all_sites("scorecard", scorecard, responses)

    def take_sensitivity(
        self, sensitivity: "Sensitivity", responses: "Mapping[str, DataArray]"
    ) -> None:
        """Keep the scores of all sites by settings, which were computed from `responses`."""
        self._take_of_all_sites("sensitivity", sensitivity, responses)

    def _take_of_all_sites(
        self, name: str, result: Any, responses: "Mapping[str, DataArray]"
    ) -> None:
        is_current = responses.keys() == self.responses.keys() and all(
            self.is_current(*of_site) for of_site in responses.items()
        )
        self.outdated = self.outdated - {name} if is_current else self.outdated | {name}
        setattr(self, name, result)


def site_of(key: str | tuple[str, ...]) -> str:
    """Return the site of a result by its key, which is the site or has it first."""
    return key if isinstance(key, str) else key[0]
