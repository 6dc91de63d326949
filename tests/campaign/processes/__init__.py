"""Faults in real time, on real gatehouse, gates and paced ptys: kills, cuts, damage, unplugged ports, no power."""
