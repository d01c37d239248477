import ArgumentParser
import Base
import Serve

struct ProcessorStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start a processor: until it is stopped, or for some seconds.")

    @OptionGroup var options: ProcessorOptions

    @Argument(help: "Its name.")
    var name: String

    @Option(help: "Stop by itself after this time, 1 to 120.")
    var maxSeconds: Int?

    func run() async throws {
        try await options.withAPI { api in
            var request: [String: JSONValue] = ["Name": .string(name)]
            request["StopSelector"] = maxSeconds.map { ["MaxDurationInSeconds": .integer(Int64($0))] }
            let answer = try await api.call("StartStreamProcessor", .object(request))
            try await ProcessorReport(api: api, asJSON: options.json).show(name, answer)
        }
    }
}

struct ProcessorStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop a processor.")

    @OptionGroup var options: ProcessorOptions

    @Argument(help: "Its name.")
    var name: String

    func run() async throws {
        try await options.withAPI { api in
            let answer = try await api.call("StopStreamProcessor", ["Name": .string(name)])
            try await ProcessorReport(api: api, asJSON: options.json).show(name, answer)
        }
    }
}

struct ProcessorDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a stopped processor.")

    @OptionGroup var options: ProcessorOptions

    @Argument(help: "Its name.")
    var name: String

    func run() async throws {
        try await options.withAPI { api in
            let answer = try await api.call("DeleteStreamProcessor", ["Name": .string(name)])
            print(options.json ? String(decoding: answer.jsonBytes, as: UTF8.self) : "\(name) deleted")
        }
    }
}
