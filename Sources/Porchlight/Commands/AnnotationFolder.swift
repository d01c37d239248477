import FoundationEssentials
import Glibc
import Runtime

/// The folder of `detect --annotate`. Nothing in it is ever overwritten: a name that is taken, by this run or an earlier
/// one, gets a number.
struct AnnotationFolder {
    private let folder: String
    /// The next number to try for pictures of a name.
    private var numbers: [String: Int] = [:]

    /// Makes the folder if it is not there.
    /// - Throws: `CommandFailure`.
    init(_ folder: String) throws {
        self.folder = folder
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.unavailable, "cannot make the folder \(folder): \(error)")
        }
    }

    /// Names of the pictures that belong to one input: `door.jpg`, or `door-000017.jpg` for frames of a clip; with a number
    /// where those are taken: `door-2.jpg`, `door-2-000017.jpg`.
    struct Series {
        fileprivate let stem: String
        fileprivate var number: Int

        /// - Parameter frame: nil for a picture.
        fileprivate func name(frame: Int?) -> String {
            let digits = frame.map { "\($0)" }
            let suffix = digits.map { "-" + String(repeating: "0", count: max(0, 6 - $0.count)) + $0 } ?? ""
            return stem + (number > 1 ? "-\(number)" : "") + suffix + ".jpg"
        }
    }

    /// Leaves room for numbers in a file name of 255 bytes.
    private static let longestStem = 200

    /// - Parameter file: the picture or clip that is drawn on.
    mutating func series(of file: String) -> Series {
        let name = file.split(separator: "/").last ?? "picture"
        var stem = String(name.lastIndex(of: ".").map { name[..<$0] } ?? name)
        while stem.utf8.count > Self.longestStem { stem.removeLast() }
        if stem.isEmpty { stem = "picture" }
        let number = numbers[stem] ?? 1
        numbers[stem] = number + 1
        return Series(stem: stem, number: number)
    }

    /// Writes a JPEG under the next name of `series` that is free, and returns its path.
    /// - Throws: `CommandFailure` when it cannot be written.
    mutating func write(_ jpeg: [UInt8], to series: inout Series, frame: Int?) throws -> String {
        while true {
            let path = "\(folder)/\(series.name(frame: frame))"
            do throws(SystemError) {
                try Self.create(path, jpeg)
                return path
            } catch {
                guard error.errno == EEXIST else {
                    throw CommandFailure(.unavailable, "cannot write \(path): \(error)")
                }
            }
            series.number += 1
            numbers[series.stem] = max(numbers[series.stem] ?? 1, series.number + 1)
        }
    }

    /// A new file with these bytes; none when they cannot all be written.
    private static func create(_ path: String, _ bytes: [UInt8]) throws(SystemError) {
        let file = try OwnedFileDescriptor.opening(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        do throws(SystemError) {
            try file.write(bytes, named: path)
        } catch {
            // Half a picture helps nobody; that it cannot be removed changes nothing about the error.
            _ = unsafe unlink(path)
            throw error
        }
    }
}
