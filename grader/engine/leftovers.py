"""Removes what ended sessions left behind: containers, volumes, networks and socket folders.

Only objects that carry our label *and* belong to a session of this runtime folder that is over are
touched. Run as a module, it does so in silence: that is how a finished `grade` cleans up without
letting its user wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any
from urllib.parse import quote

from grader.engine.client import Engine, engine_socket
from grader.engine.sessions import (
    RUNTIME_LABEL,
    SESSION_LABEL,
    forget,
    over,
    runtime_folder,
    runtime_id,
    sessions,
)
from grader.errors import EngineError, GraderError


async def remove_leftovers(engine: Engine) -> list[str]:
    """Remove what ended sessions left, and return what was removed, in words.

    Raises EngineUnavailable; an object that resists is left for the next time.
    """
    folders = {path.name: path for path in sessions()}
    alive = {token for token, path in folders.items() if not over(path)}
    label = f"{RUNTIME_LABEL}={runtime_id(runtime_folder())}"
    filters = json.dumps({"label": [label]})
    removed: list[str] = []

    def is_leftover(item: dict[str, Any]) -> bool:
        token = (item.get("Labels") or {}).get(SESSION_LABEL, "")
        # A session that began after `folders` was read has its folder by now.
        path = runtime_folder() / token
        return bool(token) and token not in alive and (token in folders or not path.exists())

    async def drop(kind: str, path: str, name: str, query: dict[str, str]) -> None:
        with contextlib.suppress(EngineError):
            if kind == "container":
                await engine.call("POST", f"{path}/unpause", ok=(204, 404, 409, 500))
            await engine.call("DELETE", path, query=query, ok=(200, 204))
            removed.append(f"{kind} {name}")

    found = await engine.call("GET", "/containers/json", query={"all": "1", "filters": filters})
    await asyncio.gather(
        *(
            drop(
                "container",
                f"/containers/{item['Id']}",
                item["Names"][0].removeprefix("/") if item["Names"] else item["Id"][:12],
                {"force": "1", "v": "1"},
            )
            for item in found
            if is_leftover(item)
        )
    )
    found = await engine.call("GET", "/volumes", query={"filters": filters})
    for item in filter(is_leftover, found["Volumes"] or []):
        await drop("volume", f"/volumes/{quote(item['Name'])}", item["Name"], {"force": "1"})
    found = await engine.call("GET", "/networks", query={"filters": filters})
    for item in filter(is_leftover, found):
        await drop("network", f"/networks/{item['Id']}", item["Name"], {})
    for token, path in folders.items():
        if token not in alive and await _is_clean(engine, token):
            forget(path)
            removed.append(f"socket folder {token}")
    return removed


async def _is_clean(engine: Engine, token: str) -> bool:
    filters = json.dumps({"label": [f"{SESSION_LABEL}={token}"]})
    return not await engine.call("GET", "/containers/json", query={"all": "1", "filters": filters})


def main() -> None:
    """Remove leftovers in silence."""
    with contextlib.suppress(GraderError, OSError):
        asyncio.run(remove_leftovers(Engine(engine_socket())))


if __name__ == "__main__":
    main()
