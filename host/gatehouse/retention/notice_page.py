"""The notice as a page to print on A4 and hang up: one file, without anything from elsewhere."""

import datetime
from html import escape

from gatehouse.retention.holdings import Holdings
from gatehouse.retention.notice import HEADS, TITLE, closing, items
from gatehouse.words import Words

STYLE = """
@page { size: A4; margin: 14mm }
body { font: 11pt/1.45 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; color: #000; margin: 0 auto;
  max-width: 180mm }
h1 { font-size: 20pt; margin: 0 0 2mm }
h1 + p { margin: 0 0 5mm }
section { border-top: 1pt solid #000; padding: 2.5mm 0; break-inside: avoid }
h2 { font-size: 13pt; margin: 0 0 1mm }
p { margin: 0 }
[lang=en] { font-size: 9.5pt; color: #333 }
footer { border-top: 2pt solid #000; padding-top: 3mm }
"""


def as_page(found: Holdings, today: datetime.date, station: str) -> str:
    """HTML 5; whatever stands in `station` is text."""
    sections = []
    for item in items(found, today):
        told = "".join(
            f"<p>{both((HEADS[key][0] + text[0], HEADS[key][1] + text[1]))}</p>"
            for key, text in (("why", item.why), ("limit", item.limit), ("now", item.now))
        )
        sections.append(f"<section><h2>{both(item.what)}</h2>{told}</section>")
    below = "".join(f"<p>{both(line)}</p>" for line in closing(found, today))
    named = f"<p><strong>{escape(station)}</strong></p>" if station else ""
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>{escape(TITLE[0])} / {escape(TITLE[1])}</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{both(TITLE)}</h1>{named}\n" + "\n".join(sections) + f"\n<footer>{below}</footer></body></html>\n"
    )


def both(said: Words) -> str:
    """Chinese, and English below it."""
    return f'{escape(said[0])}<br><span lang="en">{escape(said[1])}</span>'
