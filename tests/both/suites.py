"""The suites for both ends: on CPython one of each side, which check each other; on MicroPython the gate's twice."""

try:
    import cryptolib

    HAS_CHIP = cryptolib is not None
except ImportError:
    import chip_aes

    chip_aes.install()
    HAS_CHIP = False

from gate.suite import GateSuite


def gate_suite():
    """The gate's codec and CCM."""
    return GateSuite()


def house_suite():
    """The house's, where its libraries exist."""
    if HAS_CHIP:
        return GateSuite()
    from gatehouse.suite import HouseSuite

    return HouseSuite()
