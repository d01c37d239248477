"""The page's view Modes: made, switched, edited and deleted by hand, and true whoever else switches."""

import pytest
from browser import button, dialog, keep_picture, press_in_dialog, signed_in, text, without_violation
from conftest import DESK, PHONE, clip, wait_for

NIGHT = {"Processors": {"door": {"Labels": ["PET"], "MinConfidence": 60}, "yard": {"Running": False}}}
screens = pytest.mark.parametrize(
    "browser", [(PHONE, "dark"), (DESK, "light")], indirect=True, ids=["phone dark", "desk light"]
)


def shown(browser, launch, listener, scene):
    daemon = launch(scene, {name: clip(scene.clip, loop=True) for name in ("door", "yard")})
    for name in ("door", "yard"):
        wait_for(f"{name} runs", lambda: listener.last(f"processor/{name}/status") == "RUNNING")
    signed_in(browser, daemon)
    browser.get(f"http://127.0.0.1:{daemon.port}/#modes")
    wait_for("the view is there", lambda: "A new mode" in text(browser))
    return daemon


def card(browser, mode):
    """What the card of a mode shows; nothing while there is none."""
    return browser.execute_script(
        "return document.querySelector(`[data-mode='${arguments[0]}']`)?.innerText ?? ''", mode
    )


def press(browser, name, mode):
    found = browser.execute_script(
        "return document.querySelector(`button[aria-label='${arguments[0]}: ${arguments[1]}']`)", name, mode
    )
    assert found, f"{mode} has no button {name}"
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
    found.click()


def choose(browser, field, words):
    browser.find_element("id", field).find_element("xpath", f"./option[.='{words}']").click()


@screens
def test_modes_are_made_and_switched_and_what_differs_is_shown(browser, launch, listener, toy):
    from selenium.webdriver import Keys

    daemon = shown(browser, launch, listener, toy)
    assert "no modes yet" in text(browser)
    without_violation(browser)
    browser.find_element("id", "mode-name").send_keys("home", Keys.ENTER)
    wait_for("it is made", lambda: "everything that the network knows" in card(browser, "home"))
    daemon.ask("PUT", "/modes/night", NIGHT)
    wait_for("what a program makes is shown", lambda: "pet, from 60 %" in card(browser, "night"))
    press(browser, "Switch on", "night")
    wait_for("it is on", lambda: "On\n" in card(browser, "night"))
    focused = "return document.activeElement.closest('li')?.dataset.mode"
    assert browser.execute_script(focused) == "night", "the keyboard is at the mode that was switched to"
    assert daemon.ask("GET", "/modes")["Mode"] == "night"
    client = daemon.rekognition()
    assert client.describe_stream_processor(Name="yard")["Status"] == "STOPPED"
    without_violation(browser)
    keep_picture(browser, "modes")

    client.update_stream_processor(Name="door", SettingsForUpdate={"ConnectedHomeForUpdate": {"MinConfidence": 80}})
    wait_for("a change by hand is told", lambda: "Not as the mode says any more: door" in card(browser, "night"))
    without_violation(browser)
    press(browser, "Switch again", "night")
    wait_for("it is as the mode says", lambda: "Not as" not in card(browser, "night"))
    assert client.describe_stream_processor(Name="door")["Settings"]["ConnectedHome"]["MinConfidence"] == 60
    press(browser, "Switch off", "night")
    wait_for("none is on", lambda: "On\n" not in card(browser, "night"))
    assert daemon.ask("GET", "/modes")["Mode"] is None

    client.delete_stream_processor(Name="yard")
    wait_for("what cannot be is told", lambda: "yard" in card(browser, "night") and "cannot be" in card(browser, "night"))
    press(browser, "Switch on", "night")
    wait_for("and why", lambda: "nothing was changed" in text(browser))
    without_violation(browser)


@screens
def test_a_mode_is_edited_and_deleted_by_hand(browser, launch, listener, toy):
    daemon = shown(browser, launch, listener, toy)
    daemon.ask("PUT", "/modes/night", NIGHT)
    wait_for("it is shown", lambda: card(browser, "night"))
    press(browser, "Edit", "night")
    wait_for("its form is open", lambda: button(browser, "Cancel"))
    confidence = browser.find_element("id", "mode-confidence-door")
    confidence.clear()
    confidence.send_keys("72.5")
    choose(browser, "mode-labels-door", "person, pet")
    choose(browser, "mode-regions-door", "the whole picture")
    choose(browser, "mode-running-yard", "as it is")
    without_violation(browser)
    keep_picture(browser, "mode-editor")
    browser.execute_script("document.querySelector('a[href=\"#visits\"]').click()")
    wait_for("it asks before the form goes", lambda: "Leave without saving?" in dialog(browser))
    press_in_dialog(browser, "Cancel")
    wait_for("the question goes", lambda: not dialog(browser))
    confidence.submit()
    wait_for("it is kept", lambda: "person, pet, from 72.5 %, the whole picture" in card(browser, "night"))
    (mode,) = daemon.ask("GET", "/modes")["Modes"]
    expected = {"Labels": ["PERSON", "PET"], "MinConfidence": 72.5, "RegionsOfInterest": []}
    assert mode["Processors"] == {"door": expected}
    labels = daemon.rekognition().describe_stream_processor(Name="door")["Settings"]["ConnectedHome"]["Labels"]
    assert labels == ["ALL"], "a mode that is edited changes nothing that runs"

    press(browser, "Delete", "night")
    wait_for("it is asked", lambda: "What runs stays" in dialog(browser))
    without_violation(browser)
    browser.find_element("css selector", "dialog .danger").click()
    wait_for("it is gone", lambda: not card(browser, "night") and "no modes yet" in text(browser))
    assert daemon.ask("GET", "/modes")["Modes"] == []
