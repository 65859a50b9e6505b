"""Which files an agent reaches: those below its folders, whatever is put in the way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from runs import DOCUMENT

from rlm_kernel.mcp.allowed_files import folder_of, load
from rlm_kernel.mcp.server_settings import ToolFailure

ROOM = 1 << 20


def refusal(given: str | Path, *folders: Path, room: int = ROOM) -> str:
    with pytest.raises(ToolFailure) as caught:
        load(str(given), folders, room)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_below_a_folder_are_read(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "deep" / "er").mkdir(parents=True)
    (other / "deep" / "er" / "notes.html").write_text("<html><body><h1>Title</h1></body></html>")
    for given in ("report.txt", folder / "report.txt", "./x/../report.txt"):
        text = load(str(given), [other, folder], ROOM).texts[0]
        assert (text.name, text.source, text.text) == ("report.txt", str(folder / "report.txt"), DOCUMENT)
    # The name decides what a page is, not the number of the descriptor that it is read by.
    assert load("deep/er/notes.html", [folder, other], ROOM).texts[0].text.strip() == "# Title"


def test_a_link_may_lead_about_in_the_folder_but_not_out_of_it(folder: Path, tmp_path: Path) -> None:
    (folder / "inside").symlink_to("report.txt")
    (folder / "outside").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to("..")
    assert load("inside", [folder], ROOM).texts[0].text == DOCUMENT
    for given in ("outside", "up/secret.txt", "../secret.txt", "x/../../secret.txt", tmp_path / "secret.txt"):
        message = refusal(given, folder)
        assert "outside the folders that may be read" in message
        assert str(folder) in message
        assert "the secret" not in message


def test_a_folder_may_be_a_link_itself(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert load("report.txt", [tmp_path / "link"], ROOM).texts[0].text == DOCUMENT
    assert load(str(tmp_path / "link" / "report.txt"), [tmp_path / "link"], ROOM).chars == len(DOCUMENT)


def test_what_is_outside_is_not_even_known_to_exist(folder: Path, tmp_path: Path) -> None:
    there, missing = refusal(tmp_path / "secret.txt", folder), refusal(tmp_path / "nothing.txt", folder)
    assert there.replace("secret", "nothing") == missing
    assert "There is no file 'nothing.txt'" in refusal("nothing.txt", folder)


@pytest.mark.parametrize("swapped", ["report.txt", "deep"])
def test_a_link_that_is_put_there_after_the_check_is_not_followed(
    swapped: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "secret.txt").write_text("harmless\n")
    given = "report.txt" if swapped == "report.txt" else "deep/secret.txt"
    opened = os.open

    def swapping(path: Any, *arguments: Any, **more: Any) -> int:
        # The first thing to be opened is the folder: by now the path has been looked at.
        if Path(path) == folder:
            (folder / swapped).rename(tmp_path / "away")
            (folder / swapped).symlink_to(tmp_path / "secret.txt" if swapped == "report.txt" else tmp_path)
        return opened(path, *arguments, **more)

    monkeypatch.setattr(os, "open", swapping)
    assert "cannot be opened below" in refusal(given, folder)
    assert (folder / swapped).is_symlink()


def test_only_regular_files_are_read_and_only_of_a_size_that_is_left(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "empty.txt").touch()
    assert "is no regular file" in refusal("pipe", folder)
    assert "is no regular file" in refusal(folder, folder.parent)
    assert "is a folder" in refusal(".", folder)
    assert f"has {len(DOCUMENT)} bytes and this client may still load 10" in refusal("report.txt", folder, room=10)
    with pytest.raises(ValueError, match=r"empty\.txt is empty"):
        load("empty.txt", [folder], ROOM)


def test_the_address_of_a_file_is_its_path(folder: Path) -> None:
    (folder / "a report.txt").write_text("one\n")
    assert load((folder / "a report.txt").as_uri(), [folder], ROOM).lines == 1
    assert "is outside the folders" in refusal("file:///etc/passwd", folder)
    assert "is outside the folders" in refusal(f"{folder.as_uri()}/../secret.txt", folder)
    for given in ("file:x", "file://elsewhere/x.txt", "file:///a%00b"):
        assert "is no address of a file of this machine" in refusal(given, folder)


@pytest.mark.parametrize("given", ["https://example.org/x.txt", "s3://bucket/x"])
def test_addresses_are_refused(given: str, folder: Path) -> None:
    assert "is an address: only files can be opened" in refusal(given, folder)


def test_odd_paths_are_refused(folder: Path) -> None:
    assert "NUL" in refusal("a\0b", folder)
    assert "empty" in refusal("  ", folder)
    assert "There is no file '~/x'" in refusal("~/x", folder)
    assert "There is no file '*.txt'" in refusal("*.txt", folder)
    assert "without --root" in refusal("report.txt")


def test_only_folders_of_this_machine_are_roots() -> None:
    assert folder_of("file:///a%20b/c") == Path("/a b/c")
    assert folder_of("file://localhost/a") == Path("/a")
    for uri in ("https://example.org/", "file://elsewhere/a", "file:a", "file:///a%00b", "/a"):
        assert folder_of(uri) is None
