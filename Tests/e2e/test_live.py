"""A camera as Motion JPEG: for whoever looks, as long as they look, and never in the way of the end."""

import http.client

from conftest import wait_for


def look(daemon):
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=15)
    token = daemon.credentials()["bearerToken"]
    connection.request("GET", "/cameras/door/live.mjpg", headers={"Authorization": f"Bearer {token}"})
    return connection, connection.getresponse()


def picture(answer):
    """The next part of the answer."""
    assert answer.readline().startswith(b"--")
    assert answer.readline() == b"Content-Type: image/jpeg\r\n"
    length = int(answer.readline().removeprefix(b"Content-Length: "))
    assert answer.readline() == b"\r\n"
    jpeg = answer.read(length)
    assert jpeg[:2] == b"\xff\xd8" and jpeg[-2:] == b"\xff\xd9" and answer.readline() == b"\r\n"
    return jpeg


def viewers(daemon):
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=15)
    token = daemon.credentials()["bearerToken"]
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
    text = connection.getresponse().read().decode()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("porchlight_api_viewers "))


def test_whoever_looks_sees_the_camera_move_and_the_end_of_the_program_waits_for_nobody(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    gone, answer = look(daemon)
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("multipart/x-mixed-replace; boundary=")
    assert len({picture(answer) for _ in range(20)}) > 1, "something moves"
    gone.close()
    answer.close()
    wait_for("its place is free", lambda: viewers(daemon) == 0, 15)

    lookers = [look(daemon) for _ in range(4)]
    for _, answer in lookers:
        picture(answer)
    assert look(daemon)[1].status == 503
    assert daemon.stop() < 5
    # The answer is whole: http.client raises at one that was broken off.
    for _, answer in lookers:
        answer.read()
