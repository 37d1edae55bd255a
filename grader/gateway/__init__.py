"""The gateway: a private, policed, recorded view of the one real engine, a unix socket per session.

The way of a request, file by file: `server` reads it, `request` parses it, `routes` finds its row
in the allow-list, `bodies` types its body, `policy` decides, `calls/` carries it out with `names`
turned into the engine's, `replies` turns the answer back, `recorder` keeps the record.
"""
