"""A station at its fullest: 256 lanes, five health platforms, faults and stalls.

town.py         the platforms, a process of their own
lanes.py        gates' ends of the link, 248 in one process
whole_gates.py  8 gates with firmware and all that hangs on them, a process of their own and those that it starts
house.py        the gatehouse, a process on one core
kept.py         how long processes waited for a core
measure.py      all of it together
chapter.py      the section of RESULTS.md; picture.py its plot
"""
