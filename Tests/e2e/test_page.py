"""The page on the box in a real browser: `make test-browser` brings chromium; without it these tests are skipped."""

import json
import shutil
import subprocess
import time

import pytest
from conftest import PROGRAM, clip, wait_for

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: make test-browser brings it")
axe = pytest.importorskip("axe_core_python.selenium", reason="axe is not installed: make test-browser brings it")
By = pytest.importorskip("selenium.webdriver.common.by").By
if not shutil.which("chromedriver"):
    pytest.skip("chromium-driver is not installed: make test-browser brings it", allow_module_level=True)

PHONE, DESK = (390, 844), (1280, 900)


@pytest.fixture(
    params=[(PHONE, "dark"), (PHONE, "light"), (DESK, "dark"), (DESK, "light")], ids=lambda p: f"{p[0][0]} {p[1]}"
)
def browser(request):
    (width, height), scheme = request.param
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", f"--window-size={max(500, width)},{height}"]:
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
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    yield driver
    driver.quit()


def link(daemon):
    told = subprocess.run([PROGRAM, "console", "--config", daemon.config], capture_output=True, text=True, timeout=30)
    # A box that has just begun does not answer yet.
    return told.stdout.split()[0] if told.returncode == 0 else None


# Asked in the page itself, in one piece: what selenium holds may be drawn anew between two questions.
FIND_BUTTON = (
    "return [...document.querySelectorAll('button')].find((b) => b.textContent === arguments[0] && b.checkVisibility())"
)


def text(browser):
    return browser.execute_script("return document.querySelector('main').innerText")


def button(browser, name):
    return browser.execute_script(FIND_BUTTON, name)


def asked(browser):
    """Every address that the browser asked for."""
    entries = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"]


def without_violation(browser):
    found = axe.Axe().run(browser)["violations"]
    assert found == [], [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found]
    wide = browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} pixels wider than the screen"


def signed_in(browser, daemon):
    wait_for("the box answers", lambda: (daemon.storage / "credentials.json").exists())
    address = wait_for("a link is printed", lambda: link(daemon), 30)
    browser.get(address)
    wait_for("the cameras are shown", lambda: "Live" in text(browser))
    return address


def test_people_sign_in_with_the_token_and_out_again_and_a_wrong_one_is_told(browser, launch, demo):
    daemon = launch(demo)
    token = daemon.credentials()["bearerToken"]
    address = f"http://127.0.0.1:{daemon.port}/"
    wait_for("the page is served", lambda: (browser.get(address), button(browser, "Sign in"))[1])
    without_violation(browser)
    field = browser.find_element(By.CSS_SELECTOR, "#sign-in input")
    field.send_keys("wrong")
    button(browser, "Sign in").click()
    wait_for("a wrong token is told", lambda: "not valid" in text(browser))
    field = browser.find_element(By.CSS_SELECTOR, "#sign-in input")
    field.clear()
    field.send_keys(token)
    wait_for("one may try again", lambda: button(browser, "Sign in")).click()
    wait_for("the cameras are shown", lambda: "Live" in text(browser))
    assert browser.execute_script("return document.cookie") == "", "a script can read the session"
    browser.get(address + "#sessions")
    wait_for("the session is listed", lambda: "This browser" in text(browser))
    without_violation(browser)
    button(browser, "Sign out").click()
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
    assert not browser.find_elements(By.TAG_NAME, "img") or "live.mjpg" not in browser.page_source
    button(browser, "Show the picture").click()
    seen = "const i = document.querySelector('.live img'); return i && i.naturalWidth"
    wait_for("the picture comes", lambda: browser.execute_script(seen))
    without_violation(browser)
    button(browser, "Hide the picture").click()
    wait_for("it goes", lambda: not browser.find_elements(By.CSS_SELECTOR, ".live img"))


def test_a_visit_appears_while_one_looks_and_says_why_and_nothing_leaves_the_box(browser, launch, demo):
    daemon = launch(demo, {"door": clip(demo.clip, loop=True)})
    signed_in(browser, daemon)
    browser.get(f"http://127.0.0.1:{daemon.port}/#visits")
    wait_for("the view is there", lambda: "Visits" in text(browser))
    wait_for("a visit appears", lambda: browser.find_elements(By.CSS_SELECTOR, "li.visit"), 60)
    wait_for("a visit is over", lambda: "Over" in text(browser), 60)
    browser.find_element(By.CSS_SELECTOR, "li.visit summary").click()
    wait_for("it says why", lambda: "Looks" in text(browser) and "seen in" in text(browser))
    without_violation(browser)
    elsewhere = [
        url
        for url in asked(browser)
        if not url.startswith((f"http://127.0.0.1:{daemon.port}/", "data:", "blob:", "about:", "chrome:"))
    ]
    assert elsewhere == []
    errors = [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE" and "401" not in e["message"]]
    assert errors == []


def test_the_page_works_without_a_broker(browser, launch, broker, demo):
    broker.kill()
    daemon = launch(demo, {"door": clip(demo.clip, loop=True)})
    signed_in(browser, daemon)
    wait_for("the camera works", lambda: "works" in text(browser))
    time.sleep(6)
    assert "works" in text(browser)
