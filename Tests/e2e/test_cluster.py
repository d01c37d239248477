"""Two hundred boxes at a cluster of three brokers, of which one is killed and comes back: no event is missing, and no state is wrong.

By hand: `make test-cluster` installs RabbitMQ and HAProxy and runs it; some ten minutes. A name with several addresses is tried always."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from cluster import Balancer, Cluster, Hearer, Node, SimulatedBox, Template, retained
from conftest import PROGRAM, Broker, Daemon, Listener, clip, free_port, wait_for

BOXES = int(os.environ.get("PORCHLIGHT_CLUSTER_BOXES", "200"))
REAL = 3
#: Seconds before the kill, without the node, and with it again; and between two events of a box.
BEFORE, WITHOUT, AFTER, PACE = 20, 30, 30, 3.0
#: Of most boxes only what a house looks at is read back, of every tenth box everything.
LOOKED_AT = ("status", "person", "person/attributes", "enabled", "settings")

by_hand = pytest.mark.skipif(os.environ.get("PORCHLIGHT_CLUSTER") != "1", reason="by hand: make test-cluster")


def say(words):
    print(f"cluster: {words}", flush=True)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), Node.found())
    began = time.monotonic()
    try:
        cluster.start()
        say(f"three nodes of {Node.version(None)} are one cluster after {time.monotonic() - began:.0f} s")
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def balancer(cluster, tmp_path):
    balancer = Balancer(tmp_path, cluster)
    balancer.start()
    yield balancer
    balancer.close()


class Fleet:
    """Real boxes with the toy's clip behind the balancer, and simulated ones that are made after them."""

    def __init__(self, folder, toy, port, simulated_ports, hearing_port):
        self.real = []
        for number in range(REAL):
            place = folder / f"real-{number}"
            place.mkdir()
            door = type("Door", (), {"port": port})
            self.real.append(
                Daemon(place, door, {"door": clip(toy.clip, loop=True)}, toy.model, settings={"deviceId": f"real-{number}"})
            )
        listener = Listener(hearing_port, ["porchlight/real-0/#", "homeassistant/device/real-0/config"])
        for daemon in self.real:
            daemon.start()
        wait_for("a real box tells a visit", lambda: listener.events("ended"), 90)
        listener.close()
        self.template = Template(listener, "real-0")
        count = BOXES - REAL
        self.simulated = [
            SimulatedBox(number, self.template, simulated_ports[number % len(simulated_ports) :] + simulated_ports, PACE)
            for number in range(count)
        ]
        for box in self.simulated:
            box.start()

    def are_whole(self):
        return all(box.is_whole for box in self.simulated)

    def rest(self):
        """Nothing new happens, and everything is told."""
        for box in self.simulated:
            box.makes = False
        wait_for("every outbox is empty", lambda: not any(box.outbox for box in self.simulated), 120)
        wait_for("every state is told", self.are_whole, 30)

    def looked_at(self):
        """Topics with what is to be in them -> the port of the broker at which their box is."""
        found = {}
        for number, box in enumerate(self.simulated):
            for topic, payload in box.states.items():
                if number % 10 == 0 or topic.split(f"/{box.box}/")[1].removeprefix("processor/door/") in LOOKED_AT:
                    found[topic] = (payload, box.port)
        return found

    def close(self):
        for box in self.simulated:
            box.runs = False
        for daemon in self.real:
            daemon.kill()
        for box in self.simulated:
            box.join(5)


def lose_a_node(cluster, fleet, hearers):
    """The breakage: the first node is killed among events, and comes back."""
    wait_for("every box is there", fleet.are_whole, 120)
    say(f"{len(fleet.simulated)} simulated boxes with {len(fleet.template.states)} retained topics each, {REAL} real ones")
    wait_for("all who listen hear", lambda: all(hearer.is_connected for hearer in hearers), 30)
    time.sleep(BEFORE)
    cluster.nodes[0].kill()
    killed = time.monotonic()
    time.sleep(3)
    wait_for("every box has told every state again", fleet.are_whole, 90)
    say(f"a node is killed; {time.monotonic() - killed:.0f} s later every box has told its states to another one")
    time.sleep(max(0, killed + WITHOUT - time.monotonic()))
    began = time.monotonic()
    cluster.nodes[0].start()
    say(f"the node is back after {time.monotonic() - began:.0f} s")
    time.sleep(AFTER)
    fleet.rest()


def missing_and_copies(hearer, fleet):
    """Events that were made and not heard, events heard under two ids, and how many came once, twice, and more often."""
    heard = hearer.copies()
    made = [(box.box, seq) for box in fleet.simulated for seq in range(1, box.made + 1)]
    for number in range(REAL):
        numbers = sorted(seq for box, seq in heard if box == f"real-{number}")
        assert numbers, "real boxes are heard, too"
        made += [(f"real-{number}", seq) for seq in range(numbers[0], numbers[-1] + 1)]
    counts = [len(heard[event]) for event in made if event in heard]
    return (
        [event for event in made if event not in heard],
        [event for event, ids in heard.items() if len(set(ids)) > 1],
        (counts.count(1), counts.count(2), sum(count > 2 for count in counts)),
    )


def check_events(hearers, fleet):
    for hearer in hearers:
        deadline = time.monotonic() + 60
        while missing_and_copies(hearer, fleet)[0] and time.monotonic() < deadline:
            time.sleep(1)
        missing, confused, (once, twice, more) = missing_and_copies(hearer, fleet)
        say(f"{hearer.name} heard {once + twice + more} events: {once} once, {twice} twice, {more} more often, {len(missing)} never")
        assert not missing, "an event that nobody hears is a visitor whom nobody knows of"
        assert not confused, "what comes twice has the same id, so that a program can leave it out"
        if len(hearer.ports) == 1 and hearer.connections == 1:
            # Who loses the connection as well may be sent what it had not acknowledged once more.
            assert more == 0, "a box sends an event again for each connection that it lost, not more often"


def compare(port, expected):
    found = retained(port, expected)
    right = sum(found.get(topic) == payload for topic, (payload, _) in expected.items())
    return right, sum(topic not in found for topic in expected), [
        topic for topic, (payload, _) in expected.items() if topic in found and found[topic] != payload
    ]


@by_hand
def test_boxes_at_all_nodes_lose_no_event_and_each_node_knows_its_own_boxes(cluster, balancer, toy, tmp_path):
    ports = [node.port for node in cluster.nodes]
    hearers = [
        Hearer("stays at a node that lives", [ports[1]], ["porchlight/+/processor/+/event", "porchlight/+/status"]),
        Hearer("was at the killed node", [ports[0], ports[2]], ["porchlight/+/processor/+/event"]),
    ]
    for hearer in hearers:
        hearer.start()
    fleet = Fleet(tmp_path, toy, balancer.spread, ports, ports[1])
    try:
        lose_a_node(cluster, fleet, hearers)
        check_events(hearers, fleet)
        expected = fleet.looked_at()
        for number, port in enumerate(ports, 1):
            here = sum(at == port for _, at in expected.values())
            right, absent, stale = compare(port, expected)
            say(f"node {number} has {right} of {len(expected)} states right, {absent} not at all, {len(stale)} old; {here} are of its boxes")
            own = {topic: value for topic, value in expected.items() if value[1] == port}
            assert compare(port, own)[0] == len(own), "each node keeps the states of the boxes that are there"
        box = fleet.simulated[0]
        box.cut()
        wait_for("a box without power is told offline", lambda: hearers[0].last(f"{box.root}/status") == b"offline", 30)
    finally:
        fleet.close()
        for hearer in hearers:
            hearer.runs = False


@by_hand
def test_boxes_at_one_node_at_a_time_leave_every_state_whole_after_each_move(cluster, balancer, toy, tmp_path):
    hearers = [
        Hearer("stays at a node that lives", [cluster.nodes[1].port], ["porchlight/+/processor/+/event"]),
        Hearer("moves with the boxes", [balancer.main], ["porchlight/+/processor/+/event"]),
    ]
    for hearer in hearers:
        hearer.start()
    fleet = Fleet(tmp_path, toy, balancer.main, [balancer.main], cluster.nodes[1].port)
    try:
        lose_a_node(cluster, fleet, hearers)
        check_events(hearers, fleet)
        expected = fleet.looked_at()
        right, absent, stale = compare(balancer.main, expected)
        say(f"by the balancer {right} of {len(expected)} states are right, {absent} not there, {len(stale)} old")
        assert (absent, stale) == (0, []), "whoever comes now sees every box as it is"
        real = [topic.replace("/real-0/", f"/real-{number}/") for topic in fleet.template.states for number in range(REAL)]
        found = retained(balancer.main, real)
        assert set(real) == set(found), "and every state of the real boxes"
        assert all(found[f"porchlight/real-{number}/status"] == b"online" for number in range(REAL))
        say(f"all {len(real)} retained topics of the {REAL} real boxes are there")
        assert [box.connections for box in fleet.simulated].count(3) > 0.9 * len(fleet.simulated), "all moved away and back"
    finally:
        fleet.close()
        for hearer in hearers:
            hearer.runs = False


class BrokerAt(Broker):
    """A mosquitto at another address of the loopback network, on the port of its siblings."""

    def __init__(self, folder, address, port):
        super().__init__(folder)
        self.port = port
        self.address = address
        self.config.write_text(f"listener {port} {address}\nallow_anonymous true\npersistence false\n")

    def start(self):
        self.process = subprocess.Popen(["/usr/sbin/mosquitto", "-c", self.config], stderr=subprocess.DEVNULL)

    def states(self):
        """What is retained of the box, but for pictures."""
        command = ["mosquitto_sub", "-h", self.address, "-p", str(self.port), "-W", "1", "-F", "%t %p"]
        command += ["-t", "porchlight/test-box/#", "-T", "+/+/+/+/+/image"]
        lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
        return dict(line.split(" ", 1) for line in lines)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give the daemon a file of names")
def test_where_the_brokers_name_has_several_addresses_the_next_one_is_told_everything(toy, tmp_path, monkeypatch):
    """Else an owner of three brokers must have a balancer, or loses the house with the first of them."""
    port = free_port()
    brokers = []
    for number in (11, 12, 13):
        (tmp_path / str(number)).mkdir()
        brokers.append(BrokerAt(tmp_path / str(number), f"127.0.0.{number}", port))
    names = tmp_path / "hosts"
    names.write_text("".join(f"{broker.address} brokers.test\n" for broker in brokers) + Path("/etc/hosts").read_text())
    wrapper = tmp_path / "porchlight"
    wrapper.write_text(
        f"#!/bin/sh\nexec unshare -m sh -c 'mount --bind {names} /etc/hosts && exec {PROGRAM} \"$@\"' sh \"$@\"\n"
    )
    wrapper.chmod(0o755)
    monkeypatch.setattr("conftest.PROGRAM", wrapper)
    broker = {"mqtt": {"host": "brokers.test", "port": port}}
    daemon = Daemon(tmp_path, brokers[0], {"door": clip(toy.clip, loop=True)}, toy.model, settings=broker)
    try:
        for broker in brokers:
            broker.start()
        daemon.start()
        told = "porchlight/test-box/status"

        def holder():
            return next((broker for broker in brokers if broker.process and broker.states().get(told) == "online"), None)

        first = wait_for("one of them has the box", holder, 60)
        before = first.states()
        first.kill()
        second = wait_for("another one has it", holder, 30)
        assert second is not first
        assert set(second.states()) >= set(before), "a house that asks the second broker must find every state"
    finally:
        daemon.kill()
        for broker in brokers:
            broker.kill()
