"""What a person wrote, in English, Ukrainian or Russian, without the letter they answer and without signatures."""

import re

_QUOTED = re.compile(r"^\s{0,3}(?:>|\|\s)")
# The line above a quote tells who wrote when; each pattern is simple, for strangers choose what it is held against.
_SAID = re.compile(
    r"\b(?:wrote|writes|написал|написала|написал\(а\)|пишет|пише|написав|написав\(ла\))\s?:$", re.IGNORECASE
)
_WHEN = re.compile(r"\d{1,2}[:.]\d{2}|\b(?:19|20)\d\d\b")
# Thu, 26 Jun 2014 14:00:51 +0400 от Alexander L <…>: · 26.06.2014, 14:41, "Alexander L" <…>:
_BY = re.compile(r"<[^<>@\s]{1,100}@[^<>@\s]{1,200}>\s?:$")
_LONGEST = 400  # characters of such a line
_MARKERS = re.compile(
    r"^\s*(?:-{2,}|_{5,}|\*{3,})\s*(?:original message|forwarded message|исходное сообщение|пересылаемое сообщение|"
    r"пересланное сообщение|вихідне повідомлення|переслане повідомлення|конец пересылаемого сообщения|"
    r"кінець пересланого повідомлення)?.{0,40}$|^\s*begin forwarded message:|^\s*-{3,}\s*$|^_{10,}\s*$",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^\s*\*?(?:from|sent|to|cc|date|subject|reply-to|от|от кого|отправлено|кому|копия|дата|тема|від|від кого|"
    r"надіслано|копія)\*?\s?:\s*\S?",
    re.IGNORECASE,
)
_FIRST_FIELD = re.compile(r"^\s*\*?(?:from|от|от кого|від|від кого)\*?\s?:\s*\S", re.IGNORECASE)
_DEVICE = re.compile(
    r"^\s*(?:--\s*)?(?:sent from my |sent from (?:mail|yahoo|outlook|samsung)|get outlook for |отправлено (?:с|из) |"
    r"отправлено при помощи|надіслано (?:з|із) |надіслано за допомогою)",
    re.IGNORECASE,
)


def without_quotes(text: str) -> str:
    """The new words. A letter that is nothing but quotes is returned as it is: better too much than nothing."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _QUOTED.match(lines[at]):
            at += 1
            continue
        if length := _header_at(lines, at):
            # What was quoted with ">" may be answered line by line; anything else goes on to the end.
            if not _is_quoted_after(lines, at + length):
                if any(line.strip() for line in kept):
                    break
                at = _past_block(lines, at + length)
                continue
            at += length
            continue
        kept.append(lines[at])
        at += 1
    found = _without_signature(kept)
    return found or text.strip()


def _header_at(lines: list[str], at: int) -> int:
    """How many lines, from this one on, announce a quote; 0 when none does."""
    if not lines[at].strip():
        return 0
    for length in (1, 2, 3):
        if _is_wrote(lines[at : at + length]):
            # The words before it may fit the pattern too: it begins as late as it can.
            later = any(_is_wrote(lines[start : at + length]) for start in range(at + 1, at + length))
            return 0 if later else length
    if _SAID.search(lines[at]) and len(lines[at]) < 200 and _is_quoted_after(lines, at + 1):
        return 1
    if _FIRST_FIELD.match(lines[at]) and sum(bool(_FIELD.match(line)) for line in lines[at : at + 6]) >= 3:
        return 1
    if _MARKERS.match(lines[at]) and _announces(lines, at + 1):
        return 1
    return 0


def _is_wrote(some: list[str]) -> bool:
    if not all(line.strip() for line in some) or any(_QUOTED.match(line) for line in some):
        return False
    line = " ".join(part.strip() for part in some)
    return len(line) <= _LONGEST and bool(_WHEN.search(line) and (_SAID.search(line) or _BY.search(line)))


def _announces(lines: list[str], at: int) -> bool:
    """After a dividing line: does the head of another letter follow? A line of dashes alone divides many things."""
    if re.search(r"message|сообщени|повідомлен", lines[at - 1], re.IGNORECASE):
        return True
    following = [line for line in lines[at : at + 8] if line.strip()][:4]
    return sum(bool(_FIELD.match(line)) for line in following) >= 2


def _is_quoted_after(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at:] if line.strip()), "")
    return bool(_QUOTED.match(following))


def _past_block(lines: list[str], at: int) -> int:
    while at < len(lines) and (not lines[at].strip() or _FIELD.match(lines[at])):
        at += 1
    return at


def _without_signature(lines: list[str]) -> str:
    for at, line in enumerate(lines):
        if line in ("-- ", "--") and any(before.strip() for before in lines[:at]):
            lines = lines[:at]
            break
    lines = [line for line in lines if not _DEVICE.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
