"""usage: type.py SHELL SETUP_FILE KEYS WANTED

Starts an interactive shell on a terminal, runs the setup file, types KEYS ("\\t" asks for completion) and Enter, and succeeds once the
screen shows a line WANTED.
"""
import os, pty, re, select, sys, time

shell, setup, keys, wanted = sys.argv[1:5]
child, screen = pty.fork()
if child == 0:
    os.environ.update(TERM="xterm", PS1="", LC_ALL="C.UTF-8")
    os.execvp(shell, [shell, *({"bash": ["--norc", "--noprofile"], "zsh": ["-f"]}[shell]), "-i"])
seen = b""


def read(seconds, until=None):
    """Reads until the text stands on the screen, or nothing comes any more."""
    global seen
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until and until in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", seen):
            return True
        if select.select([screen], [], [], 0.2)[0]:
            try:
                seen += os.read(screen, 65536)
            except OSError:
                return False
    return False


os.write(screen, f"source '{setup}'; echo rea''dy\n".encode())
if not read(60, b"ready"):
    sys.exit(f"{shell} did not start: {seen!r}")
for part in re.split(r"(\t)", keys):
    os.write(screen, part.encode())
    read(1.0 if part == "\t" else 0.2)
os.write(screen, b"\n")
if not read(30, f"{wanted}\r\n".encode()):
    sys.exit(f"{shell}: typed {keys!r}, wanted {wanted!r}, saw {seen[-2000:]!r}")
os.write(screen, b"\x03exit\n")
