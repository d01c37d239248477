"""The gauntlet's judge: it must see a lie, and must not see one where there is none."""

from gauntlet.judge import LIE, SILENCE, STALE, UNKNOWN, CameraTruth, Judge, Truth, Visit, gaps, lost_visits, wrong_now

ROOT = "porchlight/box"


def truth(**camera):
    return Truth(cameras={"door": CameraTruth(**camera)}, daemon_runs=True)


def states(**changed):
    told = {"status": "online", "camera/door/status": "online", "processor/door/status": "RUNNING"}
    told |= {"processor/door/enabled": "ON", "processor/door/person": "OFF", "processor/door/pet": "OFF"}
    told |= {name.replace("__", "/"): value for name, value in changed.items()}
    return {f"{ROOT}/{name}": value for name, value in told.items()}


def kinds(truth, states):
    return sorted(wrong.kind for wrong in wrong_now(truth, states, ROOT))


def test_nothing_is_wrong_when_all_is_as_it_is_told():
    assert kinds(truth(), states()) == []
    assert kinds(truth(in_view="person"), states(processor__door__person="ON")) == []


def test_a_person_who_is_there_and_not_told_and_one_who_is_told_and_not_there_are_lies():
    assert kinds(truth(in_view="person"), states()) == ["lie"]
    assert kinds(truth(), states(processor__door__person="ON")) == ["lie"]
    assert kinds(truth(in_view="pet", labels=("person",)), states(processor__door__pet="ON")) == ["lie"]


def test_a_camera_that_sends_nothing_may_not_be_online_and_one_that_does_may_not_be_away():
    away = states(camera__door__status="offline", processor__door__status="STARTING")
    assert kinds(truth(is_usable=False), states()) == ["lie", "lie"]
    assert kinds(truth(is_usable=False), away) == []
    assert kinds(truth(), away) == ["silence"]


def test_a_box_that_says_offline_claims_nothing_and_is_silent_only_while_it_could_speak():
    off = states(status="offline", processor__door__person="ON")
    assert kinds(Truth(cameras={"door": CameraTruth()}), off) == []
    assert kinds(truth(), off) == ["silence"]
    assert kinds(Truth(cameras={"door": CameraTruth()}), states()) == ["lie"]
    gone = truth()
    gone.broker_works = False
    assert kinds(gone, {}) == []


def test_a_picture_that_tells_nothing_may_keep_a_state_for_as_long_as_it_takes_to_notice():
    assert kinds(truth(in_view=UNKNOWN), states(processor__door__person="ON")) == ["stale"]
    assert kinds(truth(in_view=UNKNOWN), states()) == []


def test_only_what_stays_wrong_for_long_is_counted_and_each_time_once():
    judge = Judge()
    lie, silence = wrong_now(truth(in_view="person"), states(), ROOT), wrong_now(truth(), states(camera__door__status="offline"), ROOT)
    for second in range(int(LIE) + 1):
        judge.look(float(second), lie)
    judge.look(LIE + 1, set())
    assert judge.lies == 0, "ten seconds are allowed"
    for second in range(100, 100 + int(LIE) + 5):
        judge.look(float(second), lie)
    judge.look(200.0, set())
    assert judge.lies == 1
    for second in range(300, 300 + int(SILENCE) + 3):
        judge.look(float(second), silence)
    judge.close(400.0)
    assert judge.lies == 1 and judge.silences >= 1
    assert STALE > LIE


def test_a_visit_is_lost_unless_an_event_says_that_it_began_while_it_lasted():
    event = {"phase": "started", "camera": "door", "event_type": "person", "monotonicMs": 105_000, "seq": 1}
    assert lost_visits([Visit("door", "person", 100, 110)], [event]) == []
    assert lost_visits([Visit("door", "pet", 100, 110)], [event])
    assert lost_visits([Visit("door", "person", 200, 210)], [event])
    assert lost_visits([Visit("door", "person", 100, 110)], [{**event, "phase": "ended"}])


def test_numbers_that_are_missing_are_found_in_whatever_order_the_others_came():
    assert gaps([{"seq": 4}, {"seq": 1}, {"seq": None}, {"seq": 2}]) == [3]
    assert gaps([]) == []
