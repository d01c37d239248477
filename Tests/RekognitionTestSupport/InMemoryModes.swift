package import Base

/// Modes without processors: keeps what it is told and refuses what is not there.
package actor InMemoryModes: ModeControl {
    package private(set) var kept: [ModeName: Mode] = [:]
    package private(set) var current: ModeName?

    package init() {}

    private var state: ModeState {
        ModeState(current: current, changed: [], names: kept.keys.sorted())
    }

    package func modes() async -> ModeList {
        ModeList(state: state, modes: kept.values.sorted { $0.name < $1.name }.map { ($0, []) })
    }

    package func keep(_ mode: Mode) async throws(ControlError) { kept[mode.name] = mode }

    package func keepCurrent(as name: ModeName) async throws(ControlError) {
        kept[name] = Mode(name: name, processors: [:])
    }

    package func deleteMode(_ name: ModeName) async throws(ControlError) {
        guard kept.removeValue(forKey: name) != nil else { throw .notFound("Mode \(name) does not exist") }
        if current == name { current = nil }
    }

    package func enter(_ name: ModeName?) async throws(ControlError) -> ModeState {
        if let name, kept[name] == nil { throw .notFound("Mode \(name) does not exist") }
        current = name
        return state
    }
}
