import Base

extension Operation {
    static let describeStreamProcessor = Operation("DescribeStreamProcessor") { request, control throws(APIError) in
        let name = try ProcessorName.only(in: request)
        return try await control.answering { try await $0.describe(name) }.json
    }
}
