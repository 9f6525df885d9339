import numpy as np
import pytest
from scipy.sparse import csr_array

from napari_nfm.analysis.neighbourhoods.result import IanGraph
from napari_nfm.provenance import Provenance


@pytest.fixture(scope="session")
def golden_graph(data_directory, shared):
    """Return a maker of the reference's graph of a data set, without its disconnected points."""

    def graph(name):
        path = (
            shared("golden/analysis/08_ian.npz")
            if name == "retina"
            else data_directory / "analysis" / "neighbourhoods.npz"
        )
        with np.load(path, allow_pickle=False) as arrays:
            kept = arrays[f"{name}_l1_final_nonoutliers"].astype(np.int64)
            points = arrays[f"{name}_points"].astype(np.float64)[kept]
            scales = arrays[f"{name}_l1_scales"].astype(np.float64)[kept]
            edges = arrays[f"{name}_l1_edges"].astype(np.int64)
        edges = np.searchsorted(kept, edges[np.isin(edges, kept).all(axis=1)])
        squared = ((points[:, np.newaxis] - points) ** 2).sum(axis=-1)
        kernel = np.exp(-squared / np.outer(scales, scales))
        kernel[kernel < 1e-8] = 0
        return IanGraph(
            edges=edges,
            scales=scales,
            weights=csr_array(kernel),
            disconnected=np.empty(0, dtype=np.int64),
            n_units=len(points),
            points=points,
            squared_distances=squared,
            history=None,
            provenance=Provenance.of("golden", None),
        )

    return graph


@pytest.fixture(scope="session")
def golden_embedding(data_directory, shared):
    """Return a reader of the reference's arrays of one data set in ``09_embedding.npz``."""

    def read(name):
        path = (
            shared("golden/analysis/09_embedding.npz")
            if name == "retina"
            else data_directory / "analysis" / "embedding.npz"
        )
        with np.load(path, allow_pickle=False) as arrays:
            start = f"{name}_"
            return {key.removeprefix(start): arrays[key] for key in arrays if key.startswith(start)}

    return read
