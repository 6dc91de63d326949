"""Whether words hold what may be somebody's number: of a card, a passport, a permit, a telephone.

Judged by how many digits there are and how near to each other, in whatever script and whatever stands between them.
The shortest of those numbers are seven digits (a telephone, a permit), and one or two letters with six or seven (a
passport, an identity card of Hong Kong); the longest an identity card's eighteen. Days and hours are nobody's.
"""

import re
import unicodedata

TOGETHER = re.compile(r"\d(?:[\W_]*\d){6,}")  # seven digits, no letter between them
WORD = re.compile(r"[0-9A-Za-z]+")
WORD_DIGITS_MAX = 5  # of a word that has letters: a train is G1234
DIGITS_MAX = 9  # of all words together
BESIDE_MAX = 4  # of all words beside days and hours, or these might be pieces of a number

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:1[0-2]|0?[1-9])", r"(?:[12]\d|3[01]|0?[1-9])"
_ALONE, _ALONE_TOO = r"(?<![0-9A-Za-z年月点时])(?<![0-9][-/.:])", r"(?![0-9A-Za-z年月点时])(?![-/.:][0-9])"
_FORMS = (
    rf"{_YEAR}([-/.]){_MONTH}\1{_DAY}",
    rf"{_DAY}([-/.]){_MONTH}\2{_YEAR}",
    rf"(?:{_YEAR}年)?{_MONTH}月{_DAY}日?",
)
DATE = re.compile(f"{_ALONE}(?:{'|'.join(_FORMS)}){_ALONE_TOO}")
HOUR = re.compile(
    r"(?<![0-9A-Za-z年月点时])(?<![0-9][:.])(?:1\d|2[0-3]|0?\d)(?::[0-5]\d|[点时](?:[0-5]?\d分?)?)"
    r"(?![0-9年月点时])(?![:.][0-9])"
)
EACH_MAX = 2  # from when to when; who writes more of them may be writing a number


def holds_one(text: str) -> bool:
    """Whether it may."""
    written = "".join(map(_as_digit, unicodedata.normalize("NFKC", text)))
    taken = 0
    for form in (DATE, HOUR):
        written, times = form.subn(" ", written, count=EACH_MAX)
        taken += times
    if TOGETHER.search(written) or _digits(written) > (BESIDE_MAX if taken else DIGITS_MAX):
        return True
    words = [word for word in WORD.findall(written) if not word.isdecimal()]
    return any(_digits(word) > WORD_DIGITS_MAX for word in words)


def _digits(text: str) -> int:
    return sum(map(str.isdecimal, text))


def _as_digit(character: str) -> str:
    """The digit that a character stands for (一, ٣), or the character itself."""
    value = unicodedata.numeric(character, -1.0)
    return str(int(value)) if value in range(10) else character
