"""Peers that are libraries or servers of their own: each in an environment beside the repository's."""

import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[2] / ".citygrid-bench"


def python_of(peer: str, packages: tuple[str, ...]) -> Path:
    """The interpreter of a peer's environment, made with exactly these packages when it is not there yet.

    :raises CalledProcessError: when they cannot be installed here.
    """
    home = HOME / peer
    python, told = home / "bin" / "python", home / "packages.txt"
    if not told.exists() or told.read_text(encoding="utf-8").split() != list(packages):
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, home], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *packages], check=True)
        told.write_text("\n".join(packages), encoding="utf-8")
    return python
