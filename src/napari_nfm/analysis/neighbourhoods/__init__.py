"""The graph of units that respond alike, with a scale for each unit's neighbourhood.

`ian_graph` is the way in. The exact method is iterated adaptive neighbourhoods (IAN; Dyballa and
Zucker, Neural Computation 35, 2023), as the study ran it; the approximate one needs no matrix of
all distances.
"""

from napari_nfm.analysis.neighbourhoods.graph import ian_graph
from napari_nfm.analysis.neighbourhoods.result import GraphHistory, IanGraph

__all__ = ["GraphHistory", "IanGraph", "ian_graph"]
