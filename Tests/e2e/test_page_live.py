"""The page's view Live: what the box sees, drawn over the picture of a camera."""

import pytest
from browser import button, keep_picture, signed_in, text, without_violation
from conftest import DESK, PHONE, TOY_MODEL, Scene, clip, wait_for
from test_camera_doctor import (
    LANDSCAPE,
    NOISE,
    PICTURES,
    camera,
    environment,
    pictures,
    setting,
)

SIZES = pytest.mark.parametrize("browser", [(PHONE, "dark"), (DESK, "light")], indirect=True, ids=["phone", "desk"])
PHONE_ONLY = pytest.mark.parametrize("browser", [(PHONE, "light")], indirect=True, ids=["phone"])
REGION = {"BoundingBox": {"Left": 0.1, "Top": 0.1, "Width": 0.6, "Height": 0.8}}

# A shape's place on the screen, in shares of the picture.
PLACE = """
const shape = document.querySelector(arguments[0]);
if (!shape) return null;
const [a, b] = [shape.getBoundingClientRect(), document.querySelector('.overlay').getBoundingClientRect()];
return [(a.left - b.left) / b.width, (a.top - b.top) / b.height, a.width / b.width, a.height / b.height];
"""


def place(browser, selector):
    return browser.execute_script(PLACE, selector)


def words(browser, selector):
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent).join(' | ')", selector
    )


def is_hidden(browser, layer):
    return browser.execute_script("return getComputedStyle(document.querySelector('.drawing .' + arguments[0])).display", layer) == "none"


def ready(browser, daemon, **settings):
    client = daemon.rekognition()
    wait_for("its processor is there", lambda: client.list_stream_processors()["StreamProcessors"])
    if settings:
        client.update_stream_processor(Name="door", **settings)
    signed_in(browser, daemon)
    wait_for("the camera works", lambda: "works" in text(browser))
    button(browser, "Show the picture").click()


@SIZES
def test_the_person_of_the_clip_gets_a_box_that_says_how_sure_it_is_and_that_it_counts(browser, launch, demo):
    daemon = launch(demo, {"door": clip(demo.clip, loop=True)})
    ready(browser, daemon, RegionsOfInterestForUpdate=[REGION])
    seen = "const i = document.querySelector('.overlay img'); return i && i.naturalWidth"
    wait_for("the picture comes", lambda: browser.execute_script(seen))
    region = wait_for("its region is drawn", lambda: place(browser, ".regions .region"))
    assert region == pytest.approx([0.1, 0.1, 0.6, 0.8], abs=0.03)
    wait_for("a person's box", lambda: "person" in words(browser, ".things text"), 60)
    box = wait_for("it counts", lambda: place(browser, ".things .counts"), 60)
    assert 0 <= box[0] < 1 and 0 <= box[1] < 1 and box[2] > 0.05 and box[3] > 0.2, box
    assert "%" in words(browser, ".things text")
    wait_for("it says so in words", lambda: "door: a visit." in words(browser, ".told"), 60)
    keep_picture(browser, "live-seen")
    without_violation(browser)

    assert is_hidden(browser, "motion")
    button(browser, "Motion").click()
    wait_for("what moves is drawn", lambda: place(browser, ".motion .moved"), 60)
    for name in ["Boxes", "Regions", "Motion"]:
        button(browser, name).click()
    for layer in ["things", "regions", "motion"]:
        assert is_hidden(browser, layer), layer
    button(browser, "Hide the picture").click()
    wait_for("all goes", lambda: not browser.find_elements("css selector", ".overlay"))


@SIZES
def test_in_privacy_mode_boxes_stand_on_grey_and_no_picture_is_asked_for(browser, launch, demo):
    daemon = launch(demo, {"door": clip(demo.clip, loop=True)}, settings={"pictures": {"privacy": True}})
    ready(browser, daemon)
    wait_for("it says so", lambda: "Privacy mode is on" in text(browser))
    wait_for("a person's box", lambda: place(browser, ".things .counts"), 60)
    keep_picture(browser, "live-privacy")
    assert not browser.find_elements("css selector", ".overlay img")
    without_violation(browser)


@PHONE_ONLY
def test_a_camera_that_goes_while_one_looks_is_told_and_two_are_shown_at_a_time(browser, launch, toy):
    cameras = {name: clip(toy.clip, loop=name != "yard") for name in ["door", "garden", "yard"]}
    daemon = launch(toy, cameras)
    signed_in(browser, daemon)
    wait_for("the cameras are shown", lambda: text(browser).count("Show the picture") == 3)
    for _ in range(3):
        browser.execute_script("arguments[0].click()", button(browser, "Show the picture"))
    wait_for("two are shown", lambda: len(browser.find_elements("css selector", ".overlay img")) == 2)
    assert "Show the picture" in browser.find_elements("css selector", "li.card")[0].text, "the first one gave way"
    wait_for("its end is told", lambda: "The camera is away" in text(browser), 60)
    wait_for("one glance tells", lambda: "1 of 3 cameras in trouble" in text(browser))
    assert len(browser.find_elements("css selector", ".overlay img")) == 1


@PHONE_ONLY
def test_what_a_moved_camera_saw_then_and_now_stands_side_by_side(tmp_path, browser, launch, listener, fake_camera_library):
    before, after = tmp_path / "before", tmp_path / "after"
    faults = {"frames": pictures(before, LANDSCAPE, NOISE), "other": pictures(after, *PICTURES["moved"])}
    world = environment(fake_camera_library, camera(50, faults["frames"], "other@150-2000", other=faults["other"]))
    daemon = launch(Scene(TOY_MODEL, None, 0), {"door": {**setting(50), "fps": 5}}, environment=world)
    signed_in(browser, daemon)
    wait_for("all is well at first", lambda: "works" in text(browser))
    assert not browser.find_elements("css selector", ".compared img")
    wait_for("it is told", lambda: listener.last("/camera/door/problem") == "ON", 110)
    widths = "return [...document.querySelectorAll('.compared img')].map((i) => i.naturalWidth)"
    wait_for("both pictures are there", lambda: browser.execute_script(widths) == [640, 640], 20)
    assert "Before it was moved" in text(browser)
    keep_picture(browser, "live-moved")
    without_violation(browser)
