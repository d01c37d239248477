"""Ends and beginnings of the daemon, and steps of the clock."""


from . import Breakage

DAY = 86_400


def killed(world):
    world.show("door", "person")
    world.sleep(8)
    world.set(daemon_runs=False)
    world.note_memory()
    world.daemon.kill()
    world.sleep(12)
    world.show("door", "empty")
    world.restart()


def stopped(world):
    world.show("door", "person")
    world.sleep(8)
    world.stop()
    world.sleep(12)
    world.show("door", "empty")
    world.restart()


def killed_with_broker(world):
    """A power cut of the whole box."""
    world.show("door", "person")
    world.sleep(8)
    world.set(daemon_runs=False, broker_works=False)
    world.note_memory()
    world.daemon.kill()
    world.kill_broker()
    world.show("door", "empty")
    world.sleep(3)
    world.start_broker()
    world.restart()


def step(seconds):
    def play(world):
        world.show("door", "person")
        world.sleep(6)
        world.clock.write_text(str(seconds))
        world.sleep(8)
        world.show("door", "empty")
        world.sleep(7)
        world.visit(seconds=8)
        world.clock.write_text("0")
        world.visit(seconds=8, label="pet")

    return play


def analysis_stops(world):
    """One thread stands still, as in a call that does not return."""
    from test_what_hangs import StoppedThread, threads

    world.show("door", "person")
    world.sleep(8)
    with StoppedThread(threads(world.daemon, "analysis")[0]):
        for name in world.breakage.cameras:
            world.set_camera(name, is_usable=False)
        world.expect_name("analysis")
        world.wait_for_name()
        world.sleep(12)
        world.show("door", "empty")
    for name in world.breakage.cameras:
        world.set_camera(name, is_usable=True)


ROWS = [
    Breakage("killed in a visit", "start", "SIGKILL while somebody is in view; started again 12 s later", killed),
    Breakage("stopped in a visit", "start", "SIGTERM while somebody is in view; started again 12 s later", stopped),
    Breakage("power cut", "start", "daemon and broker are killed at once", killed_with_broker),
    Breakage("clock a day ahead", "clock", "and back, while visits go on", step(DAY), libraries=("clock",)),
    Breakage("clock a day behind", "clock", "and right again, while visits go on", step(-DAY), libraries=("clock",)),
    Breakage("analysis stands still", "start", "its thread is stopped for half a minute", analysis_stops, "analysis"),
]
