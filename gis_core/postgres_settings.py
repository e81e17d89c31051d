"""Settings of the embedded PostgreSQL, sized for the machine it finds."""

import contextlib
import os
import shutil
from pathlib import Path

MIB = 2**20


def settings_for(socket_folder: Path, port: int) -> str:
    """The text of a configuration file; never trades an acknowledged commit for speed."""
    memory_mib = _memory_bytes() // MIB
    settings: dict[str, object] = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{socket_folder}'",
        "unix_socket_permissions": "0700",
        "port": port,
        "max_connections": 100,
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "shared_buffers": _mib(memory_mib // 8, least=64, most=4096),
        "effective_cache_size": _mib(memory_mib // 2, least=128, most=65_536),
        "work_mem": _mib(memory_mib // 512, least=4, most=64),
        "maintenance_work_mem": _mib(memory_mib // 32, least=32, most=512),
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "random_page_cost": 1.1,
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_min_duration_statement": "2s",
    }
    if _shared_memory_bytes() < 256 * MIB:
        # A container's /dev/shm of 64 MB does not carry parallel queries.
        settings["max_parallel_workers_per_gather"] = 0
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _mib(wanted: int, *, least: int, most: int) -> str:
    return f"{min(max(wanted, least), most)}MB"


def _memory_bytes() -> int:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        # A container's own limit; the word "max" means none.
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return total


def _shared_memory_bytes() -> int:
    with contextlib.suppress(OSError):
        return shutil.disk_usage("/dev/shm").total  # noqa: S108 - asked for its size only
    return 0
