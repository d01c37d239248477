import ArgumentParser
import Runtime

/// Start reading here: the table of commands. What one frame goes through is told by `CameraPipeline.advance`.
@main
struct Porchlight: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "porchlight",
        abstract: "Watches cameras for people, pets and packages, and tells the house over MQTT.",
        version: programVersion,
        subcommands: [
            SetupCommand.self,
            RunCommand.self,
            CheckCommand.self,
            DetectCommand.self,
            EvaluateCommand.self,
            CamerasCommand.self,
            ProcessorCommand.self, ModeCommand.self, FacesCommand.self,
            WatchCommand.self, WhyCommand.self,
            MQTTCommand.self,
            ModelCommand.self,
            BenchCommand.self,
            ConsoleCommand.self, CredentialsCommand.self,
            NotifyCommand.self,
            DebugCommand.self,
        ])

    static func main() async {
        if FileName.ownName == PorchlightNotify.name {
            await PorchlightNotify.main(FileName.arguments)
        } else {
            await main(FileName.arguments)
        }
    }
}

/// What `--version` and `/healthz` tell.
let programVersion = "0.1.0"
