"""Who may pass, and who is asked: the rule file and the health platforms of the settings. Nobody is asked here."""

from collections.abc import Iterator

from gatehouse.platforms.account import CERTIFICATE_SOON_DAYS, PlatformSettings, certificate_days, open_account
from gatehouse.rules.book import RuleBook
from gatehouse.rules.rule_set import RuleSet
from gatehouse.settings import GatehouseSettings
from gatehouse.settings_errors import SettingsError

from gatetools.doctor.finding import Fact, Finding
from gatetools.doctor.patient import Patient


def findings(patient: Patient) -> Iterator[Finding]:
    """The rules, then each platform."""
    if patient.settings is None:
        return
    try:
        rules = RuleBook(patient.settings.rules.where(), patient.settings.rules.usual()).current
    except SettingsError as wrong:
        for problem in wrong.problems:
            yield Finding("rules-wrong", facts={"problem": problem})
    else:
        yield from judge_rules(rules, patient.settings)
    for name, one in patient.settings.platforms.items():
        yield from platform(name, one)
        yield from certificate(name, one, patient.wall())


def judge_rules(rules: RuleSet, settings: GatehouseSettings) -> Iterator[Finding]:
    """What they let through, and whether what they name is there."""
    yield Finding("rules-good", rules.name, {"count": len(rules.rules)})
    if rules.registration:
        yield Finding("rules-registration", rules.name)
    if rules.uses_lists() and not settings.store.lists.exists():
        yield Finding("lists-absent", rules.name)


def platform(name: str, settings: PlatformSettings) -> Iterator[Finding]:
    """Whether its file, credentials and certificates can be used."""
    try:
        account = open_account(settings)
    except SettingsError as wrong:
        for problem in wrong.problems:
            yield Finding("platform-wrong", name, {"problem": problem})
    else:
        yield Finding("platform-good", name, {"title": account.dialect.title})


def certificate(name: str, settings: PlatformSettings, now_s: float) -> Iterator[Finding]:
    """How long the station's own lasts. now_s: Unix time."""
    days = certificate_days(settings, now_s)
    if days is None or days > CERTIFICATE_SOON_DAYS:
        return
    whole_days = days if days >= 0 else -days - 1
    facts: dict[str, Fact] = {"certificate": settings.certificate, "days": whole_days}
    yield Finding("platform-certificate-expired" if days < 0 else "platform-certificate-ends", name, facts)
