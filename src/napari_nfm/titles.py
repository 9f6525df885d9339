"""What stimuli and recording sites are called for people."""

__all__ = ["category_title", "site_title"]


def category_title(name: str) -> str:
    """Name a stimulus category for people, where it is the study's; else as it is."""
    from napari_nfm.stimuli.ensemble import CATEGORIES

    return CATEGORIES.get(name, name)


def site_title(site: str) -> str:
    """Name a recording site for people, where it is the network's; else as it is."""
    from napari_nfm.fnn.site import TITLES

    return TITLES.get(site, site)
