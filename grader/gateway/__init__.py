"""The gateway: a private, policed, recorded view of the one real engine, a unix socket per session.

The way of a request, file by file: `server` reads it, `request` parses it, `routes` finds its row
in the allow-list, `policy/` types its body and decides, `calls/` carries it out with `names` turned
into the engine's, `view/` turns the answer back, `record/` keeps the record.
"""
