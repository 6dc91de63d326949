"""The sayings in words: what a display shows, and what is read out for the recordings.

Loaded where a display is configured. `documents` of the work bench are made from here too.
"""

# One line for each saying, in the order of their numbers: Chinese, English. The first of them is shown, never said.
TEXTS = """\
请放置证件|Please lay down your card
请稍候|Please wait
请通行|Please go through
请勿通行|Please do not go through
请到人工窗口|Please see a member of staff
请重新放置证件|Please lay your card down again
火警，请立即离开，闸门已开|Fire. Leave now, the gate is open
本通道暂停服务，请走其他通道|This lane is closed. Please use another one
请到人工窗口。证件已过期|Please see a member of staff. Your card has expired
请到人工窗口。证件尚未生效|Please see a member of staff. Your card is not valid yet
请到人工窗口。本通道不能识读此证件|Please see a member of staff. This card cannot be read here
请等前面的旅客通过，再重新放置证件|Please wait for the person in front, then lay your card down again
请到人工窗口。系统暂时无法查询|Please see a member of staff. The system gives no answer now
请到人工窗口。此码无法识读|Please see a member of staff. This code cannot be read
"""
CHINESE = 0
ENGLISH = 1


def text(saying: int, language: int) -> str:
    """A saying in one language."""
    at = 0
    for _ in range(saying):
        at = TEXTS.find("\n", at) + 1
    return TEXTS[at : TEXTS.find("\n", at)].split("|")[language]
