"""A small broker on a loopback port whose limits a test sets: what many brokers of others cannot do, one at a time."""

import socket
import struct
import threading
import time


def encoded(number):
    out = bytearray()
    while True:
        number, digit = number >> 7, number & 127
        out.append(digit | (128 if number else 0))
        if not number:
            return bytes(out)


def packet(head, body):
    return bytes([head]) + encoded(len(body)) + body


def matches(topic_filter, topic):
    wanted, have = topic_filter.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(have) or level not in ("+", have[index]):
            return False
    return len(wanted) == len(have)


class Guest:
    """One connection."""

    def __init__(self, file):
        self.file = file
        self.is_version5 = False
        self.name = "?"
        self.filters = set()
        self.will = None

    def read(self, count):
        data = b""
        while len(data) < count:
            part = self.file.recv(count - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    def packet(self):
        head, length, shift = self.read(1)[0], 0, 0
        while True:
            digit = self.read(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                return head, Fields(self.read(length))

    def send(self, head, body):
        self.file.sendall(packet(head, body))


class Fields:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self):
        return self.take(1)[0]

    def word(self):
        return struct.unpack(">H", self.take(2))[0]

    def text(self):
        return self.take(self.word())

    def skip_properties(self):
        length, shift = 0, 0
        while True:
            digit = self.byte()
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                break
        self.take(length)

    def rest(self):
        return self.take(len(self.data) - self.at)


class LimitedBroker:
    """
    `version5`: True, False (refuses it as old brokers do), "silent" (hangs up on it) or "deaf" (waits).
    `properties`: of its CONNACK, as bytes. `max_qos`, `retains`: also refuses a will beyond them.
    `max_payload`: hangs up on longer ones. `deny`, `ignore`: prefixes of topics that it refuses, or never acknowledges.
    `hides`: passes nothing on. `connack`: sends this to MQTT 5 instead of a CONNACK of its own.
    """

    def __init__(self, version5=True, properties=b"", max_qos=2, retains=True, max_payload=None, deny=None, ignore=None, connack=None, hides=False):
        self.version5, self.properties, self.max_qos, self.retains = version5, properties, max_qos, retains
        self.max_payload, self.deny, self.ignore, self.connack = max_payload, deny, ignore, connack
        self.hides = hides
        if max_qos < 2:
            self.properties += bytes([0x24, max_qos])
        if not retains:
            self.properties += b"\x25\x00"
        self.retained = {}
        #: Each connection that was accepted as (client id, MQTT version).
        self.accepted = []
        #: (topic, payload, QoS, retained) of each message, in order.
        self.messages = []
        self.pings = 0
        self.lock = threading.Lock()
        self.guests = set()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.welcome, daemon=True).start()

    def close(self):
        self.door.close()
        for guest in list(self.guests):
            guest.file.close()

    def last(self, ending):
        with self.lock:
            found = [payload for topic, payload, *_ in self.messages if topic.endswith(ending)]
        return found[-1].decode() if found else None

    def welcome(self):
        while True:
            try:
                file, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(Guest(file),), daemon=True).start()

    def serve(self, guest):
        try:
            if self.connected(guest):
                while self.heed(guest, *guest.packet()):
                    pass
        except (OSError, ConnectionError):
            pass
        finally:
            self.guests.discard(guest)
            guest.file.close()
            if guest.will:
                self.deliver(*guest.will)

    def connected(self, guest):
        _, fields = guest.packet()
        fields.text()
        level, flags = fields.byte(), fields.byte()
        guest.is_version5 = level == 5
        fields.word()
        if guest.is_version5:
            fields.skip_properties()
        guest.name = fields.text().decode()
        will = None
        if flags & 4:
            if guest.is_version5:
                fields.skip_properties()
            will = (fields.text().decode(), fields.text())
        if guest.is_version5 and self.version5 is not True:
            if self.version5 is False:
                guest.send(0x20, b"\x00\x01")
            if self.version5 == "deaf":
                guest.file.recv(1)
            return False
        if guest.is_version5 and self.connack is not None:
            guest.file.sendall(self.connack)
            time.sleep(0.2)
            return False
        if guest.is_version5 and flags & 4 and (flags >> 3 & 3) > self.max_qos:
            return guest.send(0x20, b"\x00\x9b\x00")
        if guest.is_version5 and flags & 4 and flags & 32 and not self.retains:
            return guest.send(0x20, b"\x00\x9a\x00")
        properties = encoded(len(self.properties)) + self.properties if guest.is_version5 else b""
        guest.send(0x20, b"\x00\x00" + properties)
        guest.will = will
        with self.lock:
            self.accepted.append((guest.name, level))
        self.guests.add(guest)
        return True

    def heed(self, guest, head, fields):
        """False when the connection is to end."""
        kind = head >> 4
        if kind == 3:
            return self.publish(guest, head, fields)
        if kind == 8:
            number, codes, new = fields.take(2), b"", []
            if guest.is_version5:
                fields.skip_properties()
            while fields.at < len(fields.data):
                new.append(fields.text().decode())
                fields.byte()
                codes += bytes([min(1, self.max_qos)])
            guest.filters.update(new)
            guest.send(0x90, number + (b"\x00" if guest.is_version5 else b"") + codes)
            for topic, payload in list(self.retained.items()):
                if any(matches(each, topic) for each in new):
                    self.send(guest, topic, payload, 1)
        elif kind == 12:
            self.pings += 1
            guest.send(0xD0, b"")
        elif kind == 14:
            guest.will = None
            return False
        return True

    def publish(self, guest, head, fields):
        quality, is_retained, topic = head >> 1 & 3, head & 1, fields.text().decode()
        number = fields.take(2) if quality else b""
        if guest.is_version5:
            fields.skip_properties()
        payload = fields.rest()
        if quality > self.max_qos or (is_retained and not self.retains) and guest.is_version5:
            return False
        if self.max_payload and len(payload) > self.max_payload:
            return False
        if self.ignore and topic.startswith(self.ignore):
            return True
        is_denied = bool(self.deny and topic.startswith(self.deny))
        if quality:
            guest.send(0x40, number + (b"\x87\x00" if is_denied and guest.is_version5 else b""))
        if is_denied:
            return True
        with self.lock:
            self.messages.append((topic, payload, quality, is_retained))
        if is_retained and self.retains:
            self.retained[topic] = payload
            if not payload:
                del self.retained[topic]
        self.deliver(topic, payload)
        return True

    def deliver(self, topic, payload):
        if self.hides:
            return
        for guest in list(self.guests):
            if any(matches(each, topic) for each in guest.filters):
                try:
                    self.send(guest, topic, payload, 0)
                except OSError:
                    pass

    @staticmethod
    def send(guest, topic, payload, is_retained):
        name = topic.encode()
        properties = b"\x00" if guest.is_version5 else b""
        guest.send(0x30 | is_retained, struct.pack(">H", len(name)) + name + properties + payload)
