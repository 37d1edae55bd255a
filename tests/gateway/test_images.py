"""Images of the session's own: commit, tag, list, history, removal."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from opened_gateway import IMAGE, OpenedGateway

from grader.gateway.images.references import new_reference
from grader.gateway.refusal import Refusal
from grader.model.lab import Lab, Limits
from grader.model.record import Text


def lab(**limits: int) -> Lab:
    return Lab(
        id="test",
        title=Text(ko="시험", en="test"),
        images=(IMAGE,),
        build=True,
        limits=Limits(**limits),
    )


@pytest.fixture(scope="module")
def gateway() -> Iterator[OpenedGateway]:
    with OpenedGateway(lab()) as opened:
        yield opened


def commit(gateway: OpenedGateway, name: str, *options: str, script: str = "true") -> str:
    """Make an image of a container that has ended; return its id."""
    gateway.docker("run", "--name", "source", "alpine", "sh", "-c", script)
    answer = gateway.docker("commit", *options, "source", name)
    gateway.docker("rm", "source")
    return answer.stdout.strip()


def names(gateway: OpenedGateway, *options: str) -> list[str]:
    form = "{{.Repository}}:{{.Tag}}"
    return gateway.docker("images", "--format", form, *options).stdout.split()


@pytest.mark.parametrize(
    ("repo", "tag", "name"),
    [
        ("docker.io/library/app", "", "app:latest"),
        ("app", "1.0", "app:1.0"),
        ("localhost:5000/team/app", "x", "localhost:5000/team/app:x"),
    ],
)
def test_names_have_the_engines_grammar(repo: str, tag: str, name: str) -> None:
    assert new_reference(repo, tag) == name


@pytest.mark.parametrize("name", ["", "App", "a b", "a@sha256:" + "0" * 64, "-a", "a//b", "a:b:c"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Refusal):
        new_reference(name)


@pytest.mark.engine
def test_a_commit_keeps_the_layer_and_the_changes(gateway: OpenedGateway) -> None:
    options = ("-m", "why", "-a", "me", "-c", "ENV B=2", "-c", 'CMD ["cat", "/kept"]')
    id_ = commit(gateway, "kept", *options, script="echo kept > /kept")
    assert gateway.docker("run", "--rm", "kept").stdout == "kept\n"
    shown = json.loads(gateway.docker("inspect", "kept").stdout)[0]
    assert (shown["Comment"], shown["Author"], shown["Id"]) == ("why", "me", id_)
    assert "B=2" in shown["Config"]["Env"]
    assert gateway.docker("history", "--format", "{{.Comment}}", "kept").stdout.startswith("why\n")
    record = gateway.session.names.own_images.made[id_].record()
    assert (record.how, record.references) == ("commit", ("kept:latest",))
    assert gateway.docker("run", "--rm", id_[7:19]).stdout == "kept\n"


@pytest.mark.engine
def test_a_commit_of_an_interactive_container_keeps_no_prompt_of_ours(
    gateway: OpenedGateway,
) -> None:
    gateway.docker("create", "-it", "-e", "A=1", "--name", "shell", "alpine", "sh")
    gateway.docker("commit", "shell", "plain")
    gateway.docker("create", "-it", "-e", "PS1=mine", "--name", "mine", "plain", "sh")
    gateway.docker("commit", "mine", "mine")
    assert "PS1" not in gateway.docker("run", "--rm", "plain", "env").stdout
    assert "PS1=mine\n" in gateway.docker("run", "--rm", "mine", "env").stdout
    assert "PS1" not in gateway.docker("inspect", "plain").stdout
    run = gateway.docker("run", "-d", "-it", "--name", "again", "plain", "env")
    gateway.docker("wait", run.stdout.strip())
    assert re.search(r"PS1=<\w+>\n", gateway.docker("logs", "again").stdout)
    gateway.docker("rm", "shell", "mine", "again")


@pytest.mark.engine
@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("changes=WORKDIR+/proc/self/fd/7", "working-dir"),
        ("changes=WORKDIR+/&changes=WORKDIR+proc", "working-dir"),
        ("changes=LABEL+lab-grader.session=x", "label"),
        ("changes=ENV+A=1%0ALABEL+lab-grader.session=x", "label"),
        ("changes=ONBUILD+RUN+x", "onbuild"),
        ("changes=RUN+x", "dockerfile"),
        ("repo=Bad", "malformed"),
    ],
)
def test_threat_36_and_53_changes_are_judged(gateway: OpenedGateway, query: str, rule: str) -> None:
    gateway.docker("create", "--name", "judged", "alpine")
    assert gateway.post(f"/commit?container=judged&{query}", b"")[0] in {400, 403}
    assert gateway.session.recorder.calls[-1].refused == rule
    body = {"Labels": {"lab-grader.session": "x"}}
    assert gateway.post("/commit?container=judged", body)[0] == 400


@pytest.mark.engine
def test_threat_64_a_name_of_the_lab_is_shadowed_only_for_the_session(
    gateway: OpenedGateway,
) -> None:
    base = gateway.session.names.images[IMAGE]
    commit(gateway, "evil", script="echo evil > /evil")
    assert gateway.docker("tag", "evil", "alpine").returncode == 0
    assert gateway.docker("run", "--rm", "alpine", "cat", "/evil").stdout == "evil\n"
    with OpenedGateway(lab()) as other:
        assert other.docker("run", "--rm", "alpine", "cat", "/evil").returncode == 1
        assert names(other) == [IMAGE]
        assert "No such image" in other.docker("rmi", "-f", "evil").stderr
    assert gateway.docker("rmi", "alpine").stdout == "Untagged: alpine:latest\n"
    assert gateway.session.names.images[IMAGE] == base
    for name in ("alpine", base):
        refused = gateway.docker("rmi", "-f", name)
        assert "removing the lab's images" in refused.stderr
    told = gateway.run(gateway.engine.call("GET", f"/images/{base}/json"))
    assert not any(tag.startswith("lab-grader-lg") for tag in told["RepoTags"])


@pytest.mark.engine
def test_a_second_name_for_an_image_of_the_lab_comes_and_goes(gateway: OpenedGateway) -> None:
    assert gateway.docker("tag", "alpine", "mine:1").returncode == 0
    assert {"mine:1", IMAGE} <= set(names(gateway))
    assert gateway.docker("run", "--rm", "mine:1", "echo", "hi").stdout == "hi\n"
    assert gateway.docker("rmi", "mine:1").stdout == "Untagged: mine:1\n"
    assert "mine:1" not in names(gateway)
    record = gateway.session.names.own_images.records[-1]
    assert (record.how, record.base, record.references) == ("tag", IMAGE, ("mine:1",))


@pytest.mark.engine
def test_removal_has_the_engines_rules_and_words(gateway: OpenedGateway) -> None:
    id_ = commit(gateway, "one")
    short = id_[7:19]
    gateway.docker("tag", "one", "two:2")
    several = gateway.docker("rmi", short).stderr
    assert f"conflict: unable to delete {short} (must be forced) - image is referenced" in several
    assert gateway.docker("rmi", "one").stdout == "Untagged: one:latest\n"
    gateway.docker("create", "--name", "user", "two:2")
    used = gateway.docker("rmi", "two:2").stderr
    assert 'unable to remove repository reference "two:2" (must force) - container' in used
    gateway.docker("rm", "user")
    gone = gateway.docker("rmi", "two:2").stdout
    assert gone.startswith(f"Untagged: two:2\nDeleted: {id_}\n")
    told = [f"{event.kind} {event.action}" for event in gateway.session.events.past]
    assert told[-3:] == ["container destroy", "image untag", "image delete"]
    assert "No such image: two:2" in gateway.docker("rmi", "two:2").stderr
    record = next(r for r in gateway.session.names.own_images.records if r.id == id_)
    assert record.removed_step == gateway.session.recorder.step


@pytest.mark.engine
def test_lists_are_filtered_and_pruned_among_the_sessions_own() -> None:
    with OpenedGateway(lab()) as gateway:
        commit(gateway, "team/app:1", "-c", "LABEL kind=web")
        first = gateway.session.names.images["team/app:1"]
        second = commit(gateway, "team/app:1", script="echo 2 > /2")
        assert sorted(names(gateway)) == ["<none>:<none>", IMAGE, "team/app:1"]
        assert names(gateway, "--filter", "dangling=true") == ["<none>:<none>"]
        assert names(gateway, "--filter", "reference=team/*") == ["team/app:1"]
        assert names(gateway, "--filter", "reference=*") == [IMAGE]
        assert names(gateway, "--filter", "label=kind=web") == ["<none>:<none>"]
        assert names(gateway, "--filter", f"before={second}") == ["<none>:<none>", IMAGE]
        assert names(gateway, "--filter", f"since={first}") == ["team/app:1"]
        assert "No such image: nope" in gateway.docker("images", "-f", "since=nope").stderr
        bad = gateway.docker("images", "-f", "dangling=maybe").stderr
        assert "Invalid filter 'dangling=[maybe]'" in bad
        assert "Invalid filter 'foo'" in gateway.docker("images", "-f", "foo=bar").stderr
        pruned = gateway.docker("image", "prune", "-f").stdout
        assert f"deleted: {first}" in pruned
        assert second not in pruned
        assert gateway.docker("image", "prune", "-af").stdout.count("untagged: team/app:1") == 1
        assert names(gateway) == [IMAGE]


@pytest.mark.engine
def test_there_is_a_limit_on_images() -> None:
    with OpenedGateway(lab(images=1)) as gateway:
        commit(gateway, "first")
        answer = gateway.docker("build", "-", typed="FROM alpine\nENV A=1\n")
        assert "not allowed in this lab: more than 1 images" in answer.stderr
        for number in range(6):
            answer = gateway.docker("tag", "first", f"name:{number}")
        assert "not allowed in this lab: more than 5 names" in answer.stderr


@pytest.mark.engine
def test_a_container_is_exported_whole(gateway: OpenedGateway) -> None:
    gateway.docker("create", "--name", "out", "alpine")
    head = gateway.raw(b"GET /containers/out/export HTTP/1.1\r\nHost: x\r\n\r\n")[:200_000]
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\n" in head
    assert b"ustar" in head
    assert gateway.docker("export", "nope").returncode == 1


@pytest.mark.engine
def test_another_client_builds_commits_tags_and_removes(gateway: OpenedGateway) -> None:
    client: Any = docker.DockerClient(base_url=f"unix://{gateway.socket}", version="1.41")
    image, lines = client.images.build(
        fileobj=io.BytesIO(b"FROM alpine\nENV A=1\n"), tag="py:1", rm=True
    )
    assert "Successfully tagged py:1\n" in [line.get("stream") for line in lines]
    container = client.containers.create("py:1", "true")
    made = container.commit(repository="py", tag="2", changes='ENV B="x y"')
    assert {"A=1", "B=x y"} <= set(made.attrs["Config"]["Env"])
    assert made.tag("py", "3")
    listed = [tag for found in client.images.list("py") for tag in found.tags]
    assert sorted(listed) == ["py:1", "py:2", "py:3"]
    container.remove()
    client.images.remove(made.id, force=True)
    client.images.remove(image.id)
    assert client.images.list("py") == []
    client.close()
