"""Whether a session may make images, and how many."""

from __future__ import annotations

from grader.gateway.images.own import OwnImages
from grader.gateway.refusal import forbidden
from grader.model.lab import Lab

NAMES_PER_IMAGE = 5
ACTS_PER_IMAGE = 100
"""Images made and names given in one session, for each image that may exist at a time: all of them
are on record."""


def building(lab: Lab) -> None:
    """Raise Refusal where the lab has no images of the student's own making."""
    if not lab.build:
        raise forbidden(
            "build-off",
            "making images (docker build, commit, tag)",
            "이미지 만들기 (docker build, commit, tag)",
        )


def check_count(lab: Lab, own: OwnImages) -> None:
    """Raise Refusal where the session has as many images as it may have."""
    most = lab.limits.images
    _check_acts(most, own)
    if len(own.made) >= most:
        raise forbidden(
            "image-count",
            f"more than {most} images ('docker image prune' removes those without a name)",
            f"이미지 {most}개 초과 (이름 없는 이미지는 docker image prune 으로 지웁니다)",
        )


def check_names(lab: Lab, own: OwnImages) -> None:
    """Raise Refusal where the session has given as many names as it may."""
    _check_acts(lab.limits.images, own)
    most = NAMES_PER_IMAGE * lab.limits.images
    if sum(own.private(reference) for reference in own.images) >= most:
        raise forbidden("image-count", f"more than {most} names", f"이미지 이름 {most}개 초과")


def _check_acts(images: int, own: OwnImages) -> None:
    most = ACTS_PER_IMAGE * images
    if own.acts >= most:
        raise forbidden(
            "image-count",
            f"making and naming images more than {most} times",
            f"이미지를 만들거나 이름을 붙이는 일 {most}번 초과",
        )
