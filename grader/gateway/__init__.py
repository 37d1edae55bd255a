"""The gateway: a private, policed, recorded view of the one real engine, a unix socket per session.

The way of a request: `server` accepts, `connection` and `wire` read, `admission` counts, `handling`
answers whatever happens, `request` parses, `routes` finds the row in the allow-list, `policy/`
types the body and decides, `calls/` carries it out with `names` turned into the engine's, `view/`
turns the answer back, `record/` keeps the record, `streams` passes on what has no end.

Beside it: `session` is what one session knows, `turns` its locks and their order, `folder` brings
folders of `/lab` into containers, `images/` reads and rewrites builds, `room` watches the disk.
"""
