"""The CURVE keys of a sub-kernel host and of its clients: made, listed and read. Secrets are in files of mode 0600.

The host's folder has `host.key` and, for each client that it lets in, `clients/NAME.pub`. A client has one file with
its own pair of keys and the host's public key.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import zmq

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_Z85 = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
_MAX_FILE = 4096


@dataclass(frozen=True, slots=True)
class ClientKey:
    """What a client needs: the host's public key, and its own pair."""

    host: bytes
    public: bytes
    secret: bytes = field(repr=False)


def default_client_key() -> Path:
    """Where a client's key is looked for if no file is named."""
    from platformdirs import user_config_path

    return user_config_path("rlm-kernel", appauthor=False) / "subkernel-host.key"


def default_host_folder() -> Path:
    """Where a host keeps its keys if no folder is named."""
    from platformdirs import user_config_path

    return user_config_path("rlm-kernel", appauthor=False) / "subkernel-host"


def read_client_key(path: str | os.PathLike[str] | None) -> ClientKey:
    """A client's key. Raises ValueError, in one sentence, for a file that cannot be used."""
    file = default_client_key() if path is None else Path(path).expanduser()
    values = _read(file, "the key of a sub-kernel host's client", ("host-public", "public", "secret"))
    return ClientKey(values["host-public"], values["public"], values["secret"])


class HostKeys:
    """The keys of a host: its own pair, and the clients that are let in."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = default_host_folder() if folder is None else Path(folder).expanduser()
        self._clients = self.folder / "clients"

    def create(self) -> None:
        """Make the host's pair where there is none. Raises ValueError where that cannot be written."""
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.folder, self._clients):
                folder.mkdir(mode=0o700, exist_ok=True)
            if not (self.folder / "host.key").exists():
                public, secret = _pair()
                _write(self.folder / "host.key", {"public": public, "secret": secret})
        except OSError as error:
            raise ValueError(f"{self.folder} cannot be written ({error.strerror}): name another folder.") from None

    def pair(self) -> tuple[bytes, bytes]:
        """The host's public and secret key. Raises ValueError."""
        values = _read(self.folder / "host.key", "the key of a sub-kernel host", ("public", "secret"))
        return values["public"], values["secret"]

    def add_client(self, name: str, file: str | os.PathLike[str]) -> Path:
        """Make a pair for a client, let it in, and write its file. Raises ValueError."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a client: use letters, digits, '.', '-' and '_'.")
        self.create()
        listed, target = self._clients / f"{name}.pub", Path(file).expanduser()
        if listed.exists():
            raise ValueError(f"There is a client {name!r} already: remove {listed} first, and its key is shut out.")
        host, _ = self.pair()
        public, secret = _pair()
        try:
            _write(target, {"host-public": host, "public": public, "secret": secret})
            _write(listed, {"public": public})
        except FileExistsError as error:
            raise ValueError(f"{error.filename} is there already: name another file with --out.") from None
        except OSError as error:
            raise ValueError(f"{error.filename} cannot be written ({error.strerror}): name another file.") from None
        return target

    def client(self, public: bytes) -> str | None:
        """The name of the client with this public key, None where none is listed. Read anew each time, so that a file
        that was removed counts at once."""
        for file in sorted(self._clients.glob("*.pub")):
            try:
                if _read(file, "a client's public key", ("public",), secret=False)["public"] == public:
                    return file.stem
            except ValueError:
                continue
        return None

    def names(self) -> list[str]:
        """The clients that are let in."""
        return sorted(file.stem for file in self._clients.glob("*.pub"))


def _pair() -> tuple[bytes, bytes]:
    require_curve()
    public, secret = zmq.curve_keypair()
    return public, secret


def require_curve() -> None:
    """Raise ValueError where this machine's ZeroMQ cannot encrypt."""
    if not zmq.has("curve"):
        raise ValueError("This ZeroMQ is built without CURVE, which a sub-kernel host needs: install pyzmq's wheel.")


def _write(file: Path, values: dict[str, bytes]) -> None:
    """Write a new file that only this user can read. Raises OSError."""
    text = "".join(f'{name} = "{value.decode()}"\n' for name, value in values.items())
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(text)


def _read(file: Path, what: str, names: tuple[str, ...], *, secret: bool = True) -> dict[str, bytes]:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            text = opened.read(_MAX_FILE).decode("ascii")
        values = tomllib.loads(text)
    except OSError as error:
        raise ValueError(
            f"{file}, {what}, cannot be read ({error.strerror}): `rlm subkernel-host --add-client` makes one."
        ) from None
    except ValueError:
        raise ValueError(f"{file} is not {what}: `rlm subkernel-host --add-client` makes one.") from None
    if secret and os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise ValueError(f"Others can read {file}, {what}: run `chmod 600` on it, or make a new one.")
    if not all(isinstance(values.get(name), str) and _Z85.fullmatch(values[name]) for name in names):
        raise ValueError(f"{file} is not {what}: `rlm subkernel-host --add-client` makes one.")
    return {name: values[name].encode() for name in names}
