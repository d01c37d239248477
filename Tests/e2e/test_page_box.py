"""The view of the box: what is wrong with it and what to do, its last starts, its log, a diagnosis."""

import json

import pytest
from browser import asked, keep_picture, only_chromium, signed_in, text, without_violation
from conftest import DESK, PHONE, clip, wait_for

PHONE_AND_DESK = pytest.mark.parametrize("browser", [(PHONE, "dark"), (DESK, "light")], indirect=True)


def shown(browser, daemon):
    signed_in(browser, daemon)
    browser.get(f"http://127.0.0.1:{daemon.port}/#box")
    wait_for("the box is shown", lambda: "Last starts" in text(browser))


def test_the_box_says_how_it_is_with_its_disk_network_starts_and_log(browser, launch, toy):
    daemon = launch(toy)
    shown(browser, daemon)
    wait_for("the broker is there", lambda: "connected" in text(browser))
    for words in ["Health", "for ", "Board", "cores", "are free", "Only this box can reach the page", "The first start"]:
        wait_for(words, lambda words=words: words in text(browser))
    browser.execute_script(
        "const s = document.getElementById('box-level'); s.value = 'trace'; s.dispatchEvent(new Event('change'))"
    )
    wait_for("the log says that it has begun", lambda: "started after=" in text(browser))
    keep_picture(browser, "box")
    without_violation(browser)


@PHONE_AND_DESK
def test_a_camera_and_a_broker_that_are_away_are_told_with_what_to_do(browser, launch, broker, toy):
    daemon = launch(toy, {"door": clip(toy.clip, loop=True), "garden": {"source": "v4l2:/dev/video77"}})
    shown(browser, daemon)
    wait_for("the camera is told", lambda: "garden: " in text(browser) and "/dev/video77" in text(browser))
    wait_for("its line is in the log", lambda: "camera lost camera=garden" in text(browser), 30)
    broker.kill()
    wait_for("the broker is told", lambda: "away" in text(browser).split("Network")[1].split("Last starts")[0], 60)
    without_violation(browser)


@PHONE_AND_DESK
def test_the_diagnosis_is_a_file_that_can_be_kept(browser, launch, toy, tmp_path):
    only_chromium(browser, "says where downloads go")
    daemon = launch(toy)
    shown(browser, daemon)
    folder = tmp_path / "downloads"
    folder.mkdir()
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    link = browser.find_element("link text", "Download the diagnosis")
    # Away from the bar of views, which lies over the end of a phone's screen.
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", link)
    link.click()
    file = folder / "porchlight-diagnosis.json"
    wait_for("it is there", file.exists)
    told = wait_for("it is whole", lambda: whole(file))
    assert told["settings"]["deviceId"] == "test-box" and told["log"]["lines"]
    assert daemon.credentials()["bearerToken"] not in file.read_text()
    elsewhere = [url for url in asked(browser) if "127.0.0.1" not in url and not url.startswith(("data:", "chrome:", "about:"))]
    assert elsewhere == []


def whole(file):
    try:
        return json.loads(file.read_text())
    except ValueError:
        return None
