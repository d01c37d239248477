import Base

extension Operation {
    static let startStreamProcessor = Operation("StartStreamProcessor") { request, control throws(APIError) in
        let (name, start) = try StartRequest.read(request)
        return ["SessionId": .string(try await control.answering { try await $0.start(name, start) })]
    }
}

extension StartRequest {
    /// AWS's default for a `StopSelector` that names no duration.
    private static let defaultDuration = 10

    /// A checked StartStreamProcessor request.
    static func read(_ json: JSONValue) throws(APIError) -> (ProcessorName, StartRequest) {
        let request = try Members(request: json)
        let name = try ProcessorName.read(request)
        let begin = try request.structure("StartSelector")
        if let selector = try begin?.structure("KVSStreamStartSelector") {
            let time = try selector.integer("ProducerTimestamp", in: 0...Int.max)
            let fragment = try selector.string("FragmentNumber", .fragmentNumber)
            if (time == nil) == (fragment == nil) {
                selector.violations.add(
                    .object(selector.values), at: selector.path,
                    "Member must hold exactly one of ProducerTimestamp and FragmentNumber")
            }
        }
        let stop = try request.structure("StopSelector")
        let duration = try stop.map { selector throws(APIError) in
            try selector.integer("MaxDurationInSeconds", in: 1...120) ?? defaultDuration
        }
        try request.violations.throwIfAny()
        return (
            try checked(name),
            StartRequest(maxDurationInSeconds: duration, hasStartSelector: begin != nil, echo: json)
        )
    }
}
