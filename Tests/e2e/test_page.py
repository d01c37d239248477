"""The page on the box: signing in, the cameras' pictures, visits that appear, a broker that is away."""

import time

import pytest
from browser import asked, button, keep_picture, only_chromium, press, says_why, signed_in, text, without_violation
from conftest import DESK, PHONE, clip, wait_for


def test_people_sign_in_with_the_token_and_out_again_and_a_wrong_one_is_told(browser, launch, toy):
    daemon = launch(toy)
    token = daemon.credentials()["bearerToken"]
    wait_for("the API answers", daemon.answers)
    address = f"http://127.0.0.1:{daemon.port}/"
    browser.get(address)
    wait_for("the page is served", lambda: button(browser, "Sign in"))
    without_violation(browser)
    field = browser.find_element("css selector", "#sign-in input")
    field.send_keys("wrong")
    press(browser, "Sign in")
    wait_for("a wrong token is told", lambda: "not valid" in text(browser))
    field = browser.find_element("css selector", "#sign-in input")
    field.clear()
    field.send_keys(token)
    press(browser, "Sign in")
    wait_for("the cameras are shown", lambda: "Live" in text(browser))
    assert browser.execute_script("return document.cookie") == "", "a script can read the session"
    browser.get(address + "#sessions")
    wait_for("the session is listed", lambda: "This browser" in text(browser))
    without_violation(browser)
    press(browser, "Sign out")
    wait_for("one is signed out", lambda: button(browser, "Sign in"))
    browser.get(address)
    wait_for("and stays so", lambda: button(browser, "Sign in"))


def test_a_link_signs_in_once_and_its_code_is_nowhere_afterwards(browser, launch, demo):
    daemon = launch(demo)
    address = signed_in(browser, daemon)
    code = address.split("code=")[1]
    assert code not in browser.current_url and not [url for url in asked(browser) if code in url.split("#")[0]]
    browser.delete_all_cookies()
    browser.get("about:blank")
    browser.get(address)
    wait_for("a used link is told", lambda: "used already" in text(browser))


def test_a_camera_is_seen_only_while_somebody_wants_to_see_it(browser, launch, demo):
    daemon = launch(demo, {"door": clip(demo.clip, loop=True), "garden": {"source": "v4l2:/dev/video77"}})
    signed_in(browser, daemon)
    wait_for(
        "each camera has its state", lambda: "works" in text(browser) and "no camera at /dev/video77" in text(browser)
    )
    without_violation(browser)
    assert not browser.find_elements("tag name", "img") or "live.mjpg" not in browser.page_source
    press(browser, "Show the picture")
    seen = "const i = document.querySelector('.live img'); return i && i.naturalWidth"
    wait_for("the picture comes", lambda: browser.execute_script(seen))
    keep_picture(browser, "live")
    without_violation(browser)
    press(browser, "Hide the picture")
    wait_for("it goes", lambda: not browser.find_elements("css selector", ".live img"))


def test_a_visit_appears_while_one_looks_and_says_why_and_nothing_leaves_the_box(browser, launch, demo):
    daemon = launch(demo, {"door": clip(demo.clip, loop=True)})
    signed_in(browser, daemon)
    browser.get(f"http://127.0.0.1:{daemon.port}/#visits")
    wait_for("the view is there", lambda: "Visits" in text(browser))
    wait_for("a visit appears", lambda: browser.find_elements("css selector", "li.visit"), 120)
    wait_for("a visit is over", lambda: "Over" in text(browser), 120)
    says_why(browser, "Looks", "seen in")
    keep_picture(browser, "visits")
    without_violation(browser)
    elsewhere = [
        url
        for url in asked(browser)
        if not url.startswith((f"http://127.0.0.1:{daemon.port}/", "data:", "blob:", "about:", "chrome:"))
    ]
    assert elsewhere == []
    only_chromium(browser, "hears the page's errors")
    # A visit may be listed before its picture is kept.
    errors = [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    assert [e for e in errors if "401" not in e and "image.jpg" not in e] == []


@pytest.mark.parametrize("browser", [(PHONE, "dark"), (DESK, "light")], indirect=True, ids=["phone", "desk"])
def test_whoever_was_not_told_stands_there_with_the_reason(browser, launch, listener, toy):
    daemon = launch(toy)
    right = {"BoundingBox": {"Left": 0.6, "Top": 0.0, "Width": 0.4, "Height": 1.0}}
    daemon.rekognition().update_stream_processor(Name="door", RegionsOfInterestForUpdate=[right])
    signed_in(browser, daemon)
    browser.get(f"http://127.0.0.1:{daemon.port}/#visits?kind=missed")
    words = "return [...document.querySelectorAll('li.visit')].map((li) => li.innerText).join('\\n')"
    wait_for("somebody left of the region is missed", lambda: "region" in browser.execute_script(words), 120)
    assert "Not told" in browser.execute_script(words)
    says_why(browser, "In the region")
    keep_picture(browser, "missed")
    without_violation(browser)


def test_the_page_works_without_a_broker(browser, launch, broker, demo):
    broker.kill()
    daemon = launch(demo, {"door": clip(demo.clip, loop=True)})
    signed_in(browser, daemon)
    wait_for("the camera works", lambda: "works" in text(browser))
    time.sleep(6)
    assert "works" in text(browser)
