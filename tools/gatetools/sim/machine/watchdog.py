"""The watchdog as a process of its own, which the firmware cannot stop: arguments FIFO, PID, TIMEOUT_MS, MARK.

Every byte on the FIFO is a feed. Without one for TIMEOUT_MS it leaves MARK and kills PID; at the end of the FIFO
(the process has ended by itself) it ends too.
"""

import os
import uselect as select
import sys

fifo, pid, timeout_ms, mark = sys.argv[1:5]
file = open(fifo, "rb", buffering=0)
poll = select.poll()
poll.register(file, select.POLLIN)
while True:
    ready = poll.poll(int(timeout_ms))
    if not ready:
        open(mark, "w").close()
        os.system("kill -9 " + pid)
        break
    if not ready[0][1] & select.POLLIN or not file.read(1):
        break
