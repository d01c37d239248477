/// Everything for which the networks are used, in the order of its priority.
package enum WorkTable {
    package static let rows: [WorkKind] = [SecondLooks.kind, FaceLooks.kind, CameraLooks.kind, StillImageQueue.kind]
}
