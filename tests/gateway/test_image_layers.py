from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from opened_gateway import IMAGE, OpenedGateway

from grader.gateway.record import image_reader
from grader.gateway.record.layer_stack import PATHS_CAP, Held, RawLayer, layer_records
from grader.gateway.record.overlay_layers import read_folders
from grader.gateway.record.saved_layers import NotReadable, read_layer
from grader.model.evidence import BuiltImage
from grader.model.image_contents import ImageContents, LayerRecord
from grader.model.lab import Lab
from grader.model.record import Text

DOCKERFILE = """FROM alpine:latest
RUN head -c 100000 /dev/zero > /big && ln /big /twin && echo x >> /etc/passwd && ln -s /big /link
RUN rm /big /etc/passwd
RUN mkdir -p /d/e && echo 1 > /d/e/f && echo 2 > '/d/한글'
RUN rm -rf /d && mkdir /d && echo 3 > /d/new
USER 7
WORKDIR /d
EXPOSE 8080 53/udp
ENTRYPOINT ["cat"]
CMD ["/d/new"]
"""
WATCHED = ("/etc/passwd", "/bin/busybox", "/no")


def built(folder: Path) -> BuiltImage:
    (folder / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    lab = Lab(id="test", title=Text(ko="시험", en="test"), images=(IMAGE,), build=True)
    with OpenedGateway(lab, watched=WATCHED) as gateway:
        told = gateway.run(gateway.engine.call("GET", f"/images/{IMAGE}/json"))
        own = gateway.session.names.own_images
        own.bases = (tuple(told["RootFS"]["Layers"]),)
        environment = os.environ | {
            "DOCKER_HOST": f"unix://{gateway.socket}",
            "DOCKER_BUILDKIT": "0",
        }
        words = ["docker", "build", "--no-cache", "-t", "note", str(folder)]
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{done.stdout}{done.stderr}{gateway.session.fault}"
        assert gateway.docker("rmi", "note").returncode == 0
        (record,) = own.records
    assert record.removed_step is not None
    return record


def told(layer: LayerRecord) -> list[str]:
    return [f"{path.change} {path.path}" for path in layer.paths]


def plain(contents: ImageContents) -> ImageContents:
    """Leave out what differs from one build to the next: digests, and the size in the engine."""
    layers = tuple(layer.model_copy(update={"digest": ""}) for layer in contents.layers)
    return contents.model_copy(update={"layers": layers})


@pytest.mark.engine
def test_the_folders_and_a_saved_image_tell_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []

    def watch(*words: object) -> image_reader.Read:
        used.append(words)
        return read_folders(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(image_reader, "read_folders", watch)
    by_folder = built(tmp_path).contents
    monkeypatch.setattr(image_reader, "layer_folders", lambda _: None)
    by_archive = built(tmp_path).contents

    assert len(used) == (os.geteuid() == 0)
    assert by_folder is not None
    assert by_archive is not None
    assert plain(by_folder) == plain(by_archive)
    assert by_folder.fault is None
    assert (by_folder.user, by_folder.entrypoint, by_folder.command) == ("7", ("cat",), ("/d/new",))
    assert (by_folder.working_dir, by_folder.ports) == ("/d", ("53/udp", "8080/tcp"))
    *base, one, two, three, four = by_folder.layers
    assert all(layer.base for layer in base)
    assert not one.base
    assert {"C /etc/passwd", "A /big", "A /twin", "A /link"} <= set(told(one))
    assert 100_000 <= one.size < 110_000  # a file with two names is there once
    assert told(two) == ["D /big", "C /etc", "D /etc/passwd"]
    assert told(three) == ["A /d", "A /d/e", "A /d/e/f", "A /d/한글"]
    assert told(four) == ["C /d", "D /d/e", "A /d/new", "D /d/한글"]
    held = {path.path for layer in base for path in layer.paths}
    assert held == {"/etc", "/etc/passwd", "/bin", "/bin/busybox"}
    steps = [entry for entry in by_folder.history if not entry.empty]
    assert [entry.size for entry in steps] == [layer.size for layer in by_folder.layers]
    assert "rm /big" in steps[-3].created_by
    assert not any("lab-grader" in entry.created_by for entry in by_folder.history)


def archive(*members: tuple[str, bytes, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        for name, kind, content in members:
            member = tarfile.TarInfo(name)
            member.type, member.size = kind, len(content)
            made.addfile(member, io.BytesIO(content))
    file.seek(0)
    return file


FILE, FOLDER, LINK = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE


def test_names_in_a_layer_lead_nowhere_else() -> None:
    layer = read_layer(
        archive(
            ("../../etc/shadow", FILE, b"x"),
            ("/abs", FILE, b"abc"),
            ("a\x1b[2J", FILE, b""),
            (".wh.", FILE, b""),
            (".wh..wh.plnk", FOLDER, b""),
            (".wh..wh..opq", FILE, b""),
            ("d/.wh..wh..opq", FILE, b""),
            ("d/.wh.gone", FILE, b""),
            ("/".join("x" * 150), FILE, b"deep"),
        )
    )

    assert layer.held == {"/abs": Held("file", 3)}
    assert layer.opaque == {"/d"}
    assert "/d/gone" in layer.gone
    assert layer.truncated


def test_a_layer_is_read_up_to_a_bound() -> None:
    layer = read_layer(archive(*((f"f{n}", FILE, b"") for n in range(20))), most=5)

    assert (len(layer.held), layer.truncated) == (5, True)


def test_a_huge_header_is_not_read_into_memory() -> None:
    bomb = archive(("x", tarfile.XHDTYPE, b"0" * 3_000_000), ("a", FILE, b""))

    with pytest.raises(NotReadable, match="header of 3"):
        read_layer(bomb)


def layers(*raw: RawLayer, base: int = 1, watched: tuple[str, ...] = ()) -> list[list[str]]:
    records = layer_records(raw, [str(n) for n in range(len(raw))], base, watched)
    return [told(record) for record in records]


def test_a_file_in_place_of_a_folder_hides_what_was_in_it() -> None:
    below = RawLayer({"/d": Held("dir"), "/d/a": Held("file", 1), "/d/b": Held("file", 1)})

    assert layers(below, RawLayer({"/d": Held("file", 2)})) == [
        ["A /d", "A /d/a", "A /d/b"],
        ["C /d", "D /d/a", "D /d/b"],
    ]


def test_what_came_back_after_a_whiteout_is_new() -> None:
    below = RawLayer({"/a": Held("file", 1), "/b": Held("file", 1)})
    again = RawLayer({"/a": Held("file", 2)})

    assert layers(below, RawLayer(gone={"/a", "/never"}), again, watched=("/b",)) == [
        ["A /a", "A /b"],
        ["D /a"],
        ["A /a"],
    ]


def test_an_opaque_folder_hides_all_but_what_it_has_itself() -> None:
    below = RawLayer({p: Held("dir") for p in ("/d", "/d/x", "/d/x/y", "/d/z", "/e")})
    above = RawLayer({"/d": Held("dir"), "/d/x": Held("dir")}, opaque={"/d"})

    assert layers(below, above)[1] == ["C /d", "C /d/x", "D /d/x/y", "D /d/z"]


def test_of_very_many_paths_the_watched_ones_are_kept() -> None:
    many = RawLayer({f"/f{n:06}": Held("file") for n in range(PATHS_CAP + 10)})
    (record,) = layer_records([many], ["x"], 0, ["/f005009"])

    assert record.truncated
    assert len(record.paths) == PATHS_CAP + 1
    assert record.paths[-1].path == "/f005009"
