"""Faces on the page: a picture is judged before it is kept, references are seen and deleted, and a visit gets a name."""

import json
import re
import subprocess

import pytest
from conftest import DESK, PHONE, ROOT, clip, wait_for
from browser import button, dialog, press_in_dialog, signed_in, text, without_violation

PHOTOGRAPHS = ROOT / ".cache/photos"
TWO = pytest.mark.parametrize("browser", [(PHONE, "light"), (DESK, "dark")], indirect=True, ids=["phone", "desk"])


@pytest.fixture
def pictures(demo, tmp_path):
    """A woman in a space suit (public domain): well, blurred, twice in one picture; and a cat."""
    well = PHOTOGRAPHS / "astronaut.png"
    made = {"well": well, "nobody": PHOTOGRAPHS / "chelsea.png"}
    filters = {"blurred": "gblur=sigma=3", "twice": "split[a][b];[a][b]hstack"}
    for name, graph in filters.items():
        made[name] = tmp_path / f"{name}.png"
        command = ["ffmpeg", "-loglevel", "error", "-i", well, "-filter_complex", graph, "-frames:v", "1", made[name]]
        subprocess.run(command, check=True)
    return made


def opened(browser, launch, demo, settings=None):
    daemon = launch(demo, {"front-door": clip(demo.clip, loop=True)}, settings=settings)
    signed_in(browser, daemon)
    browser.get(f"http://127.0.0.1:{daemon.port}/#faces")
    return daemon


def find(browser, css):
    return browser.find_element("css selector", css)


def press(browser, name):
    def pressed():
        found = button(browser, name)
        # A click of the script's: on a phone the views lie over the foot of the page.
        return found and found.is_enabled() and (browser.execute_script("arguments[0].click()", found), True)

    wait_for(f"the button {name}", pressed)


def faces(daemon, collection="household"):
    client = daemon.rekognition()
    return client.list_faces(CollectionId=collection)["Faces"] if client.list_collections()["CollectionIds"] else []


def add(browser, picture, name):
    press(browser, "Add a face")
    wait_for("a picture is asked for", lambda: "Picture with a face" in dialog(browser))
    find(browser, "#enrol-file").send_keys(str(picture))
    find(browser, "#enrol-name").send_keys(name)


@TWO
def test_a_picture_is_judged_before_it_is_kept_and_a_reference_is_seen_and_deleted(browser, launch, demo, pictures):
    daemon = opened(browser, launch, demo, {"faces": {"thumbnails": True}})
    wait_for("nobody is known", lambda: "no collection yet" in text(browser))
    without_violation(browser)

    add(browser, pictures["nobody"], "eileen")
    wait_for("a cat has no face", lambda: "No face was found" in dialog(browser), 30)
    find(browser, "#enrol-file").send_keys(str(pictures["blurred"]))
    wait_for("why it will not do", lambda: "will not do" in dialog(browser) and "blurred" in dialog(browser), 30)
    assert not button(browser, "Keep this face").is_enabled() and faces(daemon) == []
    find(browser, "#enrol-file").send_keys(str(pictures["well"]))
    wait_for("it will do", lambda: "This face will do" in dialog(browser), 30)
    assert re.search(r"large enough, \d+ pixels", dialog(browser)) and re.search(r"sharp enough, \d+ of 100", dialog(browser))
    without_violation(browser)
    assert faces(daemon) == [], "it was kept before anybody said so"
    name = find(browser, "#enrol-name")
    name.send_keys(" collins")
    assert not button(browser, "Keep this face").is_enabled(), "a name with a space was taken"
    name.clear()
    name.send_keys("eileen")
    press(browser, "Keep this face")
    wait_for("she is known", lambda: "1 reference" in text(browser))
    seen = "const i = document.querySelector('.faces img'); return i && i.complete && i.naturalWidth"
    wait_for("her picture is seen", lambda: browser.execute_script(seen))
    assert [face["ExternalImageId"] for face in faces(daemon)] == ["eileen"]
    without_violation(browser)

    find(browser, ".faces .button").click()
    press_in_dialog(browser, "Delete")
    wait_for("the reference is gone", lambda: "Nobody is known yet" in text(browser))
    assert faces(daemon) == []
    press(browser, "Delete this collection")
    press_in_dialog(browser, "Delete")
    wait_for("the collection is gone", lambda: "no collection yet" in text(browser))
    assert daemon.rekognition().list_collections()["CollectionIds"] == []


@pytest.mark.parametrize("browser", [(DESK, "light")], indirect=True, ids=["desk"])
def test_of_two_faces_one_is_chosen_and_people_are_forgotten(browser, launch, demo, pictures):
    daemon = opened(browser, launch, demo)
    press(browser, "New collection")
    find(browser, "#ask-name").send_keys("family")
    press_in_dialog(browser, "Make it")
    wait_for("the collection is there", lambda: daemon.rekognition().list_collections()["CollectionIds"] == ["family"])
    daemon.rekognition().create_user(CollectionId="family", UserId="eileen")
    add(browser, pictures["twice"], "eileen")
    wait_for("one is asked for", lambda: "2 faces were found" in dialog(browser), 30)
    press(browser, "Face 2")
    wait_for("it will do", lambda: "This face will do" in dialog(browser), 30)
    press(browser, "Keep this face")
    wait_for("she is known", lambda: "1 reference" in text(browser))
    assert [face.get("UserId") for face in faces(daemon, "family")] == ["eileen"], "the face is not her user's"
    wait_for("no picture of her is kept", lambda: "no picture" in text(browser) and "faces.thumbnails" in text(browser))
    press(browser, "Look for them at front-door")
    wait_for("they are looked for", lambda: "front-door, by front-door-faces" in text(browser))
    find(browser, ".faces .button").click()
    press_in_dialog(browser, "Delete")
    wait_for("her reference is gone", lambda: "0 references" in text(browser))
    browser.execute_script("[...document.querySelectorAll('button')].find((b) => b.textContent.startsWith('Forget everywhere')).click()")
    press_in_dialog(browser, "Forget")
    wait_for("she is forgotten", lambda: "Nobody is known yet" in text(browser))


@pytest.mark.parametrize("browser", [(PHONE, "dark")], indirect=True, ids=["phone"])
def test_without_networks_the_page_says_that_faces_are_off_and_how_to_turn_them_on(browser, launch, demo):
    opened(browser, launch, demo, {"faces": {"embedder": "/nowhere/face.onnx"}})
    wait_for("it is said", lambda: "Faces are off" in text(browser) and "faces.embedder" in text(browser))
    assert not button(browser, "Add a face").is_enabled()
    without_violation(browser)


@pytest.mark.parametrize("browser", [(PHONE, "light")], indirect=True, ids=["phone"])
def test_a_stranger_is_seen_gets_a_name_and_is_no_stranger_then(browser, launch, listener, demo):
    daemon = opened(browser, launch, demo)
    wait_for("nobody has come", lambda: "Nobody without a name has come by" in text(browser))
    press(browser, "New collection")
    find(browser, "#ask-name").send_keys("household")
    press_in_dialog(browser, "Make it")
    press(browser, "Look for them at front-door")
    told = wait_for(
        "a stranger has come",
        lambda: [event["face"]["stranger"] for event in listener.events("ended") if (event["face"] or {}).get("stranger")],
        120,
    )[0]
    browser.refresh()
    wait_for("the stranger is listed", lambda: told in text(browser), 30)
    shown = "const i = document.querySelector('[data-stranger] img'); return i && i.complete && i.naturalWidth"
    wait_for("with a picture", lambda: browser.execute_script(shown))
    without_violation(browser)
    script = "[...document.querySelectorAll('[data-stranger] button')].find((b) => b.textContent.startsWith('This is')).click()"
    browser.execute_script(script)
    wait_for("the face is judged", lambda: "This face will do" in dialog(browser), 60)
    find(browser, "#enrol-name").send_keys("eileen")
    press(browser, "Keep this face")
    wait_for("the stranger is none any more", lambda: "eileen" in text(browser) and told not in text(browser), 30)
    assert [face["ExternalImageId"] for face in faces(daemon)] == ["eileen"]


@TWO
def test_a_visitor_is_named_from_a_visit_and_the_next_visits_have_the_name(browser, launch, listener, demo):
    daemon = opened(browser, launch, demo)
    press(browser, "New collection")
    find(browser, "#ask-name").send_keys("household")
    press_in_dialog(browser, "Make it")
    press(browser, "Look for them at front-door")
    wait_for("they are looked for", lambda: listener.last("processor/front-door-faces/status") == "RUNNING", 30)
    browser.get(f"http://127.0.0.1:{daemon.port}/#visits?label=PERSON")
    wait_for("a visit is over", lambda: "Over" in text(browser), 90)
    script = (
        "for (const v of document.querySelectorAll('li.visit')) { if (!v.innerText.includes('Over')) continue;"
        " const d = v.querySelector('details'); d.open = true;"
        " const b = [...v.querySelectorAll('button')].find((b) => b.textContent === 'This is …');"
        " if (b) { b.click(); return true; } } return false"
    )
    wait_for("whoever it was may be named", lambda: browser.execute_script(script), 30)
    wait_for("the face is judged", lambda: "This face will do" in dialog(browser), 60)
    without_violation(browser)
    find(browser, "#enrol-name").send_keys("eileen")
    press(browser, "Keep this face")
    wait_for("it is kept", lambda: [face["ExternalImageId"] for face in faces(daemon)] == ["eileen"])

    def named():
        return [json.loads(payload) for payload in listener.all("/event") if b'"eileen"' in payload]

    wait_for("a visit that follows has the name", named, 120)
    wait_for("the page tells it", lambda: "eileen" in text(browser), 60)
