"""What stimuli and recording sites are called for people."""

__all__ = ["REFERENCES", "category_title", "site_title"]

REFERENCES = ("Retina", "V1")
"""Populations of the study that are no sites of the network."""


def category_title(name: str) -> str:
    """Name a stimulus category for people, where it is the study's; else as it is."""
    from napari_nfm.stimuli.ensemble import CATEGORIES

    return CATEGORIES.get(name, name)


def site_title(site: str) -> str:
    """Name a recording site for people, where it is the network's; else as it is."""
    from napari_nfm.fnn.site import TITLES

    return TITLES.get(site, site)
