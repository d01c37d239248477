"""A TCP door in front of a broker, as a container has one: it can be open, shut, mute, or open with nobody behind."""

import socket
import threading


class Door:
    """`mode`: "open" passes everything on, "shut" refuses, "mute" takes connections and says nothing, "hollow" takes them and
    hangs up at once."""

    def __init__(self, port):
        self.target = port
        self.mode = "open"
        self.pairs = set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.welcome, daemon=True).start()

    def set(self, mode):
        self.mode = mode
        if mode == "shut":
            # Wakes whoever waits in accept(2), which a close does not.
            finish(self.listener)
            self.hang_up()
        if mode == "open" and self.listener.fileno() < 0:
            self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
            threading.Thread(target=self.welcome, daemon=True).start()
        if mode in ("open", "hollow"):
            self.hang_up()

    def hang_up(self):
        with self.lock:
            pairs, self.pairs = self.pairs, set()
        for file in pairs:
            finish(file)

    def welcome(self):
        listener = self.listener
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.pairs.add(near)
            if self.mode == "hollow":
                finish(near)
            elif self.mode == "open":
                self.join(near)

    def join(self, near):
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            return finish(near)
        far.settimeout(None)
        with self.lock:
            self.pairs.add(far)
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self.pump, args=(source, target), daemon=True).start()

    def pump(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        finish(source)
        finish(target)
        with self.lock:
            self.pairs -= {source, target}

    def close(self):
        finish(self.listener)
        self.hang_up()


def finish(file):
    try:
        file.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    file.close()
