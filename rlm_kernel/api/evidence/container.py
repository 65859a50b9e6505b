"""The container of a pack: a ZIP file that has one form only for given contents, read under limits.

Members are stored in the order of their names, without compression, dates or comments. Whoever reads one writes its
contents again and compares, so that no byte of the file is outside of what was checked.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

MAX_MEMBERS = 2_000
MAX_BYTES = 1 << 30
_NAME = re.compile(r"(?:[a-z0-9][a-z0-9._-]{0,80}/)?[a-z0-9][a-z0-9._-]{0,80}")
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


class PackError(ValueError):
    """A pack cannot be written or read. The text names it, says why, and what to do."""


def packed(members: Mapping[str, bytes]) -> bytes:
    """The file with these members. Raises PackError."""
    if len(members) > MAX_MEMBERS or sum(map(len, members.values())) > MAX_BYTES:
        raise PackError(
            f"A pack holds {MAX_MEMBERS:,} files and {MAX_BYTES >> 20:,} MB at most: leave the documents out "
            '(documents="hash", --documents hash).'
        )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system, info.external_attr = 3, _MODE
            archive.writestr(info, members[name])
    return written.getvalue()


def members_of(file: Path) -> dict[str, bytes]:
    """The members of a file, of which nothing else is taken. Raises PackError."""
    try:
        if file.stat().st_size > MAX_BYTES + MAX_MEMBERS * 1_000:
            raise PackError(f"{file} is larger than a pack can be ({MAX_BYTES >> 20:,} MB).")
        data = file.read_bytes()
    except OSError as error:
        raise PackError(f"{file} cannot be read: {error.strerror or error}.") from None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if len(names) > MAX_MEMBERS or len(set(names)) < len(names):
                raise PackError(f"{file} is no evidence pack: it has too many files, or two of one name.")
            if not all(_NAME.fullmatch(name) for name in names) or any(info.compress_type for info in infos):
                raise PackError(f"{file} is no evidence pack: it has a file that no pack has.")
            if sum(info.file_size for info in infos) > len(data):
                raise PackError(f"{file} is no evidence pack: its files overlap.")
            members = {name: archive.read(name) for name in names}
    except PackError:
        raise
    except Exception as error:  # whatever a broken ZIP file makes the library raise
        raise PackError(f"{file} is no evidence pack, or a damaged one ({type(error).__name__}).") from None
    if packed(members) != data:
        raise PackError(f"{file} was changed: it is not as a pack with these contents is written.")
    return members
