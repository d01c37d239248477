"""Brokers of others, each started on a loopback port with a folder of its own. What is not installed is not tried."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import paho.mqtt.client as mqtt
from conftest import free_port, wait_for

SBIN = os.environ["PATH"] + ":/usr/sbin:/usr/lib/rabbitmq/bin"
#: Further mosquittos, as paths with colons between them: other versions than the one that is installed.
MOSQUITTOS = [path for path in os.environ.get("PORCHLIGHT_MOSQUITTOS", "").split(":") if path]


class RealBroker:
    """A program that speaks MQTT. A kind says how its program is found, told what to do and asked for its version."""

    program = ""
    #: MQTT 5, retained messages also for filters with wildcards, and how long it may take to start.
    speaks_version5 = True
    keeps_retained_for_filters = True
    starts_within = 20.0

    def __init__(self, folder, program):
        self.folder = folder
        self.path = program
        self.port = free_port()
        self.process = None
        self.log = folder / "broker.log"

    @classmethod
    def found(cls):
        return shutil.which(cls.program, path=SBIN)

    @classmethod
    def version(cls, program):
        """The line in which the program tells its version."""
        return first_line([program, "--version"])

    def command(self):
        """Its arguments; writes the files that it reads."""
        raise NotImplementedError

    def environment(self):
        return {}

    def start(self):
        self.process = subprocess.Popen(
            [str(word) for word in self.command()],
            env={**os.environ, **self.environment()},
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        wait_for("the broker answers", self.answers, self.starts_within)

    def answers(self):
        """A client is welcome; an open port alone says little."""
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-2000:]
        welcome = []
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        client.on_connect = lambda client, _, __, code, *___: welcome.append(not code.is_failure)
        try:
            client.connect("127.0.0.1", self.port, keepalive=10)
        except OSError:
            return False
        deadline = time.monotonic() + 1
        while not welcome and time.monotonic() < deadline:
            client.loop(0.1)
        client.disconnect()
        return bool(welcome and welcome[0])

    def signal(self, number):
        os.killpg(self.process.pid, number)

    def kill(self):
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


def first_line(command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    return next(iter((result.stdout + result.stderr).splitlines()), "?").strip()


class Mosquitto(RealBroker):
    program = "mosquitto"

    @classmethod
    def version(cls, program):
        return first_line([program, "-h"])

    def command(self):
        config = self.folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        return [self.path, "-c", config]


class Nats(RealBroker):
    program = "nats-server"
    speaks_version5 = False

    def command(self):
        config = self.folder / "nats.conf"
        config.write_text(
            f"server_name: test\nlisten: 127.0.0.1:{free_port()}\njetstream {{ store_dir: '{self.folder}/nats' }}\n"
            f"mqtt {{ host: 127.0.0.1, port: {self.port} }}\n"
        )
        return [self.path, "-c", config]


class Amqtt(RealBroker):
    program = "amqtt"
    speaks_version5 = False

    @classmethod
    def found(cls):
        beside = Path(sys.executable).with_name(cls.program)
        return str(beside) if beside.exists() else super().found()

    @classmethod
    def version(cls, program):
        python = Path(program).with_name("python")
        return "amqtt " + first_line([python, "-c", "import importlib.metadata as m; print(m.version('amqtt'))"])

    def command(self):
        config = self.folder / "amqtt.yaml"
        config.write_text(
            f"listeners:\n  default:\n    type: tcp\n    bind: 127.0.0.1:{self.port}\n    max_connections: 50\n"
            "plugins:\n  amqtt.plugins.authentication.AnonymousAuthPlugin:\n    allow_anonymous: true\n"
        )
        return [self.path, "-c", config]


class RabbitMQ(RealBroker):
    """Its Erlang node and port mapper are its own, so that one that runs here already is left alone."""

    program = "rabbitmq-server"
    speaks_version5 = False
    keeps_retained_for_filters = False
    starts_within = 180.0

    @classmethod
    def found(cls):
        # The one in sbin is for the user rabbitmq and its folders.
        return shutil.which(cls.program, path="/usr/lib/rabbitmq/bin")

    @classmethod
    def version(cls, program):
        return "RabbitMQ " + first_line(["dpkg-query", "-W", "-f=${Version}", "rabbitmq-server"])

    def __init__(self, folder, program):
        super().__init__(folder, program)
        self.mapper = free_port()
        self.ports = (free_port(), free_port())

    def command(self):
        (self.folder / "plugins").write_text("[rabbitmq_mqtt].\n")
        (self.folder / "rabbit.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.ports[0]}\nmqtt.listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "mqtt.allow_anonymous = true\nlog.console = true\nlog.file = false\n"
        )
        return [self.path]

    def environment(self):
        place = str(self.folder / "rabbit")
        return {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"porchlight{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self.ports[1]),
            "RABBITMQ_MNESIA_BASE": place,
            "RABBITMQ_LOG_BASE": place,
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbit.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "ERL_EPMD_PORT": str(self.mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # Else it does not end while it still knows a node.
            "ERL_EPMD_RELAXED_COMMAND_CHECK": "1",
        }

    def kill(self):
        super().kill()
        # The port mapper leaves the group and would stay.
        mapper = shutil.which("epmd")
        if mapper:
            subprocess.run([mapper, "-port", str(self.mapper), "-kill"], capture_output=True)


KINDS = [Mosquitto, Nats, Amqtt, RabbitMQ]


def rows():
    """(kind, program) of each broker that can be tried here, and each kind that cannot as (kind, None)."""
    found = [(kind, kind.found()) for kind in KINDS]
    return found + [(Mosquitto, path) for path in MOSQUITTOS]
