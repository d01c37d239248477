import ArgumentParser
import Base
import Capture

/// What cameras are there, what they offer, and what would be chosen.
struct CamerasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cameras", abstract: "List every V4L2 camera with its formats, and what would be chosen.")

    @Flag(help: "JSON instead of text.")
    var json = false
    @Option(help: "The width that would be asked for.")
    var width = 1280
    @Option(help: "The height that would be asked for.")
    var height = 720
    @Option(help: "Frames per second that would be asked for.")
    var fps = 10

    func validate() throws {
        guard PixelSize(width: width, height: height) != nil else {
            throw ValidationError("--width \(width) --height \(height): each must be 1 to \(PixelSize.largestSide).")
        }
        guard (1...60).contains(fps) else { throw ValidationError("--fps \(fps) is not between 1 and 60.") }
    }

    func run() async throws {
        guard let size = PixelSize(width: width, height: height) else { return }
        let cameras = CameraList.all(size: size, fps: fps)
        if json {
            print(String(decoding: JSONValue.array(cameras.map(\.json)).jsonBytes, as: UTF8.self))
        } else if cameras.isEmpty {
            print("no camera found: is one plugged in, and may this user open /dev/video*? (group video)")
        } else {
            print(cameras.map(\.text).joined(separator: "\n\n"))
        }
    }
}

extension ListedCamera {
    fileprivate var names: [String] { [path] + byPath + byID }

    /// A paragraph for people.
    fileprivate var text: String {
        var lines = ["\(path)  \(capability?.card ?? "unknown") (driver \(capability?.driver ?? "?"))"]
        lines += names.dropFirst().map { "  also \($0)" }
        for format in formats {
            let modes = format.modes.map { mode in "\(mode.size)" + (mode.topRate.map { "@\($0.tenths)" } ?? "") }
            lines.append(
                "  \(format.fourCC) \(format.name): \(format.isUnderstood ? modes.joined(separator: " ") : "not understood")"
            )
        }
        switch verdict {
        case .usable(let format, let size, let fps, let reason):
            lines.append("  would run \(format) \(size)" + (fps.map { " at \($0.tenths) fps" } ?? "") + ": \(reason)")
            lines.append("  config: \"source\": \"v4l2:\(bestName)\"")
        case .unusable(let error): lines.append("  cannot be used: \(error)")
        }
        return lines.joined(separator: "\n")
    }

    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "path": .string(path), "byPath": .array(byPath.map { .string($0) }),
            "byId": .array(byID.map { .string($0) }), "source": .string("v4l2:\(bestName)"),
            "formats": .array(formats.map(\.json)),
        ]
        members["driver"] = capability.map { .string($0.driver) }
        members["card"] = capability.map { .string($0.card) }
        members["bus"] = capability.map { .string($0.bus) }
        switch verdict {
        case .usable(let format, let size, let fps, let reason):
            members["choice"] = [
                "format": .string("\(format)"), "width": .integer(Int64(size.width)),
                "height": .integer(Int64(size.height)), "fps": fps.map { .number($0) } ?? .null,
                "reason": .string(reason),
            ]
        case .unusable(let error): members["problem"] = .string("\(error)")
        }
        return .object(members)
    }
}

extension ListedCamera.Format {
    fileprivate var json: JSONValue {
        [
            "fourcc": .string("\(fourCC)"), "name": .string(name), "understood": .bool(isUnderstood),
            "sizes": .array(
                modes.map { mode in
                    [
                        "width": .integer(Int64(mode.size.width)), "height": .integer(Int64(mode.size.height)),
                        "fps": mode.topRate.map { .number($0) } ?? .null,
                    ]
                }),
        ]
    }
}
