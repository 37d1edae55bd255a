"""What stands on the page, in both languages."""

from __future__ import annotations

from grader.model.record import Language, Text
from grader.reports import _words as words

_OWN: dict[str, Text] = {
    "skip": Text(ko="본문으로 건너뛰기", en="Skip to the content"),
    "contents": Text(ko="차례", en="Contents"),
    "student": Text(ko="학생", en="Student"),
    "handed_in": Text(ko="제출", en="Handed in"),
    "graded": Text(ko="채점", en="Graded"),
    "of": Text(ko="만점", en="out of"),
    "criteria": Text(ko="채점 기준", en="Criteria"),
    "reason": Text(ko="판정 이유", en="Reason"),
    "expected": Text(ko="기대한 것", en="Expected"),
    "hint": Text(ko="힌트", en="Hint"),
    "line": Text(ko="줄", en="Line"),
    "groups": Text(ko="묶음", en="Groups"),
    "group": Text(ko="묶음", en="Group"),
    "take": Text(ko="계산 방법", en="What counts"),
    "bonus": Text(ko="가산점", en="bonus"),
    "penalty": Text(ko="감점", en="penalty"),
    "points": Text(ko="점수", en="Points"),
    "notes": Text(ko="참고", en="Notes"),
    "late_days": Text(ko="늦은 날수", en="Days late"),
    "late_lost": Text(ko="지각 감점", en="Points lost by lateness"),
    "answers": Text(ko="답안", en="Answers"),
    "no_answer": Text(ko="답하지 않음", en="no answer"),
    "question": Text(ko="문제", en="Question"),
    "answer": Text(ko="고른 답", en="Answer"),
    "terminal": Text(ko="터미널", en="Terminal"),
    "terminal_about": Text(
        ko="제출한 줄을 실제 도커 엔진에서 다시 입력한 기록입니다. 채점에 쓰인 줄에는 해당 "
        "기준이 표시되어 있습니다.",
        en="What you handed in, typed again on a real Docker engine. Lines that decided a "
        "criterion say which.",
    ),
    "play": Text(ko="녹화로 보기", en="Watch as a recording"),
    "play_about": Text(
        ko="따라 읽을 수 있도록 천천히 입력합니다. 실제로 걸린 시간은 각 줄 옆에 있습니다.",
        en="Typed slowly enough to follow; how long each line really took stands beside it.",
    ),
    "play_here": Text(ko="여기부터 보기", en="Play from here"),
    "play_failed": Text(
        ko="이 브라우저에서는 재생할 수 없습니다. 아래의 글은 같은 내용입니다.",
        en="This browser cannot play it; the text below says the same.",
    ),
    "no_player": Text(
        ko="이 파일에는 녹화 재생기가 들어 있지 않습니다. npm을 설치한 뒤 scripts/setup을 "
        "실행하고 보고서를 "
        "다시 만들면 들어갑니다.",
        en="The player of recordings is not in this file: it comes with npm on PATH, "
        "scripts/setup, and the report written again.",
    ),
    "host": Text(ko="호스트", en="host"),
    "in_container": Text(ko="컨테이너", en="container"),
    "exit_status": Text(ko="종료 상태", en="exit status"),
    "output": Text(ko="출력", en="Output"),
    "left_out": Text(ko="글자 생략", en="characters are left out"),
    "cut": Text(
        ko="출력이 길어 앞부분만 기록되었습니다.",
        en="Only the beginning of it is on record.",
    ),
    "containers": Text(ko="컨테이너의 일생", en="Lives of the containers"),
    "lives_about": Text(
        ko="가로축은 제출한 줄의 순서입니다. 굵은 막대는 실행 중, 가는 선은 멈춰 있는 동안입니다.",
        en="From left to right: the lines as they were typed. A thick bar is a container "
        "that runs, "
        "a thin line one that does not.",
    ),
    "life_picture": Text(
        ko="컨테이너마다 만들어진 때, 실행된 동안, 끝난 때, 삭제된 때를 그린 그림. 아래에 "
        "글로도 있습니다.",
        en="A line for each container: when it was made, ran, ended and was removed. "
        "The same is said in words below.",
    ),
    "image": Text(ko="이미지", en="Image"),
    "command": Text(ko="명령", en="Command"),
    "mounts": Text(ko="마운트", en="Mounts"),
    "read_only": Text(ko="읽기 전용", en="read-only"),
    "moment": Text(ko="순간", en="Moment"),
    "seconds": Text(ko="시각(초)", en="Second"),
    "moments_of": Text(ko="순간들:", en="Moments of"),
    "changes": Text(
        ko="쓰기 레이어의 변화 (docker diff)",
        en="Changes in the writable layer (docker diff)",
    ),
    "no_changes": Text(ko="바뀐 것이 없습니다.", en="Nothing had changed."),
    "same": Text(ko="앞과 같습니다.", en="The same as before."),
    "at_moment": Text(ko="시점:", en="At"),
    "incomplete": Text(
        ko="채점 시스템의 문제로 온전히 기록되지 않았습니다.",
        en="Not all of it is on record, through our fault.",
    ),
    "more_paths": Text(ko="개 경로 더", en="more paths"),
    "A": Text(ko="추가", en="added"),
    "C": Text(ko="변경", en="changed"),
    "D": Text(ko="삭제", en="deleted"),
    "more_text": Text(ko="(뒷부분 생략)", en="(more is left out)"),
    "created": Text(ko="만들어짐", en="created"),
    "start": Text(ko="시작", en="start"),
    "exit": Text(ko="종료", en="exit"),
    "removed": Text(ko="삭제됨", en="removed"),
    "end": Text(ko="기록 끝", en="end of the record"),
    "failed": Text(ko="시작 실패", en="failed start"),
    "killed": Text(ko="강제 종료", en="killed"),
    "paused": Text(ko="일시 정지", en="paused"),
    "unpaused": Text(ko="다시 실행", en="unpaused"),
    "running": Text(ko="실행 중", en="runs"),
    "code": Text(ko="종료 코드", en="exit code"),
    "oom": Text(ko="메모리 부족", en="out of memory"),
    "layers": Text(ko="이미지와 쓰기 레이어", en="Images and writable layers"),
    "layers_about": Text(
        ko="아래의 이미지 레이어는 읽기 전용이며 여러 컨테이너가 함께 씁니다. 컨테이너가 쓴 "
        "것은 모두 그 컨테이너만의 "
        "쓰기 레이어에 들어가고, 컨테이너를 삭제하면 함께 사라집니다.",
        en="The layers of an image are read-only, and its containers share them. Whatever a "
        "container writes goes into a writable layer of its own, and goes with the container.",
    ),
    "writable": Text(ko="쓰기 레이어", en="writable layer"),
    "gone": Text(ko="컨테이너와 함께 삭제됨", en="gone with its container"),
    "empty": Text(ko="비어 있음", en="empty"),
    "unknown": Text(ko="기록 없음", en="not on record"),
    "base": Text(ko="바탕 이미지", en="base image"),
    "own": Text(ko="직접 만든 이미지", en="made by you"),
    "layer": Text(ko="레이어", en="layer"),
    "no_containers": Text(
        ko="이 이미지로 만든 컨테이너는 없습니다.",
        en="No container was made of it.",
    ),
    "outside": Text(ko="레이어 밖에 저장됨", en="kept outside of the layers"),
    "bytes": Text(ko="바이트", en="bytes"),
    "recorded": Text(ko="기록", en="Recorded"),
    "engine": Text(ko="엔진", en="Engine"),
    "submission": Text(ko="제출물", en="Submission"),
    "playback_by": Text(ko="재생기", en="Player"),
    "verdict": Text(ko="결과", en="Result"),
}


def line(number: int, language: Language) -> str:
    """Name a line of the submission."""
    return f"{number}번째 줄" if language == "ko" else f"Line {number}"


def phrases(language: Language) -> dict[str, str]:
    """Return all phrases in one language, those that the reports share included."""
    shared = {
        "pass_mark": words.PASS_MARK,
        "total": words.TOTAL,
        "review": words.REVIEW,
        "review_reason": words.REVIEW_REASON,
    }
    return {name: text.in_(language) for name, text in (_OWN | shared).items()}
