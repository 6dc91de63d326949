"""One run of `gatehouse watch`: from what happens and what is pressed to what is shown, until somebody leaves."""

import datetime
import select
import sys
from collections.abc import Callable

from rich.console import Console
from rich.live import Live

from gatehouse.control.client import Told
from gatehouse.watch.feed import Feed
from gatehouse.watch.keyboard import Key, Keyboard
from gatehouse.watch.lines import in_language, line
from gatehouse.watch.operator import CHOICE_LINES, AcknowledgeAlarm, GiveOrder, Leave, NoRoom, Operator
from gatehouse.watch.screen import Screen
from gatehouse.words import Words, filled, printable

LOOK_S = 0.5  # times and clocks on the screen go on when nothing happens
NEWS_KEPT = 20
NO_ROOM: Words = ("窗口太矮，请调到 {lines} 行以上", "too few lines to choose: make the window {lines} high")


def on_terminal(feed: Feed, lang: str, console: Console) -> None:
    """Until `q`, Ctrl-C or the end of the terminal; NotAllowed as `Feed.connect`."""
    operator, screen = Operator(), Screen(lang)
    feed.connect()  # where nobody may, or can, the terminal stays as it is
    with Keyboard() as keyboard, Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            feed.connect()
            operator.look(feed.scene)
            operator.lines = console.size.height
            del feed.news[:-NEWS_KEPT]
            drawn = screen.draw(feed.scene, operator, feed.news, console.size, connected=feed.connected)
            live.update(drawn, refresh=True)
            heard, pressed = feed.fileno(), keyboard.fileno()
            ready = select.select([pressed, *([heard] if heard is not None else [])], [], [], LOOK_S)[0]
            if heard in ready:
                feed.news += [(text, text) for text in notices(feed.receive())]
            if pressed in ready and not obeyed(keyboard.read(), operator, feed):
                return


def notices(happened: list[Told]) -> list[str]:
    """What is over: its alarms have gone from the screen."""
    return [str(event.get("text")) for event in happened if event.get("event") == "notice"]


def obeyed(keys: list[Key] | None, operator: Operator, feed: Feed) -> bool:
    """Do what was pressed; False to leave."""
    for key in keys if keys is not None else ["q"]:
        wish = operator.press(key, feed.scene)
        if isinstance(wish, Leave):
            return False
        if isinstance(wish, GiveOrder):
            feed.order(wish.lane, wish.order, wish.reason, wish.grounds)
        elif isinstance(wish, AcknowledgeAlarm):
            feed.acknowledge(wish.alarm)
        elif isinstance(wish, NoRoom):
            feed.news.append(filled(NO_ROOM, lines=CHOICE_LINES))
    return keys is not None


def in_lines(feed: Feed, lang: str, say: Callable[[str], None]) -> None:
    """Until Ctrl-C or until nobody reads any more; NotAllowed as `Feed.connect`."""
    while True:
        feed.connect()
        heard = feed.fileno()
        ready = select.select([heard] if heard is not None else [], [], [], LOOK_S)[0]
        happened = feed.receive() if ready else []
        now = datetime.datetime.now().astimezone()
        told = [line(event, lang, now) for event in happened]
        told += [f"{now:%H:%M:%S} {printable(in_language(one, lang))}" for one in feed.news]
        feed.news.clear()
        for one in told:
            if one is not None:
                say(one)
        sys.stdout.flush()
