"""`docker exec`."""

from __future__ import annotations

import json

from grader.gateway.calls._guard import refuse_waiting_files, restarting
from grader.gateway.calls._terminal import detach_keys, is_shell, window
from grader.gateway.calls._words import named_as_asked
from grader.gateway.exchange import Answer, AnyAnswer, Exchange, Hijacked, Streamed
from grader.gateway.policy.bodies import ExecCreate, ExecStart
from grader.gateway.policy.execs import create_exec
from grader.gateway.record.execs import Exec
from grader.gateway.record.life import Life

COMMAND_CAP = 256
"""Words of a command, and characters of each, that the timeline keeps [81]."""


async def create(exchange: Exchange) -> Answer:
    """Say what shall run in a running container."""
    life = exchange.life()
    wish = exchange.body(ExecCreate)
    exchange.command = tuple(word[:COMMAND_CAP] for word in (wish.Cmd or ())[:COMMAND_CAP])
    token, prompt = exchange.session.new_prompt()
    body = create_exec(wish, prompt)
    await life.settled()
    if life.pending is not None:
        raise restarting(life)
    refuse_waiting_files(life)
    async with exchange.session.still:
        path = f"/containers/{life.id}/exec"
        answer = await exchange.forward(path, None, json.dumps(body).encode())
    ref = exchange.params["container"]
    answer = named_as_asked(answer, f"Container {life.id} is paused", f"Container {ref} is paused")
    if answer.status == 201:
        exec_id = json.loads(answer.body)["Id"]
        exchange.session.names.execs[exec_id] = life.id
        exchange.session.names.prompts[token] = life.id
        words = " ".join(wish.Cmd or ())[:COMMAND_CAP]
        piped_shell = not wish.Tty and is_shell(wish.Cmd or ())
        life.execs[exec_id] = Exec(
            words, interactive=bool(wish.AttachStdin), piped_shell=piped_shell
        )
        life.event(f"exec_create: {words}", execID=exec_id)
    return answer


async def start(exchange: Exchange) -> AnyAnswer:
    """Run it: detached, or with its streams."""
    exec_id = exchange.params["exec"]
    exchange.container = exchange.session.names.exec_(exec_id)
    wish = exchange.body(ExecStart)
    body = json.dumps({"Detach": bool(wish.Detach), "Tty": bool(wish.Tty)}).encode()
    life = exchange.session.recorder.lives[exchange.container]
    refuse_waiting_files(life)
    if wish.Detach:
        async with exchange.session.still:
            answer = await exchange.forward(f"/exec/{exec_id}/start", None, body)
        if answer.status == 200:
            _begun(life, exec_id)
        return answer
    async with exchange.session.still:
        reply = await exchange.session.engine.send(
            "POST",
            f"/exec/{exec_id}/start",
            query=detach_keys(exchange),
            body=body,
            content_type="application/json",
            hijack=exchange.request.upgrade,
        )
        if reply.status < 400:
            _begun(life, exec_id)
    if reply.status < 400 and not reply.hijacked:
        return Streamed(reply, {"Content-Type": "application/vnd.docker.raw-stream"})
    if not reply.hijacked:
        return await exchange.answer(reply)
    exec_ = life.execs[exec_id]
    return Hijacked(
        reply,
        exchange.container,
        interactive=exec_.interactive,
        joined=False,
        piped_shell=exec_.piped_shell,
    )


async def resize(exchange: Exchange) -> Answer:
    """Tell an exec the size of the terminal."""
    exec_id = exchange.params["exec"]
    exchange.container = exchange.session.names.exec_(exec_id)
    return await exchange.forward(f"/exec/{exec_id}/resize", window(exchange))


async def inspect(exchange: Exchange) -> Answer:
    """Say whether it still runs, and its exit status."""
    exec_id = exchange.params["exec"]
    exchange.container = exchange.session.names.exec_(exec_id)
    answer = await exchange.forward(f"/exec/{exec_id}/json")
    if answer.status == 200:
        told = json.loads(answer.body)
        exec_ = exchange.session.recorder.lives[exchange.container].execs[exec_id]
        if told["ExitCode"] is not None and exec_.begun and not exec_.over:
            exec_.over = True
            life = exchange.session.recorder.lives[exchange.container]
            life.event("exec_die", execID=exec_id, exitCode=str(told["ExitCode"]))
        # The engine's number is that of a process of the host; clients ask whether there is one.
        return Answer.of(told | {"Pid": int(bool(told["Pid"]))})
    return answer


def _begun(life: Life, exec_id: str) -> None:
    exec_ = life.execs[exec_id]
    exec_.begun = True
    life.event(f"exec_start: {exec_.words}", execID=exec_id)
