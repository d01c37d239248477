package import Base
import Gate

/// What the analysis finds wrong with a camera's pictures.
package struct CameraView: Sendable, Equatable {
    package private(set) var troubles: [CameraTrouble] = []
    /// Nothing can be seen: what was seen last means nothing.
    package private(set) var isBlind = false

    package init() {}

    init(_ verdict: SceneWatch.Verdict) {
        troubles = verdict.kinds.map { CameraTrouble($0, $0.words) }
        isBlind = verdict.isBlind
    }
}

extension CameraTrouble.Kind {
    /// For people: what is wrong with the picture, and what to do.
    var words: String {
        switch self {
        case .frozen:
            "frozen: every picture is the same one: unplug the camera and plug it in again"
        case .dark:
            "dark: the picture is black: look for a cap or a cover on the lens, a light that is off or an infra-red lamp "
                + "that is broken"
        case .covered: "covered: nothing can be seen: look for something in front of the lens"
        case .overExposed:
            "over-exposed: most of the picture is white: turn the camera away from the light, or take away what stands "
                + "close to its infra-red lamp"
        case .blurred:
            "blurred: much of the detail that the scene usually has is gone: clean the lens, and look for water or ice on it"
        case .moved:
            "moved: the camera shows another scene than before: turn it back, or accept the new scene by forgetting the "
                + "background (background/set CLEAR); after an hour it is accepted by itself"
        case .offline, .damaged, .slow, .wrongSize, .noProcessor: rawValue
        }
    }
}
