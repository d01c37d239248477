"""porchlight notify as a service: a real broker, and servers that play ntfy, a webhook, Telegram and a mail server."""

import base64
import email
import email.policy
import http.server
import json
import os
import signal
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import PROGRAM, clip, free_port, wait_for

NOTIFY = [PROGRAM, "notify"]
BOX = "porchlight/test-box"
PICTURE = b"\xff\xd8" + bytes(range(256)) * 600 + b"\xff\xd9"
SECRETS = {"token": "tk_very-secret", "telegram": "123456:very-secret", "mail": "mail very secret"}


class Server:
    """HTTP on a loopback port. `answers` are given one after the other, then 200: a status, or status and headers, or
    "hang"."""

    def __init__(self, answers=(), certificate=None, port=0):
        self.requests = []
        self.answers = list(answers)
        self.released = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.requests.append((time.monotonic(), self.command, self.path, self.headers, body))
                answer = server.answers.pop(0) if server.answers else 200
                if answer == "hang":
                    server.released.wait(60)
                    return
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                text = json.dumps({"ok": status == 200, "said": self.headers.get("Authorization"), "path": self.path}).encode()
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_port
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        threading.Thread(target=self.http.serve_forever, args=[0.05], daemon=True).start()

    def close(self):
        self.released.set()
        self.http.shutdown()
        self.http.server_close()

    @property
    def told(self):
        return [json.loads(body) for _, _, _, _, body in self.requests]


class MailServer:
    """SMTP with STARTTLS and a login."""

    def __init__(self, certificate):
        self.mails = []
        mails = self.mails
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.connection, self.is_safe, self.user = self.request, False, None
                self.file = self.connection.makefile("rb")
                self.say("220 test")
                while line := self.file.readline():
                    if not self.obey(line.decode().strip()):
                        return

            def say(self, text):
                self.connection.sendall(text.encode() + b"\r\n")

            def obey(self, line):
                word = line.upper()
                if word.startswith("EHLO"):
                    self.say("250-test\r\n250 AUTH PLAIN" if self.is_safe else "250-test\r\n250 STARTTLS")
                elif word == "STARTTLS":
                    self.say("220 go")
                    try:
                        self.connection = context.wrap_socket(self.connection, server_side=True)
                    except (ssl.SSLError, OSError):
                        return False
                    self.file, self.is_safe = self.connection.makefile("rb"), True
                elif word.startswith("AUTH PLAIN"):
                    text = line.split()[2] if len(line.split()) > 2 else self.ask()
                    self.user = base64.b64decode(text).decode().split("\0")[1:]
                    self.say("235 welcome" if self.user == ["box", SECRETS["mail"]] else "535 no")
                elif word == "DATA":
                    self.say("354 go")
                    lines = list(iter(self.file.readline, b".\r\n"))
                    mails.append((self.is_safe, self.user, b"".join(lines)))
                    self.say("250 taken")
                elif word == "QUIT":
                    self.say("221 bye")
                    return False
                else:
                    self.say("250 well")
                return True

            def ask(self):
                self.say("334 ")
                return self.file.readline().decode().strip()

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A function: names to a file with a certificate for them and its key; the file is its own authority."""
    folder = tmp_path_factory.mktemp("certificates")

    def make(names):
        path = folder / (names.replace(":", "-").replace("*", "-") + ".pem")
        options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        subject = ["-subj", "/CN=test", "-addext", f"subjectAltName={names}", "-keyout", path, "-out", f"{path}.crt"]
        subprocess.run(["openssl", "req", *options, *subject], check=True, capture_output=True)
        with path.open("a") as file:
            file.write(Path(f"{path}.crt").read_text())
        return path

    return make


class Notify:
    """One porchlight notify with its config, storage and log."""

    def __init__(self, folder, broker):
        self.folder = folder
        self.broker = broker
        self.storage = folder / "notify"
        self.storage.mkdir()
        self.config = folder / "notify.json"
        self.log = folder / "notify.log"
        self.process = None
        for name, secret in SECRETS.items():
            (folder / name).write_text(secret + "\n")

    def set(self, targets, **others):
        settings = {"deviceId": "test-box", "mqtt": {"host": "127.0.0.1", "port": self.broker.port}}
        settings |= {"storage": {"directory": str(self.storage)}, "log": {"level": "debug"}, "targets": targets}
        settings |= {"wait": {"pictureSeconds": 1}, **others}
        self.config.write_text(json.dumps(settings))

    def start(self, **environment):
        self.process = subprocess.Popen(
            [*NOTIFY, "run", "--config", self.config],
            env={**os.environ, **environment}, stdout=self.log.open("ab"), stderr=subprocess.STDOUT,
        )  # fmt: skip

    def kill(self, how=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(10)

    def run(self, *arguments):
        return subprocess.run(
            [*NOTIFY, *arguments, "--config", self.config], capture_output=True, text=True, timeout=60
        )


@pytest.fixture
def notify(tmp_path, broker):
    notify = Notify(tmp_path, broker)
    yield notify
    notify.kill()
    print(notify.log.read_text(errors="replace")[-6000:] if notify.log.exists() else "")


@pytest.fixture
def serve():
    """Starts servers and closes them."""
    servers = []

    def start(*arguments, kind=Server, **options):
        servers.append(kind(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def webhook(server, **others):
    return {"kind": "webhook", "url": f"http://127.0.0.1:{server.port}/hook", **others}


def event(visit, phase="started", ago=0.0, **others):
    moment = (datetime.now(timezone.utc) - timedelta(seconds=ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": visit, "phase": phase, "event_type": "person", "label": "PERSON", "processor": "door", "camera": "door",
        "confidence": 87.4, "time": moment, "since": moment, "timeQuality": "synchronized", "replayed": False, **others,
    }  # fmt: skip


def tell(listener, *events, picture=None):
    for each in events:
        listener.publish(f"{BOX}/processor/door/event", json.dumps(each))
    if picture:
        listener.publish(f"{BOX}/processor/door/person/image", picture, retain=True)


def online(listener):
    wait_for("it listens", lambda: json.loads(listener.last("notify/status") or "{}").get("online"))


def status(listener, target):
    return json.loads(listener.last("notify/status"))["targets"][target]


def test_each_target_hears_of_a_visit_once_with_its_picture_and_nobody_hears_a_secret(
    notify, serve, listener, certificate
):
    ntfy, hook, telegram = serve(), serve(), serve()
    pem = certificate("DNS:localhost")
    mail = serve(pem, kind=MailServer)
    where, file = "http://127.0.0.1:{}", lambda name: str(notify.folder / name)
    notify.set(
        {
            "phone": {"kind": "ntfy", "url": where.format(ntfy.port) + "/door", "tokenFile": file("token")},
            "house": webhook(hook, tokenFile=file("token")),
            "family": {
                "kind": "telegram", "url": where.format(telegram.port), "tokenFile": file("telegram"), "chatId": -42,
            },
            "mailbox": {
                "kind": "email", "host": "localhost", "port": mail.port, "username": "box", "caFile": str(pem),
                "passwordFile": file("mail"), "from": "box@example.org", "to": ["anna@example.org"],
            },
        }
    )  # fmt: skip
    notify.start()
    online(listener)
    tell(listener, event("v1", camera="Tür"), event("v1", "updated"), picture=PICTURE)
    tell(listener, event("v1"), event("v1", "ended"), event("v1", "updated", replayed=True))
    wait_for("all are told", lambda: ntfy.requests and hook.requests and telegram.requests and mail.mails)
    words = (Path(f"/proc/{notify.process.pid}/cmdline").read_bytes() + Path(f"/proc/{notify.process.pid}/environ").read_bytes()).decode()
    tell(listener, event("v2", event_type="pet"))
    wait_for("the second", lambda: len(hook.requests) == 2 and len(mail.mails) == 2 and len(telegram.requests) == 2)
    assert [body["id"] for body in hook.told] == ["v1", "v2"]

    _, _, path, headers, body = ntfy.requests[0]
    assert (path, headers["Title"], body) == ("/door", "Person at door", PICTURE)
    assert headers["Authorization"] == "Bearer " + SECRETS["token"]
    assert headers["Message"].endswith("87 %") and headers["Filename"] == "person.jpg"
    first = hook.told[0]
    assert base64.b64decode(first["picture"]) == PICTURE and first["camera"] == "Tür"
    assert hook.told[1]["picture"] is None
    _, _, path, _, body = telegram.requests[0]
    assert path == f"/bot{SECRETS['telegram']}/sendPhoto" and PICTURE in body and b"-42" in body
    is_safe, user, text = mail.mails[0]
    assert is_safe and user == ["box", SECRETS["mail"]]
    message = email.message_from_bytes(text, policy=email.policy.default)
    assert message["Subject"] == "Person at door"
    parts = list(message.walk())
    assert any(part.get_content_type() == "image/jpeg" and part.get_payload(decode=True) == PICTURE for part in parts)

    wait_for("it counts", lambda: all(status(listener, name)["sent"] == 2 for name in ("phone", "house", "family", "mailbox")))
    words += notify.log.read_text() + listener.last("notify/status") + (notify.storage / "queue.json").read_text()
    assert not [secret for secret in SECRETS.values() if secret in words]
    assert not list(notify.storage.glob("picture-*"))


def test_a_real_box_and_a_clip_a_person_is_told_with_the_picture_that_the_box_drew(launch, toy, listener, notify, serve):
    hook = serve()
    notify.set({"house": webhook(hook)}, visits={"labels": ["PERSON"]}, wait={"pictureSeconds": 5})
    notify.start()
    online(listener)
    launch(toy, {"door": clip(toy.clip)})
    wait_for("the person is told", lambda: hook.requests, 40)
    wait_for("the pet has come", lambda: any(e["event_type"] == "pet" for e in listener.events("started")), 40)
    wait_for("the person has gone", lambda: any(e["event_type"] == "person" for e in listener.events("ended")), 20)
    told = hook.told
    persons = [event for event in listener.events("started") if event["event_type"] == "person"]
    assert [body["id"] for body in told] == [person["id"] for person in persons]
    assert base64.b64decode(told[0]["picture"]) in listener.all("door/person/image")


def test_a_server_that_is_busy_broken_or_silent_is_asked_again_and_holds_up_nobody_else(notify, serve, listener):
    busy, silent, good = serve([(429, {"Retry-After": "4"}), 500]), serve(["hang"]), serve()
    notify.set(
        {"busy": webhook(busy), "silent": webhook(silent, timeoutSeconds=2), "good": webhook(good, picture=False)}
    )
    notify.start()
    online(listener)
    tell(listener, event("v1"), picture=PICTURE)
    wait_for("the good one is told", lambda: good.requests, 3)
    wait_for("the others have been asked again", lambda: len(busy.requests) == 3 and len(silent.requests) == 2, 25)
    times = [request[0] for request in busy.requests]
    assert times[1] - times[0] >= 3.9, "Retry-After is heeded"
    wait_for("nothing waits", lambda: status(listener, "busy")["sent"] == 1 == status(listener, "silent")["sent"])
    assert len(good.requests) == 1 and status(listener, "busy")["problem"] is None


def test_redirects_and_wrong_certificates_get_nothing_and_are_told_and_a_refused_picture_is_left_out(
    notify, serve, listener, certificate
):
    elsewhere = serve()
    mover = serve([(307, {"Location": f"http://127.0.0.1:{elsewhere.port}/secret-place"})] * 20)
    right, wrong = certificate("DNS:localhost"), certificate("DNS:other.example")
    good, stranger, unknown = serve(certificate=right), serve(certificate=wrong), serve(certificate=right)
    picky = serve([413])
    https = "https://localhost:{}/hook"
    notify.set(
        {
            "moved": webhook(mover), "picky": webhook(picky),
            "good": {"kind": "webhook", "url": https.format(good.port), "caFile": str(right)},
            "stranger": {"kind": "webhook", "url": https.format(stranger.port), "caFile": str(wrong)},
            "unknown": {"kind": "webhook", "url": https.format(unknown.port)},
        }
    )  # fmt: skip
    notify.start()
    online(listener)
    tell(listener, event("v1"), picture=PICTURE)
    wait_for("the good ones are told", lambda: good.requests and len(picky.requests) == 2)
    wait_for("the bad ones are told of", lambda: all(status(listener, t)["problem"] for t in ("moved", "stranger", "unknown")))
    assert "redirects" in status(listener, "moved")["problem"] and "secret-place" not in status(listener, "moved")["problem"]
    assert "certificate" in (status(listener, "stranger")["problem"] + status(listener, "unknown")["problem"]).lower()
    assert not elsewhere.requests and not stranger.requests and not unknown.requests
    assert [body["picture"] is None for body in picky.told] == [False, True]


def test_what_could_not_be_told_survives_a_kill_and_comes_once_with_its_picture_and_says_that_it_is_late(
    notify, serve, listener
):
    port = free_port()
    notify.set({"house": {"kind": "webhook", "url": f"http://127.0.0.1:{port}/hook"}})
    notify.start()
    online(listener)
    tell(listener, event("v1", ago=600), picture=PICTURE)
    tell(listener, event("v2"), picture=PICTURE)
    tell(listener, event("old", ago=3600, replayed=True))
    wait_for("both wait", lambda: status(listener, "house")["waiting"] == 2 and status(listener, "house")["problem"])
    wait_for("and lie on the disk", lambda: list(notify.storage.glob("picture-*.jpg")))
    assert json.loads(listener.last("notify/status"))["dropped"]["replayedTooLate"] == 1
    notify.kill()
    wait_for("silence is told by the will", lambda: json.loads(listener.last("notify/status")) == {"online": False})
    # While it is away the broker keeps what comes.
    tell(listener, event("v3"), event("v1"), event("v2", "ended"))
    hook = serve(port=port)
    notify.start()
    wait_for("all are told", lambda: len(hook.requests) >= 3)
    time.sleep(1)
    assert sorted(body["id"] for body in hook.told) == ["v1", "v2", "v3"]
    told = {body["id"]: body for body in hook.told}
    assert base64.b64decode(told["v2"]["picture"]) == PICTURE
    assert "told 10 min late" in told["v1"]["text"] and told["v1"]["lateSeconds"] >= 600
    assert told["v2"]["lateSeconds"] is None
    notify.kill(signal.SIGTERM)
    assert notify.process.returncode == 0


def test_a_broker_that_is_killed_loses_nobody_and_a_damaged_queue_stops_nothing(notify, serve, listener, broker):
    hook = serve()
    notify.set({"house": webhook(hook)})
    (notify.storage / "queue.json").write_text('{"version": 1, "notices": [')
    notify.start()
    online(listener)
    assert (notify.storage / "queue.json.damaged").exists()
    broker.kill()
    broker.start()
    wait_for("it is back", lambda: len([t for t in listener.texts("notify/status") if "targets" in t]) >= 2)
    online(listener)
    tell(listener, event("v1"))
    wait_for("the visit is told", lambda: hook.requests, 10)


def test_check_finds_what_is_wrong_and_with_send_everybody_gets_a_test(notify, serve, listener, certificate):
    good, locked = serve(), serve([403] * 9)
    pem = certificate("DNS:localhost")
    mail = serve(pem, kind=MailServer)
    place, file = f"http://127.0.0.1:{locked.port}", lambda name: str(notify.folder / name)
    mailbox = {
        "kind": "email", "host": "localhost", "port": mail.port, "username": "box", "passwordFile": file("mail"),
        "from": "box@example.org", "to": "anna@example.org", "caFile": str(pem),
    }  # fmt: skip
    notify.set(
        {
            "locked": {"kind": "telegram", "url": place, "tokenFile": file("telegram"), "chatId": 7},
            "gone": {"kind": "ntfy", "url": f"http://127.0.0.1:{free_port()}/door"},
            "house": webhook(good), "mailbox": mailbox,
        }
    )  # fmt: skip
    checked = notify.run("check")
    assert checked.returncode == 69
    assert "target locked: HTTP 403" in checked.stdout and "is the token or password right?" in checked.stdout
    assert "target gone: " in checked.stdout and "nothing of \"test-box\" is on this broker" in checked.stdout
    assert SECRETS["telegram"] not in checked.stdout + checked.stderr
    assert not good.requests and not mail.mails

    listener.publish(f"{BOX}/status", "online", retain=True)
    notify.set({"house": webhook(good), "mailbox": mailbox})
    checked = notify.run("check", "--send")
    assert checked.returncode == 0, checked.stdout
    assert "box: test-box is online" in checked.stdout
    assert good.told[0]["kind"] == "test" and len(mail.mails) == 1

    (notify.folder / "mail").write_text("wrong")
    checked = notify.run("check")
    assert checked.returncode == 69 and "target mailbox: " in checked.stdout
    assert "target mailbox: localhost" not in checked.stdout, "the password is tried, and nothing is sent"
    notify.start()
    online(listener)
    assert notify.run("run").returncode == 75
    notify.set({"house": {"kind": "webhook", "url": "http://house.lan/hook", "token": "x"}})
    wrong = notify.run("run")
    assert wrong.returncode == 78 and "targets.house.url" in wrong.stderr and "targets.house.token" in wrong.stderr


def test_systemd_hears_how_it_is_while_a_target_hangs_and_it_ends_soon(notify, serve, listener, tmp_path):
    hook = serve(["hang"])
    notify.set({"house": webhook(hook, timeoutSeconds=60)})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "systemd"))
        systemd.settimeout(10)
        notify.start(NOTIFY_SOCKET=str(tmp_path / "systemd"), WATCHDOG_USEC="1000000")
        assert systemd.recv(4096).startswith(b"READY=1")
        online(listener)
        tell(listener, event("v1"))
        wait_for("it hangs", lambda: hook.requests)
        heard = [systemd.recv(4096).decode() for _ in range(6)]
        assert "WATCHDOG=1" in heard and any("1 waiting" in text for text in heard)
        began = time.monotonic()
        notify.kill(signal.SIGTERM)
        assert time.monotonic() - began < 3 and notify.process.returncode == 0
        systemd.setblocking(False)
        last = []
        while True:
            try:
                last.append(systemd.recv(4096).decode())
            except BlockingIOError:
                break
        assert last[-1].startswith("STOPPING=1")
    assert json.loads((notify.storage / "queue.json").read_text())["notices"], "it is told after the next start"


def test_by_its_other_name_the_program_is_the_same(notify, tmp_path):
    other = tmp_path / "porchlight-notify"
    other.symlink_to(PROGRAM)
    notify.set({"house": {"kind": "webhook", "url": "http://house.lan/hook"}})
    answers = [
        subprocess.run([*words, "run", "--config", notify.config], capture_output=True, text=True, timeout=60)
        for words in (NOTIFY, [other])
    ]
    assert answers[0].returncode == answers[1].returncode == 78
    assert "targets.house.url" in answers[0].stderr and answers[0].stderr == answers[1].stderr
    told = [
        subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout for program in (PROGRAM, other)
    ]
    assert told[0] == told[1]


def loads(process, library):
    return library in Path(f"/proc/{process.pid}/maps").read_text()


def test_the_daemon_never_has_libcurl_in_its_memory(notify, serve, launch, toy, listener):
    hook = serve()
    notify.set({"house": webhook(hook)})
    notify.start()
    online(listener)
    daemon = launch(toy)
    wait_for("a visit is told", lambda: hook.told, 30)
    assert loads(notify.process, "libcurl.so.4"), "the service of the notices speaks with it"
    assert not loads(daemon.process, "libcurl"), "the daemon fetches no URL"
    linked = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert "libcurl" not in linked


def test_without_libcurl_it_says_what_to_install_and_goes_on_once_it_is_there(notify, serve, tmp_path, listener):
    hook = serve()
    notify.set({"house": webhook(hook)})
    # Whoever finds this file looks no further.
    broken = tmp_path / "libraries"
    broken.mkdir()
    (broken / "libcurl.so.4").write_text("no library")
    remedy = "sudo apt install libcurl4"
    environment = {**os.environ, "LD_LIBRARY_PATH": str(broken)}
    checked = subprocess.run(
        [*NOTIFY, "check", "--config", notify.config], env=environment, capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 69 and remedy in checked.stdout, checked.stdout
    notify.start(LD_LIBRARY_PATH=str(broken))
    online(listener)
    tell(listener, event("v1"))
    wait_for("the status names the remedy", lambda: remedy in (status(listener, "house").get("problem") or ""))
    assert not hook.requests
    (broken / "libcurl.so.4").unlink()
    wait_for("it is told without a restart", lambda: hook.told, 60)
