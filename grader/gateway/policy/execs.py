"""What becomes of a request to run something in a container."""

from __future__ import annotations

from typing import Any

from grader.gateway.policy.bodies import ExecCreate
from grader.gateway.policy.options import refuse_long_programs
from grader.gateway.policy.rules import refuse_wishes, working_dir


def create_exec(wish: ExecCreate, prompt: dict[str, str]) -> dict[str, Any]:
    """Return the engine's body for one `docker exec`. Raises Refusal."""
    refuse_wishes(wish)
    refuse_long_programs(wish.Cmd, wish.User)
    environment = list(wish.Env or [])
    if wish.Tty:
        environment += [f"{key}={value}" for key, value in prompt.items()]
    body: dict[str, Any] = {name: getattr(wish, name) for name in wish.fields_of("allow")}
    return body | {"Env": environment, "WorkingDir": working_dir(wish.WorkingDir)}
