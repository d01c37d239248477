import ArgumentParser
import Base

struct ProcessorTag: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tag", abstract: "Put tags on a processor.")

    @OptionGroup var options: ProcessorOptions

    @Argument(help: "Its name.")
    var name: String

    @Argument(help: "KEY=VALUE, one or several; they come back in notifications.")
    var tags: [String]

    func run() async throws {
        let map = try TagMap.reading(tags)
        try await options.withAPI { api in
            let arn = try await TagMap.arn(of: name, api)
            let answer = try await api.call("TagResource", ["ResourceArn": arn, "Tags": map])
            try await ProcessorReport(api: api, asJSON: options.json).show(name, answer)
        }
    }
}

struct ProcessorUntag: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "untag", abstract: "Take tags off a processor.")

    @OptionGroup var options: ProcessorOptions

    @Argument(help: "Its name.")
    var name: String

    @Argument(help: "KEY, one or several.")
    var keys: [String]

    func run() async throws {
        try await options.withAPI { api in
            let arn = try await TagMap.arn(of: name, api)
            let answer = try await api.call(
                "UntagResource", ["ResourceArn": arn, "TagKeys": .array(keys.map(JSONValue.string))])
            try await ProcessorReport(api: api, asJSON: options.json).show(name, answer)
        }
    }
}

/// Tags as people write them.
enum TagMap {
    /// `KEY=VALUE` each; a value may hold further `=`.
    /// - Throws: `ValidationError`
    static func reading(_ tags: [String]) throws -> JSONValue {
        var map: [String: JSONValue] = [:]
        for tag in tags {
            let parts = tag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw ValidationError("tag '\(tag)': give KEY=VALUE") }
            map[String(parts[0])] = .string(String(parts[1]))
        }
        return .object(map)
    }

    static func arn(of name: String, _ api: ProcessorAPI) async throws -> JSONValue {
        try await api.call("DescribeStreamProcessor", ["Name": .string(name)])["StreamProcessorArn"] ?? .null
    }
}
