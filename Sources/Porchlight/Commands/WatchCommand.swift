import ArgumentParser
struct WatchCommand: AsyncParsableCommand { static let configuration = CommandConfiguration(commandName: "watch") }
