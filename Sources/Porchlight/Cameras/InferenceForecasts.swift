package import Base
package import Gate
import Synchronization

/// When the analysis is going to look at each camera's pictures. The analysis writes, the cameras' threads read, so that
/// they decode no more than will be seen.
package final class InferenceForecasts: Sendable {
    private let forecasts = Mutex<[CameraName: InferenceForecast]>([:])

    package init() {}

    /// Replaces the forecast before.
    package func expect(_ forecast: InferenceForecast, of camera: CameraName) {
        forecasts.withLock { $0[camera] = forecast }
    }

    /// A look is expected at a picture of this time; always, as long as the analysis has said nothing.
    package func isPassExpected(at time: MonotonicTime, of camera: CameraName) -> Bool {
        forecasts.withLock { $0[camera] ?? .always }.isDue(at: time)
    }
}
