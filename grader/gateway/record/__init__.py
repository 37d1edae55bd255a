"""The record of one session: the timeline of calls, the life of every container, snapshots."""
