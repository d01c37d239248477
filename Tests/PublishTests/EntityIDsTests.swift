import Base
import Publish
import TestSupport
import Testing

/// Two things with one id: one of them is not there in Home Assistant.
@Suite struct EntityIDsTests {
    private static let kinds = [
        "person", "person_image", "person_count", "person_enabled", "pet", "pet_enabled", "event", "min_confidence",
        "enabled", "status", "camera", "problem", "background", "forget_background", "cpuPercent", "version",
        "problems", "not_listed_enabled",
    ]

    @Test("simple names keep the ids that they always had")
    func simpleNames() {
        let ids = EntityIDs(deviceID: "porch-1")
        for owner in ["front-door", "front_door", "Garage2", "box", "cam_1-left", "person", "_", "-x", "a-b_1f-2"] {
            for kind in Self.kinds.dropLast() {
                #expect(ids.component(owner, kind) == "\(owner)_\(kind)")
                #expect(ids.unique(owner, kind) == "porchlight_porch-1_\(owner)_\(kind)")
            }
        }
        #expect(ids.component("a.b", "person") == "a_b-108bf50c_person")
        #expect(ids.unique("front.door", "enabled") == "porchlight_porch-1_front_door-d87aa97e_enabled")
    }

    @Test("the switch of `front` for persons and the switch of `front_person` are two")
    func twoProcessors() throws {
        let names = try ["front", "front_person", "x", "x_min", "x_pet"].map { try #require(ProcessorName($0)) }
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "homeassistant")
        let cameras = try ["x", "x_forget"].map { try #require(CameraName($0)) }
        let both = HomeAssistantDiscovery(topics: topics, cameras: cameras, processors: names.map { processor($0) })
        let each =
            names.map { HomeAssistantDiscovery(topics: topics, cameras: [], processors: [processor($0)]) }
            + cameras.map { HomeAssistantDiscovery(topics: topics, cameras: [$0], processors: []) }
        let box = HomeAssistantDiscovery(topics: topics, cameras: [], processors: []).components.count
        #expect(both.components.count == each.reduce(box) { $0 + $1.components.count - box })
        #expect(both.components["front_person_enabled"]?["name"] == "front looks for person")
        for alone in each {
            #expect(
                alone.components.allSatisfy { both.components[$0.key] == $0.value },
                "ids do not depend on who else is there")
        }
    }

    @Test("every kind that discovery uses is listed, so that simple names keep short ids")
    func allKindsAreListed() throws {
        let topics = try Topics(prefix: "p", deviceID: "box", homeAssistantPrefix: "homeassistant")
        let all = HomeAssistantDiscovery(
            topics: topics, cameras: [door], processors: [processor(labels: Set(Label.allCases))])
        #expect(all.components.keys.allSatisfy { !$0.hasPrefix("-") })
    }

    @Test("whatever the names of boxes, processors and cameras, no two ids are equal")
    func allDiffer() throws {
        var random = SplitMix(seed: 12)
        let parts = [
            "_", "_", "-", "--", ".", "a", "person", "pet", "enabled", "image", "min", "confidence", "forget",
            "background", "d", "3", "7f",
        ]
        var names: Set<String> = [
            "a.b_c", "a_b.c", "a.b.c", "a_b_c", "a_b-108bf50c", "a.b", "a_b-108bf50c_person", "--a", "--3-a", "-",
        ]
        while names.count < 1500 {
            let count = Int.random(in: 1...6, using: &random)
            names.insert((0..<count).map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }.joined())
        }
        // A plain name that looks like another one with a dot.
        for name in names where name.contains(".") {
            let key = EntityIDs(deviceID: "x").component(name, "event")
            if !key.hasPrefix("--") { names.insert(String(key.dropLast("_event".count))) }
        }
        try check(names.sorted(), devices: ["house"])
        let few = names.sorted().enumerated().filter { $0.offset % 25 == 0 }.map(\.element)
        let devices = ["house", "house_front", "house_front_door", "--5-house", "house-", "-house", "a", "a_person"]
        try check(few + ["front_door", "door", "person"], devices: devices)
    }

    private func check(_ names: [String], devices: [String]) throws {
        var owners: [String: String] = [:]
        for device in devices {
            let ids = EntityIDs(deviceID: device)
            var keys: Set<String> = []
            for name in names {
                for kind in Self.kinds {
                    let id = ids.unique(name, kind)
                    let isNew = owners.updateValue("\(device) \(name) \(kind)", forKey: id)
                    if let isNew { Issue.record("\(id): \(isNew), \(device) \(name) \(kind)") }
                    let key = ids.component(name, kind)
                    if !keys.insert(key).inserted { Issue.record("\(key) twice on \(device)") }
                    if !key.utf8.allSatisfy({ $0.isNameCharacter }) { Issue.record("\(key) cannot be an id") }
                }
            }
        }
    }

    @Test("who changes its id is forgotten before it comes anew, so that it finds its name free")
    func migration() throws {
        let topics = try Topics(prefix: "p", deviceID: "house_front", homeAssistantPrefix: "homeassistant")
        let old = TopicRegister(topics: [], components: ["front-door_person": "binary_sensor"])
        var queue = PublishQueue(topics: topics, bootID: "boot", register: old, isDiscoveryOn: true)
        queue.cameraChanged(door, CameraState(isOnline: true, health: [:]))
        queue.processorChanged(processor())
        queue.begin()
        queue.connected(at: .now())
        queue.retained.registerWritten()
        var messages: [JSONValue] = []
        while let publication = queue.next(at: .now()) {
            queue.acknowledged(publication.token, refusal: nil, at: .now())
            queue.retained.registerWritten()
            if publication.topic == topics.discovery, let json = JSONValue(parsing: publication.payload) {
                messages.append(json)
            }
        }
        #expect(messages.count == 2)
        #expect(messages.first?["cmps"] == ["front-door_person": ["p": "binary_sensor"]])
        #expect(
            messages.last?["cmps"]?["-front-door_person"]?["unique_id"]
                == "porchlight_--11-house_front_front-door_person")
    }
}
