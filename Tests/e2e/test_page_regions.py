"""Processors on the page: made, stopped and deleted; regions drawn by mouse and by keys; settings on trial."""

import json
import time

import pytest
from browser import button, dialog, keep_picture, only_chromium, press, requests, signed_in, text, without_violation
from conftest import DESK, PHONE, clip, wait_for

POLYGON = "return import('/page/polygon.js').then((polygon) => {{ {} }})"
TWO = pytest.mark.parametrize(
    "browser", [(PHONE, "light"), (DESK, "dark")], indirect=True, ids=["390 light", "1280 dark"]
)


@pytest.fixture
def settings(browser, launch, toy):
    """The settings of the processor `door`, and its box."""
    daemon = launch(toy, {"door": clip(toy.clip, loop=True)})
    signed_in(browser, daemon)
    browser.get(f"http://127.0.0.1:{daemon.port}/#processors?name=door")
    wait_for("the editor is there", lambda: button(browser, "Add a square"))
    seen = "return document.querySelector('.overlay img')?.naturalWidth"
    wait_for("the picture comes", lambda: browser.execute_script(seen))
    return browser, daemon.rekognition()


def described(client):
    return client.describe_stream_processor(Name="door")


def corners(client):
    """Each region of the API as its points in whole percent."""
    regions = described(client).get("RegionsOfInterest", [])
    return [[(round(p["X"] * 100), round(p["Y"] * 100)) for p in region["Polygon"]] for region in regions]


def is_ready(browser, name):
    found = button(browser, name)
    return found and found.is_enabled()


def shown(browser):
    """Brings the picture into the middle; left, top, width and height of it there."""
    browser.execute_script("document.querySelector('.editor').scrollIntoView({block: 'nearest', behavior: 'instant'})")
    place = "const b = document.querySelector('.editor').getBoundingClientRect(); return [b.x, b.y, b.width, b.height]"
    return browser.execute_script(place)


def mouse(browser, *places, holds=False):
    """Clicks at places of the picture in ratios of it; with `holds` drags from the first to the last."""
    from selenium.webdriver import ActionChains

    left, top, width, height = shown(browser)
    chain = ActionChains(browser, duration=50)
    for index, (x, y) in enumerate(places):
        chain.w3c_actions.pointer_action.move_to_location(round(left + x * width), round(top + y * height))
        if not holds:
            chain.click()
        elif index == 0:
            chain.click_and_hold()
    if holds:
        chain.release()
    chain.perform()


def keys(browser, *pressed):
    """Presses keys where the focus is."""
    from selenium.webdriver import ActionChains

    chain = ActionChains(browser)
    for key in pressed:
        chain.send_keys(key)
    chain.perform()


def focused(browser):
    return browser.execute_script("return document.activeElement.getAttribute('aria-label') || ''")


def updates(browser):
    """How many requests of UpdateStreamProcessor have gone to the box since this was asked before."""
    only_chromium(browser, "tells the headers of requests")
    return sum("UpdateStreamProcessor" in json.dumps(request["headers"]) for request in requests(browser))


@TWO
def test_a_polygon_drawn_by_mouse_is_on_the_box_and_its_points_can_be_moved(settings):
    from selenium.webdriver import Keys

    browser, client = settings
    press(browser, "Draw a region")
    mouse(browser, (0.5, 0.5))
    keys(browser, Keys.ESCAPE)
    wait_for("nothing is drawn", lambda: "No region" in text(browser))
    press(browser, "Draw a region")
    mouse(browser, (0.1, 0.2), (0.8, 0.2), (0.8, 0.9), (0.45, 0.5), (0.1, 0.9))
    mouse(browser, (0.1, 0.2))
    wait_for("it has its points", lambda: "Region 1" in text(browser) and "5 points" in text(browser))
    mouse(browser, (0.8, 0.2), (0.9, 0.1), holds=True)
    keep_picture(browser, "regions")
    press(browser, "Save")
    wanted = [(10, 20), (90, 10), (80, 90), (45, 50), (10, 90)]
    saved = wait_for("the API has it", lambda: corners(client))
    assert len(saved) == 1 and len(saved[0]) == 5
    assert all(abs(a - b) <= 1 for one, other in zip(saved[0], wanted) for a, b in zip(one, other)), saved
    without_violation(browser)


@pytest.mark.parametrize("browser", [(PHONE, "light")], indirect=True, ids=["390 light"])
def test_a_finger_moves_points_and_the_whole_region(settings):
    browser, client = settings
    only_chromium(browser, "has fingers")
    press(browser, "Add a square")
    finger(browser, (0.3, 0.3), (0.1, 0.2))
    finger(browser, (0.45, 0.5), (0.65, 0.5))
    # Selenium's own click does nothing after touches that were sent past it.
    browser.execute_script("arguments[0].click()", button(browser, "Save"))
    saved = wait_for("the API has it", lambda: corners(client))
    wanted = [(30, 20), (80, 30), (80, 60), (50, 60)]
    assert all(abs(a - b) <= 2 for one, other in zip(saved[0], wanted) for a, b in zip(one, other)), saved


def finger(browser, *places):
    """Puts a finger on the first place of the picture and draws it to the last."""
    left, top, width, height = shown(browser)
    for index, (x, y) in enumerate(places):
        touch = {
            "type": "touchMove" if index else "touchStart",
            "touchPoints": [{"x": left + x * width, "y": top + y * height}],
        }
        browser.execute_cdp_cmd("Input.dispatchTouchEvent", touch)
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    place = "return document.querySelector('.editor').getBoundingClientRect().y"
    assert browser.execute_script(place) == pytest.approx(top, abs=1), "the page was scrolled instead"


@pytest.mark.parametrize("browser", [(DESK, "light")], indirect=True, ids=["1280 light"])
def test_a_polygon_is_made_and_changed_by_keys_alone(settings):
    from selenium.webdriver import Keys

    browser, client = settings
    browser.execute_script("arguments[0].focus()", button(browser, "Add a square"))
    keys(browser, Keys.ENTER)
    wait_for("the first point has the focus", lambda: "Region 1, point 1 of 4" in focused(browser))
    keys(browser, *[Keys.ARROW_LEFT] * 5, *[Keys.ARROW_UP] * 3)
    wait_for("it is moved", lambda: "25 % from the left, 27 % from the top" in focused(browser))
    keys(browser, "+")
    wait_for("there is one more", lambda: "point 2 of 5" in focused(browser))
    keys(browser, *[Keys.ARROW_DOWN] * 12)
    keys(browser, Keys.TAB)
    wait_for("the next has the focus", lambda: "point 3 of 5" in focused(browser))
    keys(browser, Keys.DELETE)
    wait_for("it is gone", lambda: "point 2 of 4" in focused(browser))
    browser.execute_script("arguments[0].focus()", button(browser, "Save"))
    keys(browser, Keys.ENTER)
    assert wait_for("the API has it", lambda: corners(client)) == [[(25, 27), (42, 40), (60, 60), (30, 60)]]


def test_a_region_that_crosses_itself_is_told_and_not_sent(settings):
    browser, client = settings
    press(browser, "Add a square")
    mouse(browser, (0.3, 0.3), (0.75, 0.45), holds=True)
    wait_for("it is told", lambda: "crosses itself" in text(browser))
    assert browser.find_elements("css selector", ".region.flawed")
    heard = "return document.querySelector('#announcer').textContent"
    wait_for("people hear it", lambda: "crosses itself" in browser.execute_script(heard))
    updates(browser)
    assert not button(browser, "Save").is_enabled() and not button(browser, "Try for ten minutes").is_enabled()
    browser.execute_script("arguments[0].click()", button(browser, "Save"))
    without_violation(browser)
    keep_picture(browser, "regions-crossing")
    time.sleep(1)
    assert updates(browser) == 0 and corners(client) == []
    press(browser, "Undo")
    wait_for("it is well again", lambda: "crosses itself" not in text(browser) and is_ready(browser, "Save"))


@TWO
def test_a_trial_shows_its_time_and_goes_back(settings):
    browser, client = settings
    press(browser, "Add a square")
    press(browser, "Try for ten minutes")
    wait_for("the API has it on trial", lambda: "trial" in described(client).get("StatusMessage", ""))
    assert corners(client) == [[(30, 30), (60, 30), (60, 60), (30, 60)]]
    wait_for("the time is shown", lambda: "9 min" in text(browser))
    without_violation(browser)
    press(browser, "Take back")
    wait_for("the box has the whole picture again", lambda: not corners(client))
    wait_for("so does the page", lambda: "No region: the whole picture counts." in text(browser))

    press(browser, "Add a square")
    press(browser, "Try for ten minutes")
    press(browser, "Keep")
    wait_for("it is no trial any more", lambda: "StatusMessage" not in described(client))
    assert len(corners(client)) == 1

    def trial(request, **_):
        request.headers["X-Porchlight-Trial-Seconds"] = "15"

    client.meta.events.register("before-sign.rekognition.UpdateStreamProcessor", trial)
    client.update_stream_processor(Name="door", RegionsOfInterestForUpdate=[])
    wait_for("a trial from elsewhere is shown", lambda: "on trial" in text(browser))
    wait_for("it goes back by itself", lambda: "on trial" not in text(browser) and "Region 1" in text(browser))


@TWO
def test_whoever_leaves_with_unsaved_settings_is_asked_first(settings):
    browser, client = settings
    leaves = "const e = new Event('beforeunload', {cancelable: true}); window.dispatchEvent(e); return !e.defaultPrevented"
    assert browser.execute_script(leaves), "nothing is unsaved"
    press(browser, "Add a square")
    assert not browser.execute_script(leaves), "the tab goes, and the region with it"
    visits = "document.querySelector('a[href=\"#visits\"]').click()"
    browser.execute_script(visits)
    wait_for("it asks", lambda: "Leave without saving?" in dialog(browser))
    without_violation(browser)
    press(browser, "Cancel")
    wait_for("the question goes", lambda: not dialog(browser))
    assert "Region 1" in text(browser) and "#processors?name=door" in browser.current_url
    browser.execute_script(visits)
    wait_for("it asks again", lambda: dialog(browser))
    press(browser, "Leave")
    wait_for("the other view is there", lambda: "Visits" in text(browser) and browser.current_url.endswith("#visits"))
    assert corners(client) == [] and browser.execute_script(leaves)

    browser.execute_script("document.querySelector('a[href=\"#processors\"]').click()")
    wait_for("the processor is listed", lambda: browser.find_elements("css selector", "a[href*='name=door']"))
    browser.execute_script("location.hash = 'processors?name=door'")
    press(browser, "Add a square")
    press(browser, "Save")
    wait_for("the API has it", lambda: corners(client))
    wait_for("nothing is unsaved any more", lambda: browser.execute_script(leaves))
    browser.execute_script(visits)
    wait_for("nobody asks", lambda: "Visits" in text(browser) and not dialog(browser))


@pytest.mark.parametrize("browser", [(DESK, "light")], indirect=True, ids=["1280 light"])
def test_ten_regions_of_ten_points_are_the_most(settings):
    browser, client = settings
    for _ in range(10):
        assert button(browser, "Add a square").is_enabled()
        press(browser, "Add a square")
    assert not button(browser, "Add a square").is_enabled() and not button(browser, "Draw a region").is_enabled()
    browser.execute_script("document.querySelector('.point').focus()")
    keys(browser, *["+"] * 7)
    assert "of 10" in focused(browser)
    press(browser, "Save")
    wait_for("the API has them", lambda: sorted(map(len, corners(client))) == [4] * 9 + [10])


@pytest.mark.parametrize("browser", [(DESK, "dark")], indirect=True, ids=["1280 dark"])
def test_what_would_count_is_lit_while_one_draws(settings):
    browser, _ = settings
    lit = "return document.querySelectorAll('.things .counts').length"
    past = "return document.querySelectorAll('.things .counts:not(.now)').length"
    now = "return document.querySelectorAll('.things .now.counts').length"
    told = "Now 1 of 1 would count"
    wait_for("what is there now is lit", lambda: browser.execute_script(now) and told in text(browser), 60)
    wait_for("so is what was there", lambda: browser.execute_script(past), 60)
    keep_picture(browser, "regions-seen")
    press(browser, "Add a square")
    mouse(browser, (0.45, 0.45), (0.95, 0.95), holds=True)
    wait_for("nothing of it lies in the corner", lambda: browser.execute_script(lit) == 0)
    assert " 0 of" in text(browser), text(browser)
    press(browser, "Undo")
    press(browser, "Delete")
    wait_for("without a region it counts again", lambda: browser.execute_script(lit) > 0)


@pytest.mark.parametrize("browser", [(DESK, "light")], indirect=True, ids=["1280 light"])
def test_what_the_box_does_not_answer_is_not_known_and_is_not_called_nothing(settings):
    browser, _ = settings
    only_chromium(browser, "keeps requests back")
    wait_for("a visit of the last day is shown", lambda: "Of the last day" in text(browser), 60)
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/why?*"]})
    wait_for("the page says so", lambda: "The last day is not known." in text(browser), 40)
    assert "Nothing was seen in the last day" not in text(browser)


@pytest.mark.parametrize("browser", [(PHONE, "dark")], indirect=True, ids=["390 dark"])
def test_labels_and_confidence_are_set_with_what_the_last_day_would_have_given(settings):
    browser, client = settings
    wait_for("what is known is told", lambda: [w for w in ("is known yet", "would have given") if w in text(browser)])
    wait_for("a visit is counted", lambda: "would have given" in text(browser) and "given 0" not in text(browser), 60)
    slide = "const s = document.querySelector('#min-confidence'); s.value = 80; s.dispatchEvent(new Event('input'))"
    browser.execute_script(slide)
    for label in ["ALL", "PET"]:
        browser.execute_script(f"document.querySelector('.labels input[value={label}]').click()")
    press(browser, "Save")
    wanted = {"Labels": ["PET"], "MinConfidence": 80}
    wait_for("the API has it", lambda: described(client)["Settings"]["ConnectedHome"] == wanted)
    without_violation(browser)


@TWO
def test_a_processor_is_made_stopped_started_and_deleted(browser, launch, toy):
    daemon = launch(toy, {"door": clip(toy.clip, loop=True)})
    address = signed_in(browser, daemon).split("#")[0]
    client = daemon.rekognition()
    browser.get(address + "#processors")
    wait_for("it is listed", lambda: "Looks for" in text(browser))
    wait_for("one may make another", lambda: browser.find_elements("css selector", "summary"))[0].click()
    browser.find_element("css selector", "#new-name").send_keys("yard")
    without_violation(browser)
    keep_picture(browser, "processors")
    press(browser, "Make it")
    wait_for("the API has it", lambda: "yard" in names(client))
    wait_for("its settings are shown", lambda: button(browser, "Draw a region"))
    assert client.describe_stream_processor(Name="yard")["Status"] in ("STARTING", "RUNNING")
    browser.get(address + "#processors")
    for name, status in [("Stop yard", "STOPPED"), ("Start yard", "RUNNING")]:
        wait_for(name, lambda: labelled(browser, name)).click()
        wait_for(status, lambda: client.describe_stream_processor(Name="yard")["Status"] == status)
    wait_for("it can be deleted", lambda: labelled(browser, "Stop yard") and labelled(browser, "Delete yard")).click()
    wait_for("it asks", lambda: browser.find_elements("css selector", "dialog[open]"))
    without_violation(browser)
    browser.find_element("css selector", "dialog .danger").click()
    wait_for("it is gone", lambda: names(client) == ["door"] and "yard" not in text(browser))


def labelled(browser, words):
    return browser.execute_script("return document.querySelector(`[aria-label='${arguments[0]}']`)", words)


def names(client):
    return [processor["Name"] for processor in client.list_stream_processors()["StreamProcessors"]]


@pytest.mark.parametrize("browser", [(PHONE, "light")], indirect=True, ids=["390 light"])
def test_with_private_pictures_one_draws_on_grey(browser, launch, toy):
    daemon = launch(toy, {"door": clip(toy.clip, loop=True)}, settings={"pictures": {"privacy": True}})
    signed_in(browser, daemon)
    browser.get(f"http://127.0.0.1:{daemon.port}/#processors?name=door")
    wait_for("it says why", lambda: "pictures are private" in text(browser))
    assert not browser.find_element("css selector", ".overlay img").is_displayed()
    press(browser, "Add a square")
    press(browser, "Save")
    wait_for("the API has it", lambda: corners(daemon.rekognition()))
    without_violation(browser)


@pytest.mark.parametrize("browser", [(DESK, "light")], indirect=True, ids=["1280 light"])
def test_the_page_judges_regions_as_the_box_does(browser, launch, toy):
    daemon = launch(toy, {"door": clip(toy.clip, loop=True)})
    signed_in(browser, daemon)

    def ask(script, *arguments):
        return browser.execute_script(POLYGON.format(script), *arguments)

    client = daemon.rekognition()
    wait_for("the processor is there", lambda: names(client) == ["door"])
    for points, is_sound in SHAPES:
        flaw = ask("return polygon.flaw(arguments[0].map(([x, y]) => ({x, y})))", points)
        assert (flaw is None) == is_sound, (points, flaw)
        region = {"Polygon": [{"X": x, "Y": y} for x, y in points]}
        try:
            client.update_stream_processor(Name="door", RegionsOfInterestForUpdate=[region])
            is_taken = True
        except client.exceptions.InvalidParameterException:
            is_taken = False
        assert is_taken == is_sound, points
    shape = [{"x": x, "y": y} for x, y in SHAPES[1][0]]
    inside = "return [[0.1, 0.9], [0.5, 0.1], [0.5, 0.9], [0.95, 0.5]].map(([x, y]) => polygon.contains({}, {{x, y}}))"
    assert ask(inside.format("arguments[0]"), shape) == [True, True, False, True]
    box = {"left": 0.2, "top": 0, "width": 0.6, "height": 1}
    assert ask("return polygon.overlap(arguments[0], arguments[1])", shape, box) == pytest.approx(1 - 0.4 * 0.7 / 0.6)
    half = "return polygon.isAdmitted([polygon.square(0)], {left: arguments[0], top: 0.3, width: 0.3, height: 0.3})"
    assert ask(half, 0.45) is False, "half is not more than half"
    assert ask(half, 0.44) is True
    moved = ask("return polygon.moved(polygon.square(0), 0.9, -0.1)")
    assert moved[0] == {"x": 0.7, "y": 0.2} and moved[2] == {"x": 1, "y": 0.5}


SHAPES = [
    ([(0.1, 0.1), (0.9, 0.1), (0.5, 0.9)], True),
    ([(0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.3), (0.3, 0.3), (0.3, 1), (0, 1)], True),  # concave
    ([(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)], False),  # crosses itself
    ([(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.5, 0.1)], False),  # touches itself
    ([(0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.7, 0.1)], False),  # runs back
    ([(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)], False),  # has no area
    ([(0.1, 0.1), (0.9, 0.1), (0.1, 0.1), (0.5, 0.9)], False),  # has a point twice
    ([(0.1, 0.1), (0.9, 0.1)], False),
    ([(n / 20, (n % 2) / 3) for n in range(10)] + [(0.5, 0.9)], False),  # eleven points
]
