"""Folders of the workbench in a student's containers."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from opened_gateway import IMAGE, OpenedGateway
from workbench_container import WorkbenchContainer, workbench_of

from grader.doubts import doubtful
from grader.engine.client import engine_socket
from grader.engine.view import in_view
from grader.gateway import folder
from grader.model.lab import Lab, Recorded
from grader.model.record import Text

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts folders of the workbench"),
]


@pytest.fixture(scope="module")
def bench(gateway: OpenedGateway) -> Iterator[WorkbenchContainer]:
    with workbench_of(gateway) as made:
        yield made


def test_a_folder_is_seen_live_from_both_sides(
    gateway: OpenedGateway, bench: WorkbenchContainer
) -> None:
    bench.sh("mkdir data; echo from-lab > data/a")
    made = gateway.docker(
        "run", "-d", "--name", "live", "-v", "/lab/data:/d", "alpine", "sleep", "99"
    )
    assert made.returncode == 0, made.stderr
    assert gateway.docker("exec", "live", "cat", "/d/a").stdout == "from-lab\n"
    gateway.docker("exec", "live", "sh", "-c", "echo from-box > /d/b")
    assert bench.sh("cat data/b") == "from-box\n"
    bench.sh("echo later > data/a")
    assert gateway.docker("exec", "live", "cat", "/d/a").stdout == "later\n"


def test_a_mounted_folder_is_shown_and_recorded_as_the_student_wrote_it(
    gateway: OpenedGateway, bench: WorkbenchContainer
) -> None:
    bench.sh("mkdir shown; echo x > shown/file")
    words = ["-v", "/lab/shown:/d:ro", "--mount", "type=bind,src=/lab/shown/file,dst=/f"]
    gateway.docker("create", "--name", "shown", *words, "alpine")
    told = gateway.docker("inspect", "shown")
    assert gateway.session.token not in told.stdout
    template = (
        "{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}} {{.Propagation}},{{end}}"
    )
    seen = gateway.docker("inspect", "-f", template, "shown").stdout.strip().strip(",").split(",")
    assert sorted(seen) == [
        "bind /lab/shown /d false rprivate",
        "bind /lab/shown/file /f true rprivate",
    ]
    record = gateway.session.recorder.lives[gateway.session.names.container("shown")].record()
    mounts = {(m.type, m.source, m.target, m.read_only) for m in record.mounts}
    assert mounts == {("bind", "/lab/shown", "/d", True), ("bind", "/lab/shown/file", "/f", False)}


def test_a_missing_source_is_made_for_v_and_refused_for_mount(
    gateway: OpenedGateway, bench: WorkbenchContainer
) -> None:
    made = gateway.docker("run", "--rm", "-v", "/lab/new/deep:/d", "alpine", "touch", "/d/x")
    assert made.returncode == 0, made.stderr
    assert bench.sh("stat -c %u:%g new/deep; ls new/deep") == "0:0\nx\n"
    refused = gateway.docker("run", "--mount", "type=bind,src=/lab/nope,dst=/d", "alpine", "true")
    assert refused.returncode == 125
    assert "bind source path does not exist: /lab/nope" in refused.stderr
    assert bench.sh("ls -d nope || true") == ""


def test_links_lead_anywhere_in_the_folder_and_nowhere_else(
    gateway: OpenedGateway, bench: WorkbenchContainer
) -> None:
    bench.sh("mkdir -p real/in; echo x > real/in/f; ln -s /lab/real link; ln -s ../etc out")
    seen = gateway.docker("run", "--rm", "-v", "/lab/link/in:/d", "alpine", "ls", "/d")
    assert seen.stdout == "f\n"
    for path in ("/lab/out", "/lab/../etc", "/lab/out/passwd"):
        refused = gateway.docker("run", "--rm", "-v", f"{path}:/d", "alpine", "ls", "/d")
        assert refused.returncode == 125
        assert "not allowed in this lab" in refused.stderr
        assert gateway.session.recorder.calls[-1].refused == "host-mount"


def test_threat_57_each_start_looks_the_folder_up_again(
    gateway: OpenedGateway, bench: WorkbenchContainer
) -> None:
    bench.sh("mkdir again; echo old > again/f")
    gateway.docker("create", "--name", "again", "-v", "/lab/again:/d", "alpine", "cat", "/d/f")
    assert gateway.docker("start", "-a", "again").stdout == "old\n"
    bench.sh("mv again gone; mkdir again; echo new > again/f")
    assert gateway.docker("start", "-a", "again").stdout == "new\n"
    bench.sh("rm -r again; ln -s / again")
    assert "host-mount" not in gateway.docker("start", "-a", "again").stderr
    assert gateway.session.recorder.calls[-1].refused == "host-mount"


def test_threat_57_a_folder_swapped_for_a_link_never_shows_the_host(
    gateway: OpenedGateway, bench: WorkbenchContainer
) -> None:
    # A racing student: the name stands for a folder and for a link to `/` by turns.
    bench.sh("mkdir inner; echo mine > inner/which; ln -s / evil")
    turns = "mv -T inner race; mv -T race inner; mv -T evil race; mv -T race evil"
    bench.start(f"while [ ! -e stop ]; do {turns}; done")
    seen = set()
    for _ in range(12):
        answer = gateway.docker("run", "--rm", "-v", "/lab/race:/d", "alpine", "ls", "/d")
        seen.add(answer.stdout if answer.returncode == 0 else "refused")
    bench.sh("touch stop")
    assert seen <= {"which\n", "refused", ""}


BINDS = (
    {"Binds": ["/etc:/x"]},
    {"Binds": ["/lab/../etc:/x"]},
    {"Binds": ["/labour:/x"]},
    {"Mounts": [{"Type": "bind", "Source": "/etc", "Target": "/x"}]},
    {"Mounts": [{"Type": "bind", "Source": "/", "Target": "/x"}]},
    {"Mounts": [{"Type": "bind", "Source": "/lab/../../etc", "Target": "/x"}]},
    {
        "Mounts": [
            {
                "Type": "bind",
                "Source": "/lab",
                "Target": "/x",
                "BindOptions": {"Propagation": "rshared"},
            }
        ]
    },
)


@pytest.mark.parametrize("host", BINDS, ids=range(len(BINDS)))
def test_threat_44_no_form_of_a_mount_reaches_the_host(
    gateway: OpenedGateway, bench: WorkbenchContainer, host: dict[str, object]
) -> None:
    del bench
    assert gateway.post("/containers/create", {"Image": "alpine", "HostConfig": host})[0] == 403


def test_threat_58_a_missing_source_is_not_made_on_the_host(
    gateway: OpenedGateway, bench: WorkbenchContainer, tmp_path: Path
) -> None:
    for source in (str(tmp_path / "made"), f"/lab/..{tmp_path}/made"):
        refused = gateway.docker("run", "--rm", "-v", f"{source}:/d", "alpine", "true")
        assert refused.returncode == 125
    bench.sh(f"ln -s {tmp_path} away")
    refused = gateway.docker("run", "--rm", "-v", "/lab/away/made:/d", "alpine", "true")
    assert refused.returncode == 125
    assert list(tmp_path.iterdir()) == []


def test_threat_55_memory_disks_have_a_size_and_no_more_rights(gateway: OpenedGateway) -> None:
    wishes = (
        ["--tmpfs", "/t"],
        ["--tmpfs", "/t:size=0"],
        ["--tmpfs", "/t:size=1g,mode=1777"],
        ["--mount", "type=tmpfs,dst=/t,tmpfs-size=1000000000000"],
        ["--mount", "type=tmpfs,dst=/t"],
    )
    show = "df -k /t /dev/shm | awk 'NR > 1 {print $2}'; grep ' /t ' /proc/mounts"
    for wish in wishes:
        words = ("run", "--rm", "--shm-size", "1t", *wish, "alpine", "sh", "-c", show)
        first, second, *mounted = gateway.docker(*words).stdout.split()
        assert int(first) <= 65536, wish
        assert int(second) <= 65536, wish
        assert {"nosuid", "nodev", "noexec"} <= set(mounted[3].split(",")), wish
    for option in ("exec", "suid", "dev", "size=1g,exec"):
        refused = gateway.docker("run", "--rm", "--tmpfs", f"/t:{option}", "alpine", "true")
        assert refused.returncode == 125
        assert gateway.session.recorder.calls[-1].refused == "tmpfs-option"


def test_a_memory_disk_is_made_as_asked_within_its_bounds(gateway: OpenedGateway) -> None:
    show = "stat -c '%a %u' /t; df -k /t | awk 'NR > 1 {print $2}'"
    for wish in (
        ["--tmpfs", "/t:size=1M,mode=0700,uid=7"],
        ["--mount", "type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=0700"],
    ):
        seen = gateway.docker("run", "--rm", *wish, "alpine", "sh", "-c", show).stdout.split()
        assert seen == ["700", "7" if "uid" in wish[1] else "0", "1024"]


def test_nothing_of_a_session_stays_mounted_or_kept_after_it() -> None:
    with OpenedGateway() as gateway, workbench_of(gateway) as bench:
        bench.sh("mkdir d; echo x > d/f")
        words = ["-v", "/lab/d:/d", "-v", "named:/n", "-v", "/anonymous"]
        started = gateway.docker("run", "-d", *words, "alpine", "sleep", "300")
        assert started.returncode == 0, started.stderr
        token = gateway.session.token
        assert left(token) >= 3
    assert left(token) == 0
    assert not gateway.folder.path.exists()


def left(token: str) -> int:
    """Count the mounts and volumes of a session."""
    ask = ["docker", "volume", "ls", "-q", "--filter", f"label=lab-grader.session={token}"]
    volumes = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()
    mounts = Path("/proc/thread-self/mountinfo")
    return len(volumes) + asyncio.run(
        in_view(engine_socket(), lambda: mounts.read_text().count(f"/{token}/mounts/"))
    )


@pytest.mark.parametrize("target", ["/d/sub", "/d"])
def test_threat_73_a_mount_inside_another_one_is_refused(
    gateway: OpenedGateway, bench: WorkbenchContainer, target: str
) -> None:
    del bench
    words = ["-v", "/lab:/d", "--mount", f"type=volume,src=v,dst={target}"]
    assert gateway.docker("create", *words, "alpine").returncode != 0
    assert gateway.session.fault is None


def test_the_engines_errors_speak_of_the_students_own_path(
    gateway: OpenedGateway, bench: WorkbenchContainer
) -> None:
    bench.sh("echo x > plain")
    answer = gateway.docker("run", "--rm", "-v", "/lab/plain:/usr", "alpine", "true")
    assert answer.returncode in {125, 127}
    assert "/lab/plain" in answer.stderr
    assert gateway.session.token not in answer.stderr


def test_a_mounted_folder_is_on_record_as_it_was_at_the_exit() -> None:
    lab = Lab(id="t", title=Text(ko="", en=""), images=(IMAGE,), record=Recorded(volumes=True))
    with OpenedGateway(lab) as gateway, workbench_of(gateway) as bench:
        bench.sh("mkdir d; echo x > d/given")
        script = "echo y > /d/made; rm /d/given"
        gateway.docker("run", "--name", "box", "-v", "/lab/d:/d", "alpine", "sh", "-c", script)
        # The client has only just heard of the exit.
        bench.sh("rm -f d/made; touch d/later")
        gateway.docker("rm", "box")
        record = gateway.finish()["box"]
    seen = {}
    for label in ("exit 1", "removed"):
        moment = record.moment(label)
        assert moment is not None
        assert moment.snapshot is not None
        seen[label] = [file.path for file in moment.snapshot.files if file.type == "file"]
    assert seen == {"exit 1": ["/d/made"], "removed": ["/d/later"]}


def test_a_grader_that_may_not_mount_says_so_and_doubts_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def closed(*_: object) -> None:
        raise PermissionError("only root sees what the engine sees")

    monkeypatch.setattr(folder, "in_view", closed)
    with OpenedGateway() as gateway, workbench_of(gateway):
        answer = gateway.docker("run", "--rm", "-v", "/lab/d:/d", "alpine", "true")
        assert answer.returncode == 125
        assert "cannot mount folders of /lab (only root" in answer.stderr
        assert [call.route for call in doubtful(gateway.session.recorder.calls)] == [
            "container_create"
        ]
        assert gateway.session.fault is None
