"""The table [bundles] of the settings: whose signed bundles fill the register."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from gatehouse.bundles.header import NAME_CHARACTERS_MAX, plain
from gatehouse.section import Section

NAME = f"a name of at most {NAME_CHARACTERS_MAX} characters in quotes"


def issuer_name(name: str) -> str:
    """ValueError unless a status can bear it as its source."""
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise ValueError(f"the name of an issuer has 1 to {NAME_CHARACTERS_MAX} characters")
    return plain(name)


class IssuerSettings(Section):
    """One health office."""

    key: Annotated[
        str,
        Field(
            pattern=r"^[0-9a-f]{64}$",
            description="a public key of 64 digits 0-9 and a-f in quotes, as `gatehouse register issuer` prints it",
        ),
    ]


class BundleSettings(Section):
    """Whose bundles are taken, and whether anything else is."""

    station: Annotated[str, AfterValidator(plain), Field(max_length=NAME_CHARACTERS_MAX, description=NAME)] = ""
    required: Annotated[bool, Field(description="true or false")] = False
    issuers: dict[Annotated[str, AfterValidator(issuer_name)], IssuerSettings] = Field(
        default_factory=dict, description="tables like [bundles.issuers.city], by names of your choice"
    )

    @field_validator("issuers")
    @classmethod
    def _each_key_once(cls, issuers: dict[str, IssuerSettings]) -> dict[str, IssuerSettings]:
        keys = [issuer.key for issuer in issuers.values()]
        twice = sorted(name for name, issuer in issuers.items() if keys.count(issuer.key) > 1)
        if twice:
            raise ValueError(f"{' and '.join(twice)} have the same key: which of them has issued a bundle?")
        return issuers

    def trusted(self) -> Mapping[str, str]:
        """Public key -> name, of each issuer."""
        return {issuer.key: name for name, issuer in self.issuers.items()}
