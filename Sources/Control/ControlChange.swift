package import Base

/// What MQTT's retained topics and the web page follow, in the order in which it happened.
package enum ControlChange: Sendable, Equatable {
    case changed(ProcessorDescription)
    case removed(ProcessorName, camera: CameraName)
    case modes(ModeState)
}
