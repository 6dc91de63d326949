"""A station at its fullest: 256 lanes, five health platforms, faults and stalls.

town.py      the platforms, a process of their own
lanes.py     256 gates' ends of the link, a process of their own
house.py     the gatehouse, a process on one core
measure.py   all of it together
chapter.py   the section of RESULTS.md; picture.py its plot
"""
