"""What pandana takes for our questions; run by its own interpreter: python pandana_alone.py ASKED.npz.

ASKED holds points (easting and northing of each node, metres), tails, heads, seconds (one way each), spots,
origins, blocks (numbers of nodes) and limit_s. The last line printed is a JSON object of seconds.
"""

import json
import sys
from statistics import median
from time import perf_counter

import numpy as np
import pandana
import pandas as pd


def main(path: str) -> None:
    """Build once, ask for what is in range of each spot, and for every pair of the matrix."""
    asked = np.load(path)
    points, limit_s = pd.DataFrame(asked["points"]), float(asked["limit_s"])
    started = perf_counter()
    network = pandana.Network(
        points[0], points[1], pd.Series(asked["tails"]), pd.Series(asked["heads"]),
        pd.DataFrame({"seconds": asked["seconds"]}), twoway=False,
    )  # fmt: skip
    built = perf_counter()
    ranges = []
    for spot in asked["spots"].tolist():
        begun = perf_counter()
        network.nodes_in_range([spot], limit_s)
        ranges.append(perf_counter() - begun)
    origins, blocks = np.meshgrid(asked["origins"], asked["blocks"], indexing="ij")
    begun = perf_counter()
    network.shortest_path_lengths(origins.ravel(), blocks.ravel())
    matrix_s = perf_counter() - begun
    print(json.dumps({"build": built - started, "range": median(ranges), "matrix": matrix_s}))


if __name__ == "__main__":
    main(sys.argv[1])
