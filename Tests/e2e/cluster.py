"""A cluster of RabbitMQ on this machine, the balancer in front of it, and boxes that speak MQTT as the daemon does."""

import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time

import paho.mqtt.client as mqtt
from conftest import ROOT, free_port, wait_for
from real_brokers import RabbitMQ

#: As in Sources/Publish/LinkPace.swift: the pauses between attempts, and how long an acknowledged event may still be lost.
FIRST_PAUSE, LONGEST_PAUSE, BELIEF = 1.0, 15.0, 2.0
#: As in Sources/Publish/Deliveries.swift: messages on their way.
WINDOW = 16


class Node(RabbitMQ):
    """One node. All have one port mapper and one folder with the cookie by which they know each other."""

    def __init__(self, folder, program, cluster, number):
        super().__init__(folder, program)
        self.cluster = cluster
        self.mapper = cluster.mapper
        self.name = f"porchlight{number}_{self.port}@localhost"

    def command(self):
        (self.folder / "plugins").write_text("[rabbitmq_mqtt].\n")
        nodes = "".join(
            f"cluster_formation.classic_config.nodes.{number} = {node.name}\n"
            for number, node in enumerate(self.cluster.nodes, 1)
        )
        (self.folder / "rabbit.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.ports[0]}\nmqtt.listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "mqtt.allow_anonymous = true\nlog.console = true\nlog.file = false\ncluster_formation.peer_discovery_backend = classic_config\n"
            + nodes
            + documented("ini")
        )
        return [self.path]

    def environment(self):
        return {**super().environment(), "HOME": str(self.cluster.folder), "RABBITMQ_NODENAME": self.name}

    def kill(self):
        """As a power cut does; the port mapper stays for the others."""
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


class Cluster:
    """Three nodes. What it starts it ends, and nothing else."""

    def __init__(self, folder, program):
        self.folder = folder
        self.mapper = free_port()
        self.nodes = []
        for number in (1, 2, 3):
            (folder / f"node{number}").mkdir()
            self.nodes.append(Node(folder / f"node{number}", program, self, number))

    def start(self):
        for node in self.nodes:
            node.start()
        wait_for("the nodes have found each other", lambda: len(self.running()) == 3, 60)

    def running(self):
        """Names of the nodes that the second one sees."""
        node = self.nodes[1]
        command = ["/usr/lib/rabbitmq/bin/rabbitmqctl", "-n", node.name, "eval", "rabbit_nodes:all_running()."]
        answer = subprocess.run(command, env={**os.environ, **node.environment()}, capture_output=True, text=True)
        return re.findall(r"porchlight\d_\d+@localhost", answer.stdout)

    def close(self):
        for node in self.nodes:
            node.kill()
        if mapper := shutil.which("epmd"):
            subprocess.run([mapper, "-port", str(self.mapper), "-kill"], capture_output=True)


def documented(language):
    """The block of docs/cluster.md in that language: what the page says is what is tried."""
    return re.search(rf"```{language}\n(.*?)```", (ROOT / "docs/cluster.md").read_text(), re.DOTALL)[1]


class Balancer:
    """HAProxy with the page's config. `main` passes everybody to one node, the others are in reserve; `spread` uses all."""

    program = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")

    def __init__(self, folder, cluster):
        self.main, self.spread = free_port(), free_port()
        text = documented("haproxy").replace(":1883\n", f"127.0.0.1:{self.main}\n", 1)
        for number, node in enumerate(cluster.nodes, 1):
            text = text.replace(f"192.0.2.{number}:1883", f"127.0.0.1:{node.port}")
        alike = text[text.index("listen mqtt") :].replace(" backup", "").replace("listen mqtt", "listen spread")
        self.config = folder / "haproxy.cfg"
        self.config.write_text(text + "\n" + alike.replace(f":{self.main}\n", f":{self.spread}\n"))
        self.log = folder / "haproxy.log"

    def start(self):
        command = [self.program, "-db", "-f", str(self.config)]
        self.process = subprocess.Popen(command, stdout=self.log.open("ab"), stderr=subprocess.STDOUT)

    def close(self):
        self.process.kill()
        self.process.wait()


class Template:
    """What one real box publishes: every retained topic with what was last in it, and an event."""

    PASSING = re.compile(r"/(event|result|check)$|/(streams|notifications)/")

    def __init__(self, listener, box):
        self.box = box
        self.states, self.event = {}, None
        for _, topic, payload, _ in list(listener.messages):
            if topic.endswith("/event"):
                self.event = json.loads(payload)
            elif not self.PASSING.search(topic) and payload and f"/{box}/" in topic:
                self.states[topic] = payload

    def of(self, box):
        """The same of another box, in the order in which the daemon greets: states, discovery, `status`, pictures."""

        def renamed(topic, payload):
            if payload.startswith(b"\xff\xd8"):
                return payload
            return payload.replace(self.box.encode(), box.encode())

        def rank(topic):
            return ["status", "image"].index(end) + 1 if (end := topic.split("/")[-1]) in ("status", "image") and (
                end == "image" or topic.count("/") == 2
            ) else 0

        states = {
            topic.replace(f"/{self.box}/", f"/{box}/"): renamed(topic, payload) for topic, payload in self.states.items()
        }
        return dict(sorted(states.items(), key=lambda item: rank(item[0])))


class Entry:
    """An event that waits, is on its way, or is acknowledged and not believed yet."""

    def __init__(self, seq, payload):
        self.seq, self.payload = seq, payload
        self.packet = self.acknowledged = None


class SimulatedBox(threading.Thread):
    """Greets a broker as the daemon does, keeps its states there, and sends each event until it is believed to be passed on."""

    def __init__(self, number, template, ports, pace):
        self.box = f"simulated-{number:03}"
        super().__init__(name=self.box, daemon=True)
        self.ports = collections.deque(ports)
        self.pace = pace
        self.states = template.of(self.box)
        self.sample = template.event
        self.root = f"porchlight/{self.box}"
        self.processor = f"{self.root}/processor/{self.sample['processor']}"
        self.made = self.sent = self.connections = 0
        self.outbox = []
        self.makes = self.runs = True
        #: The port of the broker that has taken us, and whether it has every state.
        self.port, self.is_whole = None, False
        self.next_event = time.monotonic() + random.random() * pace

    def live(self):
        """Somebody comes, somebody goes: an event for the outbox. Returns the states that tell of it."""
        if not self.makes or time.monotonic() < self.next_event:
            return {}
        self.next_event += self.pace
        self.made += 1
        comes = self.made % 2 == 1
        event = {
            **self.sample, "id": f"{self.box}-{(self.made + 1) // 2}", "seq": self.made,
            "phase": "started" if comes else "ended", "count": int(comes),
        }
        self.outbox.append(Entry(self.made, json.dumps(event).encode()))
        state = f"{self.processor}/{event['event_type']}"
        change = {
            state: b"ON" if comes else b"OFF",
            f"{state}/attributes": json.dumps({"count": int(comes), "seq": self.made}).encode(),
        }
        self.states.update(change)
        return change

    def run(self):
        pause = FIRST_PAUSE
        while self.runs:
            if self.connect_once():
                pause = FIRST_PAUSE
            else:
                self.ports.rotate(-1)
            self.port, self.is_whole = None, False
            end = time.monotonic() + pause * random.uniform(0.8, 1.2)
            while self.runs and time.monotonic() < end:
                self.live()
                time.sleep(0.2)
            pause = min(2 * pause, LONGEST_PAUSE)

    def connect_once(self):
        """One connection, until it is lost. False when the broker did not take us."""
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=self.box, clean_session=True)
        client.will_set(f"{self.root}/status", "offline", 1, True)
        client.max_inflight_messages_set(WINDOW)
        answers, acknowledged = [], set()
        client.on_connect = lambda client, _, __, code, *___: answers.append(not code.is_failure)
        client.on_publish = lambda client, _, number, *__: acknowledged.add(number)
        self.client = client
        try:
            client.connect("127.0.0.1", self.ports[0], keepalive=10)
        except OSError:
            return False
        limit = time.monotonic() + 10
        while not answers and time.monotonic() < limit:
            self.live()
            if client.loop(0.2) != mqtt.MQTT_ERR_SUCCESS:
                return False
        if answers != [True]:
            return False
        self.connections += 1
        self.port = self.ports[0]
        for entry in self.outbox:
            entry.packet = entry.acknowledged = None
        pending = {self.tell(topic, payload) for topic, payload in self.states.items()}
        while self.runs:
            pending |= {self.tell(topic, payload) for topic, payload in self.live().items()}
            pending -= acknowledged
            self.is_whole = not pending
            self.send_events(acknowledged)
            acknowledged.clear()
            if client.loop(0.3) != mqtt.MQTT_ERR_SUCCESS:
                break
        return True

    def tell(self, topic, payload):
        return self.client.publish(topic, payload, qos=1, retain=True).mid

    def send_events(self, acknowledged):
        """Oldest first, after the states; what is acknowledged leaves the outbox once it is believed."""
        now = time.monotonic()
        for entry in self.outbox:
            if entry.packet in acknowledged:
                entry.acknowledged = now
        self.outbox = [entry for entry in self.outbox if entry.acknowledged is None or now - entry.acknowledged < BELIEF]
        flying = sum(entry.packet is not None and entry.acknowledged is None for entry in self.outbox)
        for entry in self.outbox:
            if self.is_whole and entry.packet is None and flying < WINDOW:
                entry.packet = self.client.publish(f"{self.processor}/event", entry.payload, qos=1).mid
                self.sent += 1
                flying += 1

    def cut(self):
        """As a power cut does: no DISCONNECT, so that the broker tells the last will."""
        self.runs = False
        self.join(5)
        self.client.socket().close()


class Hearer(threading.Thread):
    """A subscriber with a session of its own, which the cluster keeps while it is away."""

    def __init__(self, name, ports, filters):
        super().__init__(name=name, daemon=True)
        self.ports = collections.deque(ports)
        self.messages = []
        self.connections = 0
        self.is_connected = False
        self.runs = True
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self.client.on_connect = self.subscribe
        self.client.on_subscribe = self.subscribed
        self.client.on_message = lambda _, __, message: self.messages.append((time.monotonic(), message.topic, message.payload))
        self.filters = filters

    def subscribe(self, client, _, __, code, *___):
        if not code.is_failure:
            client.subscribe([(each, 1) for each in self.filters])

    def subscribed(self, *_):
        self.connections += 1
        self.is_connected = True

    def run(self):
        while self.runs:
            try:
                self.client.connect("127.0.0.1", self.ports[0], keepalive=10)
                while self.runs and self.client.loop(0.5) == mqtt.MQTT_ERR_SUCCESS:
                    pass
            except OSError:
                pass
            self.is_connected = False
            self.ports.rotate(-1)
            time.sleep(1)

    def copies(self):
        """How often each event was heard: (box, seq) -> its ids, one for each time."""
        found = collections.defaultdict(list)
        for _, topic, payload in list(self.messages):
            if topic.endswith("/event"):
                event = json.loads(payload)
                found[topic.split("/")[1], event["seq"]].append(event["id"])
        return found

    def last(self, topic):
        return next((payload for _, heard, payload in reversed(self.messages) if heard == topic), None)


def retained(port, topics, seconds=60):
    """What somebody who comes now finds on exactly these topics: RabbitMQ keeps nothing for wildcards."""
    found, waiting = {}, set()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"reader-{port}-{random.random()}")
    client.on_message = lambda _, __, message: message.retain and found.update({message.topic: message.payload})
    client.on_subscribe = lambda _, __, number, *___: waiting.discard(number)
    client.connect("127.0.0.1", port, keepalive=30)
    client.loop_start()
    try:
        wait_for("the broker takes the reader", client.is_connected, 20)
        topics = list(topics)
        for start in range(0, len(topics), 100):
            _, number = client.subscribe([(topic, 1) for topic in topics[start : start + 100]])
            waiting.add(number)
            wait_for("the reader is subscribed", lambda: not waiting, seconds)
        # What is kept comes behind the answer.
        seen = -1
        while len(found) != seen:
            seen = len(found)
            time.sleep(2)
        return found
    finally:
        client.disconnect()
        client.loop_stop()
