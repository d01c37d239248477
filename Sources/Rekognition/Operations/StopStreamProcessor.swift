import Base

extension Operation {
    static let stopStreamProcessor = Operation("StopStreamProcessor") { request, control throws(APIError) in
        let name = try ProcessorName.only(in: request)
        try await control.answering { try await $0.stop(name) }
        return [:]
    }
}
