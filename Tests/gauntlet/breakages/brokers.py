"""What brokers do."""

import signal

from limited_broker import LimitedBroker

from . import Breakage


def limited(**limits):
    return lambda _: LimitedBroker(**limits)


def killed(world):
    world.expect_name("refused|away|closed|unreachable|connect")
    world.kill_broker()
    world.visit(seconds=8)
    world.wait_for_name()
    world.start_broker()
    world.sleep(5)


def killed_often(world):
    for _ in range(4):
        world.kill_broker()
        world.visit(seconds=6)
        world.start_broker()
        world.sleep(6)


def frozen(world):
    world.expect_name("silent|does not answer|did not answer")
    world.set(broker_works=False)
    world.broker.process.send_signal(signal.SIGSTOP)
    world.visit(seconds=8)
    world.wait_for_name()
    world.sleep(12)
    world.broker.process.send_signal(signal.SIGCONT)
    world.set(broker_works=True)
    world.sleep(10)


def door(name, mode, done, names):
    def play(world):
        world.set(broker_works=False)
        world.expect_name(names)
        world.door.hang_up()
        world.door.set(mode)
        world.visit(seconds=8)
        world.wait_for_name()
        world.door.set("open")
        world.set(broker_works=True)

    return Breakage(name, "broker", done, play, names)


def from_start(name, done, names, **limits):
    """A broker that is so from the beginning; visits come and are told as far as it goes."""

    def play(world):
        if names:
            world.expect_name(names)
        world.visit(seconds=10)
        if names:
            world.wait_for_name()

    return Breakage(name, "broker", done, play, names, broker=limited(**limits), from_start=True)


ROWS = [
    Breakage("broker killed", "broker", "killed, and back after a visit", killed, "refused|away|closed|unreachable|connect"),
    Breakage("broker killed four times", "broker", "four visits, each while it is dead", killed_often),
    Breakage("broker frozen", "broker", "SIGSTOP for 30 s", frozen, "silent|does not answer|did not answer"),
    door("broker's container starts", "hollow", "its port takes connections and hangs up at once", "hung up|closed|answer"),
    door("port that says nothing", "mute", "its port takes connections and never answers", "answer|silent"),
    from_start("no retained messages", "as some cloud brokers", "retained", retains=False),
    from_start("QoS 0 only", "as some small brokers", "QoS 0", max_qos=0),
    from_start("MQTT 3.1.1 only", "refuses MQTT 5", None, version5=False),
    from_start("hangs up on MQTT 5", "without a word", None, version5="silent"),
    from_start("small packets, told", "20,000 bytes at most, and says so", "too large", properties=b"\x27\x00\x00\x4e\x20"),
    from_start("small packets, not told", "hangs up on more than 12,000 bytes", "too large", max_payload=12000),
    from_start("topics forbidden", "no rights below homeassistant/", "not authorized", deny="homeassistant/"),
    from_start("never acknowledges a topic", "homeassistant/ is swallowed", "acknowledge", ignore="homeassistant/"),
    from_start("passes nothing on", "write-only rights: commands never arrive", "come back", hides=True),
]
