"""pandana as a peer of roads: the same network and questions, in an environment of its own.

It contracts the network before it answers and knows no closures: obeying one means to build anew.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from gis_core.roads.network import RoadNetwork
from tests.bench.peers import python_of

PACKAGES = ("pandana==0.8",)


def ask_pandana(
    network: RoadNetwork, *, spots: list[int], origins: list[int], blocks: list[int], limit_s: float
) -> Mapping[str, float]:
    """Seconds by question: build, range (one spot), matrix. Places are numbers of nodes."""
    is_way = np.isfinite(network.edge_seconds)
    with TemporaryDirectory() as folder:
        asked = Path(folder) / "asked.npz"
        np.savez(
            asked, points=network.points, tails=network.tails[is_way], heads=network.heads[is_way],
            seconds=network.edge_seconds[is_way], spots=spots, origins=origins, blocks=blocks,
            limit_s=limit_s,
        )  # fmt: skip
        alone = Path(__file__).with_name("pandana_alone.py")
        words = [python_of("pandana", PACKAGES), alone, asked]
        told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    took: dict[str, float] = json.loads(told.splitlines()[-1])
    return took
