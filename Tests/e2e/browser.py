"""What tests of the page ask of the real browser that the fixture `browser` starts."""

import glob
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import PROGRAM, wait_for


def chromium(size, scheme):
    from selenium import webdriver

    if not shutil.which("chromedriver"):
        pytest.skip("chromium-driver is not installed: make test-browser brings it")
    width, height = size
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    # Tests may run as root, in a container with little shared memory.
    apart = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    for argument in ["--headless=new", f"--window-size={max(500, width)},{height}", *apart]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if width < 500:
        options.add_experimental_option(
            "mobileEmulation", {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 1}}
        )
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    driver.set_page_load_timeout(180)
    driver.set_script_timeout(180)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    return driver


def webkit(size, scheme, home):
    """WebKitGTK, on the screen that DISPLAY names. GTK's settings say what it likes; its windows are 450 pixels wide or more."""
    from selenium import webdriver
    from selenium.webdriver.webkitgtk.service import Service

    driver, browsers = shutil.which("WebKitWebDriver"), glob.glob("/usr/lib/*/webkit2gtk-4*/MiniBrowser")
    if not driver or not browsers:
        pytest.skip("webkit2gtk-driver is not installed: make test-browser BROWSER=webkit brings it")
    (home / "gtk-3.0").mkdir()
    likes = f"gtk-enable-animations=0\ngtk-application-prefer-dark-theme={int(scheme == 'dark')}\n"
    (home / "gtk-3.0" / "settings.ini").write_text(f"[Settings]\n{likes}")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = browsers[0]
    options.add_argument("--automation")
    service = Service(driver, env={**os.environ, "XDG_CONFIG_HOME": str(home)})
    window = webdriver.WebKitGTK(options=options, service=service)
    window.set_window_size(*size)
    return window


def only_chromium(browser, why):
    if "chrome" not in browser.capabilities["browserName"]:
        pytest.skip(f"only chromium's driver {why}")


def link(daemon):
    told = subprocess.run([PROGRAM, "console", "--config", daemon.config], capture_output=True, text=True, timeout=120)
    # A box that has just begun does not answer yet.
    return told.stdout.split()[0] if told.returncode == 0 else None


# Asked in the page itself, in one piece: what selenium holds may be drawn anew between two questions.
FIND_BUTTON = (
    "return [...document.querySelectorAll('button')].find((b) => b.textContent === arguments[0] && b.checkVisibility())"
)


def text(browser):
    return browser.execute_script("return document.querySelector('main')?.innerText ?? ''")


def dialog(browser):
    """What the open question says."""
    return browser.execute_script("return document.querySelector('dialog[open]')?.innerText ?? ''")


def press_in_dialog(browser, name):
    script = (
        "const b = [...document.querySelectorAll('dialog[open] button')].find((b) => b.textContent === arguments[0]);"
        "b?.click(); return !!b"
    )
    wait_for(f"the question's button {name}", lambda: browser.execute_script(script, name))


def button(browser, name):
    return browser.execute_script(FIND_BUTTON, name)


def press(browser, name):
    """Clicks the button as soon as that can be; one that is drawn anew meanwhile, or behind something, is tried again."""
    from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException

    def is_pressed():
        found = button(browser, name)
        if not found:
            return False
        try:
            if not found.is_enabled():
                return False
            browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
            found.click()
        except (StaleElementReferenceException, ElementClickInterceptedException):
            return False
        return True

    wait_for(f"the button \"{name}\" is pressed", is_pressed)


OPEN_FIRST = """
const details = document.querySelector("li.visit details");
if (details && !details.open) details.querySelector("summary").click();
return document.querySelector("main").innerText;
"""


def says_why(browser, *words):
    """Waits until the first visit, opened, says all of these. A list that is drawn anew is opened again."""
    wait_for(f"it says why: {words}", lambda: all(word in browser.execute_script(OPEN_FIRST) for word in words))


def asked(browser):
    """Every address that the browser asked for."""
    if "chrome" not in browser.capabilities["browserName"]:
        return browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    return [request["url"] for request in requests(browser)]


def requests(browser):
    entries = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [e["params"]["request"] for e in entries if e["method"] == "Network.requestWillBeSent"]


def without_violation(browser):
    found = pytest.importorskip("axe_core_python.selenium").Axe().run(browser)["violations"]
    assert found == [], [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found]
    wide = browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} pixels wider than the screen"


def signed_in(browser, daemon):
    wait_for("the box answers", lambda: (daemon.storage / "credentials.json").exists())
    address = wait_for("a link is printed", lambda: link(daemon))
    wait_for("the API answers", daemon.answers)
    browser.get(address)
    wait_for("the cameras are shown", lambda: "Live" in text(browser))
    return address


# A clip's folder is the test's own.
WITHOUT_FOLDERS = r"""
const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(/\/\S*\/(?=[^\s\/]+\.mp4)/g, "");
"""


def keep_picture(browser, name):
    """Keeps what the screen shows as `<name>-<width>-<scheme>.png`, where PORCHLIGHT_PAGE_PICTURES names a folder."""
    folder = os.environ.get("PORCHLIGHT_PAGE_PICTURES")
    if not folder:
        return
    width, scheme = browser.execute_script(
        "return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light']"
    )
    browser.execute_script(WITHOUT_FOLDERS)
    Path(folder).mkdir(parents=True, exist_ok=True)
    browser.save_screenshot(str(Path(folder) / f"{name}-{width}-{scheme}.png"))
