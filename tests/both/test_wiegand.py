"""Wiegand pulses: which are cards, which are nothing, and that no damage makes another card."""

from wiegand_bench import AGAIN, WiegandBench, bits_of, pulse

FRAME = bits_of(0xD41B81, 26)
LONG = bits_of(0x89D41B81, 34)
NUMBER = b"212:7041"
SEED = 20261125


class Draw:
    """Numbers from a seed, the same on both interpreters."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        """A number from 0 to below `limit`, 2^24 at most."""
        self.state = self.state * 48271 % 0x7FFFFFFF
        return (self.state >> 6) % limit


def test_frames_are_the_published_ones():
    """26 and 34 bits, parity over both halves."""
    assert FRAME == "1" + "110101000001101110000001" + "0"
    assert LONG[0] + LONG[-1] == "11"
    assert WiegandBench().send(FRAME).rest().facts == [NUMBER]
    assert WiegandBench(bits=34).send(LONG).rest().facts == [b"34:35284:7041"]


def test_numbers_of_every_size():
    """As people write them: no zeros in front."""
    for data, number in (
        (0x000000, b"0:0"),
        (0x000001, b"0:1"),
        (0xFFFFFF, b"255:65535"),
        (0x7BB26E, b"123:45678"),
        (0x0A0064, b"10:100"),
    ):
        assert WiegandBench().send(bits_of(data, 26)).rest().facts == [number]
    for data, number in ((0, b"34:0:0"), (0x000C0159, b"34:12:345"), (0xFFFFFFFF, b"34:65535:65535")):
        assert WiegandBench(bits=34).send(bits_of(data, 34)).rest().facts == [number]


def test_the_same_digits_in_another_format_are_another_card():
    """A 12:345 of 26 bits is not the 12:345 of 34, and a gate reads one of the two."""
    data = 0x0C0159
    assert WiegandBench().send(bits_of(data, 26)).rest().facts == [b"12:345"]
    assert WiegandBench(bits=34).send(bits_of(data, 34)).rest().facts == [b"34:12:345"]
    assert WiegandBench().send(bits_of(data, 34)).rest().facts == [AGAIN]
    assert WiegandBench(bits=34).send(bits_of(data, 26)).rest().facts == [AGAIN]


def test_every_usual_speed_is_read():
    """From 200 us to 20 ms between pulses."""
    for period_us in (200, 250, 500, 1000, 2000, 5000, 20000):
        assert WiegandBench().send(FRAME, period_us).rest().facts == [NUMBER], period_us


def test_a_card_is_told_after_fifty_milliseconds_of_silence():
    """Not before: more bits may come. It is as old as that silence."""
    bench = WiegandBench().send(FRAME, 1000)
    heard = bench.driver._heard_at
    assert bench.driver.busy()
    assert bench.driver.deadline() == heard + 50
    bench.us = (heard + 49) * 1000
    assert bench.feed().facts == []
    bench.us = (heard + 50) * 1000
    assert bench.feed().facts == [NUMBER]
    assert bench.ages_ms == [50]
    assert not bench.driver.busy()
    assert bench.driver.deadline() is None


def test_two_frames_in_one_piece_are_two():
    """The loop was away for longer than the silence between them."""
    bench = WiegandBench()
    data = b""
    for bits in (FRAME, bits_of(0x0A0064, 26)):
        for bit in bits:
            data += pulse(bit == "1", bench.us)
            bench.us += 1000
        bench.us += 60000
    assert bench.feed(data).rest().facts == [NUMBER, b"10:100"]
    assert bench.ages_ms == [61, 60]


def test_a_wrong_length_is_unreadable():
    """Each but the gate's own; the fewest are spikes, or a key of the reader's keypad."""
    for frame, other in ((FRAME, LONG), (LONG, FRAME)):
        for size in range(1, 80):
            bits = (other * 4)[:size]
            if size == len(frame):
                continue
            facts = WiegandBench(bits=len(frame)).send(bits).rest().facts
            assert facts == ([] if size <= 8 else [AGAIN]), size


def test_a_wrong_bit_is_unreadable():
    """Parity covers each half."""
    for frame in (FRAME, LONG):
        for place in range(len(frame)):
            bad = frame[:place] + str(1 - int(frame[place])) + frame[place + 1 :]
            assert WiegandBench(bits=len(frame)).send(bad).rest().facts == [AGAIN], place


def test_a_lost_or_doubled_bit_is_unreadable():
    """As an interrupt that came too late leaves it."""
    for frame in (FRAME, LONG):
        for place in range(len(frame)):
            for bad in (frame[:place] + frame[place + 1 :], frame[:place] + frame[place] + frame[place:]):
                assert WiegandBench(bits=len(frame)).send(bad).rest().facts == [AGAIN], place


def test_however_many_bits_are_lost_and_wherever_no_other_card_comes_of_it():
    """Seeded cards that lose from one bit to all: side by side, as behind a handler that waited, or anywhere."""
    print("seed", SEED)
    draw = Draw(SEED)
    for count in (26, 34):
        for lost in range(1, count + 1):
            for number in range(20):
                frame = bits_of(draw.below(1 << 24) << 8 & (1 << count - 2) - 1 | draw.below(256), count)
                kept = list(range(count))
                begin = draw.below(count - lost + 1)
                for _ in range(lost):
                    kept.pop(begin if number % 2 else draw.below(len(kept)))
                facts = WiegandBench(bits=count).send("".join([frame[place] for place in kept])).rest().facts
                assert facts == ([AGAIN] if count - lost > 8 else []), (frame, kept)


def test_a_wire_that_rings_is_one_pulse():
    """Another edge on the same wire before the shortest pulse is over."""
    for after_us in (1, 30, 60, 99):
        glitches = [(place, FRAME[place] == "1", after_us) for place in range(len(FRAME))]
        assert WiegandBench().send(FRAME, glitches=glitches).rest().facts == [NUMBER], after_us


def test_pulses_on_both_wires_at_once_are_no_card():
    """No reader does that: something else is on the wires."""
    for place in range(len(FRAME)):
        bench = WiegandBench().send(FRAME, glitches=[(place, FRAME[place] == "0", 40)]).rest()
        assert bench.facts == [AGAIN]
        assert bench.send(FRAME).rest().facts == [AGAIN, NUMBER]


def test_a_spike_on_the_idle_line_is_nothing():
    """And the card right behind its silence is read."""
    bench = WiegandBench().send("0").rest().send("11").rest()
    assert bench.facts == []
    assert bench.send(FRAME).rest().facts == [NUMBER]


def test_a_wire_that_is_cut_or_stuck_is_no_card():
    """All bits the same: parity does not fit."""
    for bits in (26, 34):
        for frame in ("0" * 26, "1" * 26, "0" * 34, "1" * 34, "0" * 1000, "1" * 1000):
            assert WiegandBench(bits=bits).send(frame).rest().facts == [AGAIN]


def test_a_reader_that_repeats_a_card_gives_one_tap():
    """As long as it goes on within a second and a half; later it is a new one."""
    bench = WiegandBench()
    for _ in range(10):
        bench.send(FRAME).rest(1000)
    assert bench.facts == [NUMBER]
    assert bench.rest(1500).send(FRAME).rest().facts == [NUMBER, NUMBER]
    assert bench.send(bits_of(0x0A0064, 26)).rest().facts[2:] == [b"10:100"]


def test_a_card_is_read_when_it_comes_back_days_later():
    """Whatever the clock has done meanwhile."""
    for days in (1, 5, 7, 11, 12, 13):
        bench = WiegandBench().send(FRAME).rest()
        bench.us += days * 86400000000
        assert bench.send(FRAME).rest().facts == [NUMBER, NUMBER], days


def test_microseconds_may_wrap_in_a_frame():
    """They do each eighteen minutes."""
    bench = WiegandBench((1 << 30) - 13000)
    assert bench.send(FRAME).rest().facts == [NUMBER]


def test_nothing_of_a_card_stays():
    """After a whole frame and after a bad one."""
    for frame in (FRAME, FRAME[:-1], LONG, LONG + "1" * 40):
        bench = WiegandBench(bits=34 if frame == LONG else 26).send(frame).rest()
        assert bytes(bench.driver._bits) == bytes(35)


def test_noise_raises_nothing_and_ends():
    """Seeded edges at seeded times, broken pieces of bytes too; a card is read right after."""
    print("seed", SEED)
    state = SEED
    told = 0
    for _ in range(200):
        bench = WiegandBench()
        for _ in range(80):
            state = state * 48271 % 0x7FFFFFFF
            bench.us += (state >> 8) % 3000
            bench.feed(pulse(state & 1, bench.us))
        told += len([fact for fact in bench.rest().facts if isinstance(fact, bytes)])
        bench.feed(b"\x01\x02\x03")
        assert bench.rest().send(FRAME).rest().facts[-1] == NUMBER
    assert told == 0
