import Base

extension Operation {
    static let deleteStreamProcessor = Operation("DeleteStreamProcessor") { request, control throws(APIError) in
        let name = try ProcessorName.only(in: request)
        try await control.answering { try await $0.delete(name) }
        return [:]
    }
}
