"""Archives, by the standard library: their members as files, bounded in size by the limits of the process."""

from __future__ import annotations

import bz2 as bz2_module
import gzip
import lzma
import re
import tarfile
import zlib
from typing import IO, Any

from .ooxml import open_zip
from .sink import Sink, UnreadableFile

_ENDINGS = re.compile(r"(?i)\.(gz|gzip|bz2|xz|lzma|zst|zstd)$")
_SHORT = re.compile(r"(?i)\.(tgz|tbz2?|txz|tzst)$")
_PACKED = 1 << 16
_LEFT_OUT = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|\._)")


def gz(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    with gzip.open(file) as content:
        _only(content, sink)


def bz2(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    with bz2_module.open(file) as content:
        _only(content, sink)


def xz(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    with lzma.open(file) as content:
        _only(content, sink)


def zst(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    _only(_Frames(file, decompressor.decompressobj), sink)


class _Frames:
    """Reads the frames of a Zstandard file; one that is cut off is an EOFError, not a shorter file."""

    def __init__(self, file: IO[bytes], frame: Any) -> None:
        self._file = file
        self._new = frame
        self._frame = frame()
        self._begun = False

    def read(self, size: int) -> bytes:
        """The next bytes, about `size` of the packed ones."""
        while data := self._file.read(min(size, _PACKED)):
            made = b""
            while data:
                self._begun = True
                made += self._frame.decompress(data)
                data = self._frame.unused_data
                if self._frame.eof:
                    self._frame, self._begun = self._new(), bool(data)
                else:
                    break
            if made:
                return made
        if self._begun:
            raise EOFError("the file ended before the frame did")
        return b""


def _only(content: Any, sink: Sink) -> None:
    name = _SHORT.sub(".tar", sink.name)
    name = _ENDINGS.sub("", name) if name == sink.name else name
    try:
        sink.file(name or "content", content)
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        raise UnreadableFile(f"it is cut off, or damaged ({' '.join(str(error).split())[:100]})") from None


def zip_members(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    archive = open_zip(file)
    for member in archive.infolist():
        if member.is_dir() or _LEFT_OUT.search(member.filename):
            continue
        if member.flag_bits & 1 and not sink.password:
            raise UnreadableFile("it is protected with a password: give it as password= (--password)")
        try:
            with archive.open(member, pwd=sink.password.encode() or None) as content:
                sink.file(_safe(member.filename), content)
        except RuntimeError as error:
            if "password" in str(error).lower():
                raise UnreadableFile("the given password does not open it") from None
            raise
        except NotImplementedError:
            sink.remark(f"{member.filename[:80]} is packed in a way that is not known here, and is left out")


def tar_members(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for member in archive:
            if _LEFT_OUT.search(member.name) or member.isdir():
                continue
            content = archive.extractfile(member) if member.isreg() else None
            if content is None:
                sink.remark(f"{member.name[:80]} is a link or a device, and is left out")
            else:
                sink.file(_safe(member.name), content)


def _safe(name: str) -> str:
    """The name of a member without what leads out of the archive."""
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")) or "member"
