"""The words of `kind: name`. Their order is part of the derivation: never change or extend them."""

from __future__ import annotations

ADJECTIVES = (
    "amber", "bold", "brave", "bright", "calm", "clear", "clever", "cosy",
    "crisp", "eager", "early", "fair", "fresh", "gentle", "glad", "golden",
    "happy", "keen", "kind", "light", "lively", "lucky", "mellow", "merry",
    "neat", "quick", "quiet", "rapid", "ready", "sunny", "swift", "warm",
)  # fmt: skip
NOUNS = (
    "acorn", "badger", "birch", "brook", "cedar", "clover", "comet", "crane",
    "dolphin", "falcon", "fern", "finch", "harbor", "heron", "island", "lantern",
    "maple", "meadow", "otter", "panda", "pebble", "pine", "planet", "puffin",
    "rabbit", "river", "robin", "sparrow", "squirrel", "tulip", "valley", "willow",
)  # fmt: skip
