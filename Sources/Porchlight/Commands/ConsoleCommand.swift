import ArgumentParser
import Base
import Serve
import Settings

/// `porchlight console`: a link to the page that signs in by itself, once.
struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console", abstract: "Print a link that opens the page of this box, once, within ten minutes.")

    @OptionGroup var config: ConfigOption

    func run() async throws {
        try await reportingFailures {
            let settings = try loadSettings(configPath: config.config)
            let answer = try await ProcessorAPI(settings: settings).post("/session/codes", [:])
            guard let code = answer["code"]?.string else {
                throw CommandFailure(.unavailable, "the porchlight that runs gave no code: is it another version?")
            }
            let addresses = PageAddress.all(settings.api)
            // What follows `#` stays in the browser: it is in no request and in no log.
            for address in addresses { print("\(address)#code=\(code)") }
            print("One of these opens the page, once, within ten minutes.")
            if settings.api.isOnlyForThisBox {
                let port = settings.api.port
                print("Only this box can reach it. From another machine: ssh -L \(port):127.0.0.1:\(port) USER@BOX")
            }
        }
    }
}
