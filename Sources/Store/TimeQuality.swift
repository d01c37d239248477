package import Base
import CTimex

extension TimeQuality {
    /// What the kernel knows: whether something (NTP, GPS) keeps the wall clock right, see adjtimex(2), `STA_UNSYNC`.
    package static func now() -> TimeQuality {
        var state = timex()
        // SAFETY: `modes` is 0, so that the call only reads and fills the structure.
        let answer = unsafe adjtimex(&state)
        return answer == -1 || answer == TIME_ERROR || state.status & STA_UNSYNC != 0 ? .unsynchronized : .synchronized
    }
}
