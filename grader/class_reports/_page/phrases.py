"""What stands on the page of a class, in both languages."""

from __future__ import annotations

from grader.class_reports import _words as shared
from grader.model.record import Language, Text
from grader.reports import _words as words

_PHRASES: dict[str, Text] = {
    "class_report": Text(ko="학급 보고서", en="Class report"),
    "skip": Text(ko="학생 표로 건너뛰기", en="Skip to the students"),
    "passed": Text(ko="합격", en="passed"),
    "mean": Text(ko="평균", en="mean"),
    "median": Text(ko="중앙값", en="median"),
    "to_review": Text(ko="검토 필요", en="need review"),
    "typing": Text(ko="재입력 시간 중앙값", en="median time of a replay"),
    "pairs": Text(ko="유난히 비슷한 쌍", en="unusually similar pairs"),
    "spread": Text(ko="점수 분포", en="How the scores are spread"),
    "spread_title": Text(ko="점수 구간별 학생 수", en="Students by score"),
    "hardest": Text(ko="어려웠던 기준부터", en="Criteria, the hardest first"),
    "hardest_about": Text(
        ko="얻을 수 있는 점수 가운데 평균적으로 얻은 비율입니다. 번호는 표의 열 번호입니다.",
        en="What was earned on average of what could be. The numbers are those of the columns.",
    ),
    "alike": Text(ko="유난히 비슷한 제출물", en="Unusually similar submissions"),
    "alike_about": Text(
        ko="안내문에 있는 줄과 여러 학생이 입력한 줄은 빼고, 드문 줄이 얼마나 같은지를 "
        "비교한 것입니다. 이것만으로는 아무것도 증명되지 않습니다. 함께 공부하였거나 같은 자료를 "
        "보았을 수 있으니, 학생과 이야기하기 전에 두 제출물을 직접 읽어 보시기 바랍니다.",
        en="Lines of the handout, and lines that many students typed, do not count: this is how "
        "much of what is rare two submissions share. It proves nothing. The two may have worked "
        "together as they were allowed to, or used the same source: read both before you speak to "
        "anybody.",
    ),
    "share": Text(ko="겹치는 비율", en="Shared"),
    "in_common": Text(ko="드문 공통점", en="In common, and rare"),
    "most_pairs": Text(
        ko="가장 비슷한 {}쌍만 표시하였습니다.", en="Only the {} most similar pairs are shown."
    ),
    "renamed": Text(ko="이름만 바뀜", en="under other names"),
    "students": Text(ko="학생별 결과", en="Students"),
    "student": shared.STUDENT,
    "filter": Text(ko="이름으로 찾기", en="Filter by name"),
    "show": Text(ko="보기", en="Show"),
    "all": Text(ko="모두", en="everybody"),
    "count": Text(ko="{1}명 가운데 {0}명", en="{0} of {1} students"),
    "caption": Text(
        ko="학생마다 한 행, 채점 기준마다 한 열이 있습니다. 열 제목의 단추로 정렬합니다.",
        en="A row for each student, a column for each criterion. The buttons in the head sort.",
    ),
    "attempts": Text(ko="시도", en="Tries"),
    "time": Text(ko="시간", en="Time"),
    "seconds": Text(ko="초", en="seconds"),
    "remarks": shared.REMARKS,
    "pass_mark": words.PASS_MARK,
    "footer": Text(
        ko="시간은 제출한 줄을 다시 입력하는 데 걸린 시간이며, 학생이 들인 시간이 아닙니다. "
        "모든 학생의 이름과 비공개 기준이 들어 있는 교사용 보고서이니 나누어 주지 마십시오.",
        en="Time is what the lines took when they were typed again, not what students spent. This "
        "page is for teachers: it names every student, and criteria that are still hidden.",
    ),
}

KINDS: dict[str, Text] = {
    "review": words.REVIEW,
    "below": Text(ko="불합격", en="not passed"),
    "waiting": shared.STATES["waiting"],
    "unreadable": shared.STATES["unreadable"],
    "nothing": shared.STATES["nothing"],
}
"""Which students can be shown alone, by the class of their rows."""

KEY: dict[str, tuple[str, Text]] = {
    "f": ("10", Text(ko="만점", en="all points")),
    "m": ("5", Text(ko="절반 이상", en="half or more")),
    "l": ("3", Text(ko="절반 미만", en="less than half")),
    "z": ("0", Text(ko="0점", en="none")),
    "s": ("–", Text(ko="생략됨", en="skipped")),
    "e": ("?", Text(ko="채점하지 못함", en="could not be judged")),
    "h": ("10*", Text(ko="직접 정한 점수", en="given by hand")),
}
"""Class of a cell → what may stand in it, and what that means."""


def phrases(language: Language) -> dict[str, str]:
    """Return all phrases in one language."""
    return {name: text.in_(language) for name, text in _PHRASES.items()}
