"""The real Home Assistant with a real broker and a real Porchlight, by hand: `make test-home-assistant`.

Each check is a line; the exit code is 0 when all of them hold. `--minutes` is how long the quiet camera is watched.
"""

import argparse
import asyncio
import logging
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from homeassistant import bootstrap, const
from homeassistant.components.device_automation import DeviceAutomationType, async_get_device_automations
from homeassistant.helpers import device_registry, entity_registry
from homeassistant.runner import RuntimeConfig

import parts

HERE = Path(__file__).resolve().parent
BLUEPRINT = parts.ROOT / "config/home-assistant/visit-notification.yaml"
EVENT = "event.porch_1_door_event"
RECOGNIZED = "sensor.porch_2_faces_face"
RECOGNITION = "event.porch_2_faces_recognition"
MODE = "select.porch_1_box_mode"
NIGHT = {"Processors": {"door": {"Labels": ["PET"], "MinConfidence": 60}, "yard": {"Running": False}}}

CONFIGURATION = """
homeassistant:
  name: Test
  latitude: 0
  longitude: 0
  elevation: 0
  unit_system: metric
  currency: EUR
  country: DE
  time_zone: UTC
http:
  server_host: 127.0.0.1
  server_port: PORT
recorder:
  commit_interval: 1
fake_phone:
automation:
  - use_blueprint:
      path: porchlight/visit-notification.yaml
      input:
        events: [event.porch_1_door_event]
        happenings: [person_arrived]
        notify_action: notify.fake_phone
"""

EXPECTED = [
    "binary_sensor.porch_1_door_person", "binary_sensor.porch_1_door_pet", EVENT, "image.porch_1_door_person_image",
    "image.porch_1_door_pet_image", "sensor.porch_1_door_person_count", "number.porch_1_door_min_confidence",
    "switch.porch_1_door_enabled", "switch.porch_1_door_person_enabled", "sensor.porch_1_door_status",
    "binary_sensor.porch_1_door_camera", "binary_sensor.porch_1_door_problem", "binary_sensor.porch_1_box_problems",
    "sensor.porch_1_door_background", "button.porch_1_door_forget_background",
    "sensor.porch_1_box_last_restart", "sensor.porch_1_box_cpu_percent", "sensor.porch_1_box_temperature_c",
]
OFF_AT_FIRST = [
    "sensor.porch_1_box_cpu_percent", "sensor.porch_1_box_rss_mb", "sensor.porch_1_box_temperature_c",
    "sensor.porch_1_box_frames_dropped", "sensor.porch_1_door_fps_in", "sensor.porch_1_door_person_confidence",
]


class Report:
    def __init__(self):
        self.failures = 0

    def tell(self, holds, what, seen=""):
        self.failures += not holds
        print(f"{'ok    ' if holds else 'FAILED'}  {what}{f': {seen}' if seen != '' else ''}", flush=True)


class Complaints(logging.Handler):
    """What Home Assistant logs as a warning or worse, of MQTT or of an automation."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        text = record.getMessage()
        names = ("mqtt", "automation", "blueprint", "template", "event", "recorder")
        if any(name in record.name for name in names) or "porch" in text.lower():
            self.texts.append(f"{record.name}: {text}"[:300])


async def wait_for(what, condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        await asyncio.sleep(0.2)
    raise TimeoutError(f"not within {seconds} s: {what}")


async def start_home_assistant(folder, broker_port):
    (folder / "configuration.yaml").write_text(CONFIGURATION.replace("PORT", str(parts.free_port())))
    shutil.copytree(HERE / "custom_components", folder / "custom_components")
    blueprints = folder / "blueprints/automation/porchlight"
    blueprints.mkdir(parents=True)
    shutil.copy(BLUEPRINT, blueprints)
    hass = await bootstrap.async_setup_hass(RuntimeConfig(config_dir=str(folder), skip_pip=False))
    await hass.async_start()
    flow = await hass.config_entries.flow.async_init("mqtt", context={"source": "user"})
    answer = {"broker": "127.0.0.1", "port": broker_port}
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], answer)
    assert result["type"] == "create_entry", result
    await hass.async_block_till_done()
    return hass


class Watch:
    """What happens in Home Assistant."""

    def __init__(self, hass):
        self.fired = []
        # An entity that was unavailable shows its last event again, with its time.
        self.last = None
        # The times at which each picture came: an entity that was unavailable shows its old one again.
        self.pictures = defaultdict(set)
        self.reset()
        hass.bus.async_listen(const.EVENT_STATE_CHANGED, self.changed)

    def reset(self):
        self.fired.clear()
        self.pictures.clear()

    async def changed(self, event):
        old, new = event.data["old_state"], event.data["new_state"]
        if new is None or new.state in ("unavailable", "unknown") or (old is not None and old.state == new.state):
            return
        if new.entity_id == EVENT and new.state != self.last:
            self.last = new.state
            self.fired.append((time.monotonic(), dict(new.attributes)))
        elif new.domain == "image":
            self.pictures[new.entity_id].add(new.state)

    def types(self):
        return Counter(attributes["event_type"] for _, attributes in self.fired)


def check_entities(hass, report):
    entities = entity_registry.async_get(hass).entities
    missing = [name for name in EXPECTED if name not in entities]
    report.tell(not missing, "every entity has the id that the pages promise", missing or len(entities))
    enabled = [name for name in OFF_AT_FIRST if name not in entities or entities[name].disabled_by is None]
    report.tell(not enabled, "figures that change all the time are switched off", enabled or "")


async def check_triggers(hass, report):
    device = next(
        device for device in device_registry.async_get(hass).devices.values()
        if ("mqtt", "porchlight-porch-1") in device.identifiers
    )
    triggers = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [device.id])
    types = {trigger["type"] for trigger in triggers[device.id] if trigger["domain"] == "mqtt"}
    wanted = {"person_arrived", "person_left", "pet_arrived", "pet_left"}
    report.tell(wanted <= types, "an automation can wait for each thing that happens", sorted(types))
    return device


async def follow_device_trigger(hass, device):
    """Counts a device trigger as an automation would."""
    from homeassistant.helpers.trigger import async_initialize_triggers, async_validate_trigger_config

    triggers = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [device.id])
    trigger = next(one for one in triggers[device.id] if one["type"] == "person_arrived")
    trigger = {key: value for key, value in trigger.items() if key != "metadata"} | {"platform": "device"}
    config = await async_validate_trigger_config(hass, [trigger])
    seen = []

    async def note(variables, context=None):
        seen.append(variables)

    await async_initialize_triggers(hass, config, note, "test", "test", logging.getLogger("trigger").log)
    return seen


async def check_visits(hass, watch, report, seen, visits):
    """Each passage of the clip is one visit of a person and one of a pet."""
    phone = hass.data["fake_phone"]
    await wait_for("nobody is there", lambda: watch.types()["pet_left"] >= 1, 120)
    watch.reset()
    phone.clear()
    seen.clear()
    await wait_for("the visits", lambda: watch.types()["pet_left"] >= visits, 90 + 60 * visits)
    types = watch.types()
    report.tell(types["person_arrived"] == types["person_left"] == visits, "each visit is one arrival and one departure", dict(types))
    ids = Counter(a["id"] for _, a in watch.fired if a["event_type"] == "person_arrived")
    report.tell(set(ids.values()) == {1}, "no visit arrives twice")
    report.tell(len(phone) == types["person_arrived"], "the blueprint tells the phone once per visit", len(phone))
    report.tell(len(seen) == types["person_arrived"], "so does the device trigger", len(seen))
    picture = phone[0]["data"].get("image") if phone else ""
    report.tell(picture == "/api/image_proxy/image.porch_1_door_person_image", "with the picture", phone[:1])


async def check_late(hass, watch, report, seen, wire):
    """Without the broker for two passages of the clip: what comes afterwards rings no phone."""
    phone = hass.data["fake_phone"]
    await wait_for("nobody is there", lambda: watch.fired[-1][1]["event_type"] == "pet_left", 60)
    watch.reset()
    phone.clear()
    seen.clear()
    wire.cut()
    await asyncio.sleep(75)
    wire.mend()
    await wait_for("what waited", lambda: watch.types()["late"] >= 4, 60)
    await asyncio.sleep(3)
    types = watch.types()
    late = [attributes["happened"] for _, attributes in watch.fired if attributes["event_type"] == "late"]
    report.tell(late.count("person_arrived") >= 1, "what happened meanwhile is told as late", dict(types))
    fresh = types["person_arrived"]
    report.tell(len(phone) == fresh and len(seen) == fresh, "and rings no phone", f"{len(phone)} notices, {fresh} arrivals")


async def check_pictures(hass, watch, report, wire):
    """A connection that was lost and is back brings no picture that was there already."""
    count = watch.types()["pet_left"]
    await wait_for("nobody is there", lambda: watch.types()["pet_left"] > count, 90)
    before = {name: len(times) for name, times in watch.pictures.items()}
    wire.bytes_sent = 0
    wire.cut()
    await asyncio.sleep(1)
    wire.mend()
    await asyncio.sleep(4)
    now = {name: len(times) for name, times in watch.pictures.items()}
    again = {name: count - before.get(name, 0) for name, count in now.items() if count != before.get(name, 0)}
    report.tell(not again, "a reconnect sends no picture again", f"{again or ''} {wire.bytes_sent} bytes sent")


async def check_quiet(folder, report, minutes):
    """What the recorder has kept of a camera that sees nothing."""
    def rows():
        with sqlite3.connect(f"file:{folder}/home-assistant_v2.db?mode=ro", uri=True) as database:
            found = database.execute(
                "select m.entity_id, count(*) from states s join states_meta m using (metadata_id)"
                " where m.entity_id like '%porch_1_yard%' or m.entity_id like '%porch_1_box%' group by 1")
            return Counter(dict(found.fetchall()))

    before = rows()
    await asyncio.sleep(60 * minutes)
    grown = {name: count for name, count in (rows() - before).items()}
    report.tell(sum(grown.values()) <= max(2, minutes), f"{minutes} minutes of a quiet camera fill no database", grown or "0 rows")


async def check_modes(hass, report, box):
    """Modes that are made on the box can be chosen in Home Assistant, and those that are chosen elsewhere are shown."""
    report.tell(hass.states.get(MODE) is None, "a box without modes shows no choice of modes")
    await asyncio.to_thread(box.ask, "PUT", "/modes/home", {"FromCurrent": True})
    await asyncio.to_thread(box.ask, "PUT", "/modes/night", NIGHT)

    def options():
        select = hass.states.get(MODE)
        return select and select.attributes["options"]

    await wait_for("the choice of modes", lambda: options() == ["home", "night"], 60)
    await wait_for("it is available", lambda: hass.states.get(MODE).state != "unavailable", 60)
    report.tell(hass.states.get(MODE).state == "unknown", "no mode is on at first", hass.states.get(MODE).state)
    before = (await asyncio.to_thread(box.settings, "door"))[0]
    night = NIGHT["Processors"]["door"]
    for mode, wanted, yard in [("night", night, "off"), ("home", before, "on")]:
        await hass.services.async_call("select", "select_option", {"entity_id": MODE, "option": mode}, blocking=True)
        await wait_for(f"{mode} is shown", lambda mode=mode: hass.states.get(MODE).state == mode, 60)
        now, _ = await asyncio.to_thread(box.settings, "door")
        report.tell(now == wanted, f"{mode}, chosen in Home Assistant, is on the box", now)
        switch = "switch.porch_1_yard_enabled"
        await wait_for(f"the yard is {yard}", lambda yard=yard: hass.states.get(switch).state == yard, 60)
        running = (await asyncio.to_thread(box.settings, "yard"))[1]
        report.tell((running == "STOPPED") == (yard == "off"), f"{mode} says of the yard whether it runs", running)
    await asyncio.to_thread(box.ask, "POST", "/mode", {"Mode": "night"})
    await wait_for("the switch elsewhere", lambda: hass.states.get(MODE).state == "night", 60)
    await asyncio.to_thread(box.ask, "POST", "/mode", {"Mode": "home"})
    await wait_for("and back", lambda: hass.states.get(MODE).state == "home", 60)
    changed = hass.states.get(MODE).attributes.get("changed")
    report.tell(changed == [], "a mode that was switched on elsewhere is shown, with what was changed since", changed)


async def check_faces(hass, report, start_face_search):
    """A visitor whose photograph is in a collection gets her name, once a visit."""
    names, recognitions = [], []

    async def note(event):
        new = event.data["new_state"]
        if new is None or new.state in ("unavailable", "unknown"):
            return
        if new.entity_id == RECOGNIZED:
            names.append(new.state)
        elif new.entity_id == RECOGNITION:
            recognitions.append(new.attributes)

    hass.bus.async_listen(const.EVENT_STATE_CHANGED, note)
    await asyncio.to_thread(start_face_search)
    await wait_for("the face search's entities", lambda: hass.states.get(RECOGNIZED), 60)
    visits = 2
    await wait_for("she has come twice and gone", lambda: names.count("Eileen") >= visits and names[-1] == "nobody", 180)
    report.tell(set(names) <= {"Eileen", "unknown", "nobody"}, "the sensor shows who is there", names)
    seen = [(attributes["event_type"], attributes.get("name")) for attributes in recognitions]
    report.tell(seen == [("face_recognized", "Eileen")] * visits, "a name is told once a visit", seen)


async def try_it(minutes, folder, wire, box, start_daemon, start_face_search):
    report, complaints = Report(), Complaints()
    hass = await start_home_assistant(folder / "home-assistant", wire.broker_port)
    print(f"Home Assistant {const.__version__}", flush=True)
    logging.getLogger().addHandler(complaints)
    watch = Watch(hass)
    await asyncio.to_thread(start_daemon)
    await wait_for("the box's entities", lambda: hass.states.get(EVENT), 60)
    await asyncio.sleep(2)
    check_entities(hass, report)
    device = await check_triggers(hass, report)
    seen = await follow_device_trigger(hass, device)
    await check_visits(hass, watch, report, seen, visits=2)
    await check_late(hass, watch, report, seen, wire)
    await check_pictures(hass, watch, report, wire)
    await check_quiet(folder / "home-assistant", report, minutes)
    await check_modes(hass, report, box)
    await check_faces(hass, report, start_face_search)
    report.tell(not complaints.texts, "Home Assistant's log has no complaint", complaints.texts[:10] or "")
    await hass.async_stop()
    return report.failures


def run(minutes, folder):
    """All processes live outside of Home Assistant's loop, which lets nobody wait in it."""
    visit, quiet = parts.make_clips(folder)
    visitor, photograph = parts.make_visitor(folder)
    (folder / "home-assistant").mkdir()
    broker, broker_port = parts.start_broker(folder)
    wire = parts.Wire(parts.free_port(), broker_port)
    wire.open()
    processes = [broker]
    toy, default = "Tests/Fixtures/toy/toy_detector.onnx", "Models/default"
    first = parts.Box(folder / "porch-1", "porch-1", wire.port, {"door": visit, "yard": quiet}, toy)
    second = parts.Box(folder / "porch-2", "porch-2", broker_port, {"gate": visitor}, default)

    def start_daemon():
        processes.insert(0, first.start())

    def start_face_search():
        processes.insert(0, second.start())
        parts.wait_for_port(second.port)
        second.search_faces("gate", photograph, "Eileen")

    try:
        return asyncio.run(try_it(minutes, folder, wire, first, start_daemon, start_face_search))
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="a folder for all files, kept afterwards")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="porchlight-home-assistant-"))
    folder.mkdir(parents=True, exist_ok=True)
    failures = run(options.minutes, folder)
    if not options.keep and not failures:
        shutil.rmtree(folder)
    print("all holds" if not failures else f"{failures} checks failed; the files are in {folder}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
