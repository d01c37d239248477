import ArgumentParser
import Serve
import Settings
import Store

/// `porchlight credentials`: the local access key for AWS tools and the bearer token for curl.
struct CredentialsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credentials", abstract: "Print the local access key and the bearer token.",
        discussion: "For a shell: eval \"$(porchlight credentials)\"")

    @OptionGroup var config: ConfigOption

    @Flag(help: "Make new ones; the old ones are refused from now on, without a restart.")
    var rotate = false

    func run() async throws {
        try await reportingFailures {
            let settings = try loadSettings(configPath: config.config)
            let file = CredentialsFile(settings.storage.layout.file(.credentials))
            do throws(ServeError) {
                printLines(try rotate ? file.rotate() : file.loadOrCreate(), settings)
            } catch {
                throw CommandFailure(.unavailable, "\(error)")
            }
        }
    }

    private func printLines(_ credentials: Credentials, _ settings: Settings) {
        let api = settings.api
        let place = HTTPCall.Place.tcp(host: ProcessorAPI.reachable(api.address), port: api.port, trust: nil)
        let endpoint = "\(api.tls == nil ? "http" : "https")://\(place)"
        print("export AWS_ACCESS_KEY_ID=\(credentials.accessKeyID)")
        print("export AWS_SECRET_ACCESS_KEY=\(credentials.secretAccessKey)")
        print("export AWS_DEFAULT_REGION=us-east-1")
        print("export PORCHLIGHT_TOKEN=\(credentials.bearerToken)")
        if let file = api.authorityFile(in: settings.storage.layout) {
            let quoted =
                "'" + file.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
            print("export AWS_CA_BUNDLE=\(quoted)")
            print("export CURL_CA_BUNDLE=\(quoted)")
        }
        print("# aws rekognition list-stream-processors --endpoint-url \(endpoint)")
        print("# curl -H \"Authorization: Bearer $PORCHLIGHT_TOKEN\" \(endpoint)/metrics")
    }
}
