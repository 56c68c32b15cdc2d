# SPDX-License-Identifier: GPL-2.0-only
"""on_terminal.py COLUMNS COMMAND...: runs it on a terminal of so many columns; prints what it wrote there."""
import fcntl, os, struct, subprocess, sys, termios

master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(sys.argv[1]), 0, 0))
process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
os.close(slave)
written = b""
while True:
    try:
        more = os.read(master, 65536)
    except OSError:  # nobody has it open any more
        break
    if not more:
        break
    written += more
code = process.wait()
sys.stdout.write(written.decode().replace("\r\n", "\n"))
sys.exit(code)
