"""From process start to the first page: CPU time and memory, against importing every SDK first.

.venv/bin/python -m bench.startup
"""

import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

REPEATS = 5
ROOT = Path(__file__).resolve().parent.parent
EAGER = "import ccxt.async_support, openai, anthropic, celery, redis, web3, pandas"
PROGRAM = """
import sys
{first}
sys.argv = ["manage.py", "arena", "serve", "--port", "{port}", "--market", "simulated"]
import manage
manage.main()
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _measure(folder: str, first: str) -> tuple[float, float]:
    """Return CPU seconds and resident megabytes when the first page has been served."""
    port = _free_port()
    environment = {
        **os.environ,
        "ARENA_DATA_DIR": folder,
        "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ARENA_RUNNER": "local",
    }
    program = PROGRAM.format(first=first, port=port)
    child = subprocess.Popen(
        [sys.executable, "-c", program], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for_page(port)
        return _cpu_s(child.pid), _resident_mb(child.pid)
    finally:
        child.terminate()
        child.wait(30)


def _wait_for_page(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                assert answer.status == 200  # noqa: PLR2004 - HTTP's own number
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("the server did not answer within 60 s")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    return (
        int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        * os.sysconf("SC_PAGE_SIZE")
        / 2**20
    )


def main() -> None:
    """Print both starts; the first run of each warms the file cache and is not counted."""
    with tempfile.TemporaryDirectory(prefix="arena-bench-") as folder:
        rows = {}
        for name, first in {"ours": "", "all SDKs imported first": EAGER}.items():
            found = [_measure(folder, first) for _ in range(REPEATS + 1)][1:]
            rows[name] = [statistics.median(column) for column in zip(*found, strict=True)]
    print(f"{'':28}{'CPU s to first page':>20}{'resident MB':>14}")
    for name, (cpu_s, megabytes) in rows.items():
        print(f"{name:28}{cpu_s:>20.2f}{megabytes:>14.0f}")
    ours, eager = rows["ours"], rows["all SDKs imported first"]
    print(f"ratio {eager[0] / ours[0]:.1f} in CPU, {eager[1] / ours[1]:.1f} in memory (targets: 1 s, 90 MB)")
    print(json.dumps({"cpu_s": ours[0], "resident_mb": round(ours[1])}))


if __name__ == "__main__":
    main()
