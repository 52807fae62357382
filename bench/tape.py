"""200 rounds of the house contestants on a real month of BTC minutes, from start to printed board.

.venv/bin/python -m bench.tape [FILE]
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TAPE = ROOT.parent / "shared" / "data" / "candles" / "BTC-USDT-PERP_1m_2022-01.csv"
ROUNDS = 200


def main() -> None:
    """Play twice in fresh folders; the hashes must be equal."""
    tape = Path(sys.argv[1]) if len(sys.argv) > 1 else TAPE
    if not tape.exists():
        print(f"no tape at {tape}; name one: python -m bench.tape FILE")
        return
    hashes = set()
    for run in (1, 2):
        with tempfile.TemporaryDirectory(prefix="arena-bench-") as folder:
            environment = {
                **os.environ,
                "ARENA_DATA_DIR": folder,
                "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
                "SECRET_KEY": secrets.token_urlsafe(60),
            }
            arguments = [
                "--market",
                f"tape:{tape}",
                "--stamp",
                "close",
                "--volume",
                "quote",
                "--rounds",
                str(ROUNDS),
            ]
            command = [sys.executable, "manage.py", "arena", "play", *arguments, "--json"]
            started = time.perf_counter()
            done = subprocess.run(
                command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
            )
            wall_s = time.perf_counter() - started
        answer = json.loads(done.stdout)
        hashes.add(answer["replay_hash"])
        print(f"run {run}: {wall_s:.1f} s in all, {answer['elapsed_s']} s of it playing {ROUNDS} rounds")
    assert len(hashes) == 1
    print(f"same replay hash {hashes.pop()} (target: at most 20 s)")


if __name__ == "__main__":
    main()
