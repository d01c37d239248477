"""What cameras do. Each row is a fault of the driver or of the picture; `motion` sees the same pictures."""

from . import Breakage


def fault(name, words, done, names=None, is_usable=True, seconds=18.0, visits=True, **others):
    """A fault of the driver. `visits`: somebody comes meanwhile, and has to be seen."""

    def play(world):
        world.fault("door", words, is_usable)
        if names:
            world.expect_name(names)
        if is_usable and visits:
            world.visit(seconds=seconds)
        else:
            world.sleep(seconds)
        if names:
            world.wait_for_name()
        world.fault("door", "", True)

    return Breakage(name, "camera", done, play, names, has_peer=others.pop("has_peer", True), **others)


def scene(picture, done, names):
    """A picture that tells nothing, or another scene, while somebody had been in view; until it is named and a while longer."""

    def play(world):
        world.show("door", "person")
        world.sleep(8)
        world.show("door", picture)
        world.expect_name(names)
        world.wait_for_name()
        world.sleep(12)
        world.show("door", "empty")
        world.sleep(8)

    return Breakage(picture, "camera", done, play, names, has_peer=True)


def hanging(world):
    world.expect_name("nothing comes back")
    world.fault("door", "hang:30000", False)
    world.sleep(1)
    # Said once: the next call is another one.
    world.fault("door", "", False)
    world.sleep(30)
    world.fault("door", "", True)


def flapping(world):
    world.expect_name("unplug|no camera|not there|gone")
    for _ in range(4):
        world.fault("door", "gone", False)
        world.sleep(3)
        world.fault("door", "", True)
        world.sleep(3)
    world.fault("door", "gone", False)
    world.wait_for_name()
    world.fault("door", "", True)


ROWS = [
    fault("end cut by 1 %", "cut:99", "every picture loses its last hundredth", "damaged"),
    fault("end cut by 5 %", "cut:95", "every picture loses its last twentieth", "damaged"),
    fault("no end mark, 3 pictures a second", "cut:99 rate=3", "as above, and slow", "damaged|slow", seconds=20),
    fault("marked by the driver", "marked", "V4L2_BUF_FLAG_ERROR on whole pictures"),
    fault("stale bytes behind the end", "stale:2000", "2000 bytes of an older picture behind the end mark"),
    fault("no Huffman tables", "nodht", "as many webcams send them"),
    fault("slow", "rate=1", "one picture a second where ten were agreed", "slow", seconds=25),
    fault("late", "late:2500", "each picture comes 2.5 s late", "slow", seconds=35),
    fault("stamps go backwards", "backwards", "the driver's time stamps are a second too early"),
    fault("no stamps", "nostamp", "the driver gives no monotonic time stamps"),
    fault("pictures lost", "drop@0-400000000", "the driver loses every picture", "sends nothing", is_usable=False),
    fault("empty buffers", "empty", "buffers without a byte", "damaged|empty|no picture", is_usable=False),
    fault("garbage", "garbage", "the middle third of every picture is overwritten", "damaged", is_usable=False, seconds=25),
    fault("short raw pictures", "cut:99", "YUYV pictures lack their last rows", "damaged|short|smaller", format="YUYV"),
    scene("frozen", "the same picture again and again, with a person", "frozen"),
    scene("dark", "black, with the sensor's noise", "dark"),
    scene("covered", "grey without an edge", "covered"),
    scene("bright", "white from edge to edge", "over-exposed"),
    scene("blurred", "water on the lens", "blurred"),
    scene("moved", "the camera looks elsewhere", "moved"),
    fault("stall", "stall", "no more pictures until the stream is restarted, again and again", "sends nothing", is_usable=False),
    fault("queue dead", "eio", "EIO from DQBUF and QBUF until the stream is restarted", "error|EIO|video42", is_usable=False),
    Breakage("driver call hangs", "camera", "DQBUF does not return for 30 s", hanging, "nothing comes back", has_peer=True),
    fault("unplugged", "gone", "the node is gone for 20 s", "unplug|no camera|not there", is_usable=False, seconds=20),
    fault("may not be opened", "eio denied", "the stream dies, then open answers EACCES", "permission|group", is_usable=False),
    Breakage("flapping plug", "camera", "unplugged and back every 3 s", flapping, "unplug|no camera|not there|gone", has_peer=True),
]
