from __future__ import annotations

import pytest

from grader.lms._html import to_html, to_text
from grader.uploading.decision import digest_of

TEXTS = [
    '[12/20] 파일을 만들었다\n\n힌트: echo "a\\n" > /tmp/b & exit',
    "<b>&lt;&amp;</b> <!-- no --> <![CDATA[x]]> <script>alert(1)</script>",
    "  two  blanks\tand a tab\u2028another line\xa0end ",
    "&#92;&quot;&",
    "😀",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_reads_the_same_as_html(text: str) -> None:
    markup = to_html(text)
    assert not set(markup) & set('"\\\n\r')
    assert digest_of(to_text(markup)) == digest_of(text)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>See <b>me</b>.</p><p>Soon &amp; often</p>", "See me.\n\nSoon & often"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ("<style>p {}</style><p>seen</p><script>no()</script>", "seen"),
        ("plain", "plain"),
        ("", ""),
        ("5 < 6 <", "5 < 6 <"),
        ("<![if x]>y<![endif]>", "<![if x]>y<![endif]>"),
        ("</style></script>z", "z"),
        ("<p", "<p"),
    ],
)
def test_what_is_seen_of_html(markup: str, text: str) -> None:
    assert to_text(markup) == text
