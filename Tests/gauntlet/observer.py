"""What a subscriber of the broker knows: the retained states as they are now, and every event that came."""

import json
import threading
import time

import paho.mqtt.client as mqtt


class Observer:
    """A client of a real broker, never longer away than the broker itself."""

    def __init__(self, port):
        self.states = {}
        self.events = []
        self.broken = 0
        self.ready = threading.Event()
        self.lock = threading.Lock()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self.client.on_connect = self.connected
        self.client.on_disconnect = self.disconnected
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = self.heard
        self.client.reconnect_delay_set(min_delay=1, max_delay=1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def connected(self, client, *_):
        with self.lock:
            self.states = {}
        client.subscribe([("porchlight/#", 1), ("homeassistant/#", 1)])

    def disconnected(self, *_):
        self.ready.clear()
        # What nobody can read claims nothing.
        with self.lock:
            self.states = {}

    def heard(self, client, userdata, message):
        with self.lock:
            note(self.states, self.events, message.topic, message.payload)

    def snapshot(self):
        with self.lock:
            return dict(self.states), list(self.events)

    def close(self):
        self.client.loop_stop()
        self.client.disconnect()


class Overheard:
    """The same of a `LimitedBroker`, which remembers what it took: some of them pass nothing on."""

    def __init__(self, broker):
        self.broker = broker
        self.states = {}
        self.events = []
        self.taken = 0
        self.ready = threading.Event()
        self.ready.set()

    def snapshot(self):
        with self.broker.lock:
            new = self.broker.messages[self.taken :]
        self.taken += len(new)
        for topic, payload, *_ in new:
            note(self.states, self.events, topic, payload)
        return dict(self.states), list(self.events)

    def close(self):
        pass


def note(states, events, topic, payload):
    if topic.endswith("/event"):
        event = json.loads(payload)
        event["heard"] = time.monotonic()
        events.append(event)
    elif not topic.endswith("/image"):
        states[topic] = payload.decode(errors="replace")
