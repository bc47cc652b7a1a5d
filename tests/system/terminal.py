#!/usr/bin/env python3
"""Both ends of a terminal, for tests. Needs no module beyond Debian's python3-minimal.

  terminal.py receive SOCKET [STEP...]          an engine's console socket
  terminal.py drive ROWSxCOLS [STEP...] -- COMMAND...   a person at a terminal

Steps, in order, on the terminal:
  expect=REGEX  wait until the output so far, after the last match, has it (5 s)
  send=TEXT     type it; \\n, \\x03 and the like as in Python
  size=RxC      change the window size (and the driven command gets SIGWINCH from the kernel)
  kill=SIGNAL   number, to the command
  raw=yes|no    wait until the terminal is (or is not) in raw mode
  hang up=      close our end
  wait=SECONDS
  limit=SECONDS patience of the steps that follow, and with the command, instead of 5
Then the output is collected until its end. Printed: first lines "name: value" (payload, fds, size,
restored, status, or "failed: STEP"), then an empty line, then the output.
"""
import array
import fcntl
import os
import re
import select
import socket
import struct
import sys
import time

TCGETS, TIOCSCTTY = 0x5401, 0x540E
TIOCGWINSZ, TIOCSWINSZ = 0x5413, 0x5414
ICANON, ECHO = 0x2, 0x8
LIMIT_S = 5


def window_size(fd):
    rows, cols = struct.unpack("HHHH", fcntl.ioctl(fd, TIOCGWINSZ, b"\0" * 8))[:2]
    return "%dx%d" % (rows, cols)


def set_window_size(fd, text):
    rows, cols = (int(n) for n in text.split("x"))
    fcntl.ioctl(fd, TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def settings(fd):
    return fcntl.ioctl(fd, TCGETS, b"\0" * 60)


def is_raw(fd):
    local = struct.unpack("IIII", settings(fd)[:16])[3]
    return local & (ICANON | ECHO) == 0


class Dialogue:
    def __init__(self, fd, pid=None):
        self.fd, self.pid = fd, pid
        self.output, self.seen = b"", 0
        self.ended = False
        self.limit = LIMIT_S

    def read(self, seconds):
        if self.ended or not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # EIO: nobody has the other side open any more
            data = b""
        self.output += data
        self.ended = not data
        return bool(data)

    def until(self, done):
        deadline = time.monotonic() + self.limit
        while not done():
            if time.monotonic() > deadline:
                return False
            if not self.read(0.02) and self.ended:
                return done()
        return True

    def found(self, regex):
        match = re.search(regex, self.output[self.seen:])
        if match:
            self.seen += match.end()
        return bool(match)

    def do(self, step):
        name, _, value = step.partition("=")
        if name == "expect":
            return self.until(lambda: self.found(value.encode()))
        if name == "send":
            os.write(self.fd, value.encode().decode("unicode_escape").encode())
        elif name == "size":
            set_window_size(self.fd, value)
        elif name == "kill":
            os.kill(self.pid, int(value))
        elif name == "raw":
            return self.until(lambda: is_raw(self.fd) == (value == "yes"))
        elif name == "hang up":
            os.close(self.fd)
            self.ended = True
        elif name == "limit":
            self.limit = float(value)
        elif name == "wait":
            deadline = time.monotonic() + float(value)
            while time.monotonic() < deadline:
                if not self.read(0.02) and self.ended:
                    time.sleep(0.02)
        else:
            sys.exit("unknown step " + step)
        return True

    def run(self, steps):
        for step in steps:
            if not self.do(step):
                print("failed:", step)
                break
        deadline = time.monotonic() + LIMIT_S
        while not self.ended and time.monotonic() < deadline:
            self.read(0.1)


def receive(path, steps):
    listener = socket.socket(socket.AF_UNIX)
    # who sees the socket can connect to it
    listener.bind(path + '.new')
    listener.listen()
    os.rename(path + '.new', path)
    connection, _ = listener.accept()
    payload, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(16 * 4))
    fds = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(data)
    print("payload:", payload.decode())
    print("fds:", len(fds))
    print("more:", len(connection.recv(1)))
    print("size:", window_size(fds[0]))
    sys.stdout.flush()
    dialogue = Dialogue(fds[0])
    dialogue.run(steps)
    return dialogue


def drive(size, steps, command):
    master, slave = os.openpty()
    set_window_size(master, size)
    before = settings(master)
    pid = os.fork()
    if pid == 0:
        os.close(master)
        os.setsid()
        fcntl.ioctl(slave, TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)
        os.closerange(3, 256)
        os.execvp(command[0], command)
    dialogue = Dialogue(master, pid)
    # our copy of the slave keeps the settings, and the output, until the command has ended
    status = None
    for step in steps:
        if not dialogue.do(step):
            print("failed:", step)
            break
    deadline = time.monotonic() + dialogue.limit
    while status is None and time.monotonic() < deadline:
        dialogue.read(0.02)
        waited, code = os.waitpid(pid, os.WNOHANG)
        if waited:
            status = os.waitstatus_to_exitcode(code)
    while dialogue.read(0.05):
        pass
    if status is None:
        print("failed: it does not end")
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    print("status:", status)
    try:
        print("restored:", "yes" if settings(slave) == before else "no")
    except OSError:  # we hung up
        print("restored: -")
    return dialogue


def main():
    what, first, *rest = sys.argv[1:]
    if what == "receive":
        dialogue = receive(first, rest)
    else:
        end = rest.index("--")
        dialogue = drive(first, rest[:end], rest[end + 1:])
    print()
    sys.stdout.flush()
    os.write(1, dialogue.output)


main()
