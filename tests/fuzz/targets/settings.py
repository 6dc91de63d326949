"""The gate's settings: any content of its file, and any Settings message upon settings that are good."""

from boards import lane_a
from gate import rules, settings
from gate.settings import TOTAL_MAX_BYTES, Settings, SettingsInvalid, parse
from gatelink import house_to_gate

from .held import held
from .script import Script

GOOD = Settings({}, lane_a)
NUMBERS = rules.limits(settings.NUMBERS)


def run(data):
    """First byte: a message if it is 0, else the rest is the file."""
    script = Script(data)
    if not script.byte():
        return _offered(script)
    return _result(lambda: parse(script.rest(), lane_a))


def _offered(script):
    """What the conductor does with a Settings message."""
    fields = house_to_gate.Settings.FIELDS
    message = house_to_gate.Settings(*[script.uint() % (limit + 1) for limit in house_to_gate.Settings.LIMITS])
    values = GOOD.values()
    values.update({name: getattr(message, name) for name in fields})
    return _result(lambda: Settings(values, lane_a))


def _result(make):
    try:
        made = make()
    except SettingsInvalid as refusal:
        assert len(str(refusal)) < 120, "a refusal is a sentence, not the file"
        return "refused: " + str(refusal)
    values = made.values()
    for name in NUMBERS:
        lowest, highest, _ = NUMBERS[name]
        assert lowest <= values[name] <= highest, "what is taken is within its limits"
    assert held(made.readers) <= TOTAL_MAX_BYTES, "settings hold no more than a file"
    return " ".join(["%s=%d" % (name, values[name]) for name in sorted(NUMBERS)] + made.readers)
