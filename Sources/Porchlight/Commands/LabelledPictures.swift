import Base
import Decode
import Evaluate
import Glibc

/// Finds and decodes the pictures of a data set.
struct LabelledPictures {
    private let dataset: String
    /// Where a picture may lie; the first that has it counts.
    private let folders: [String]
    private let pool = FramePool(capacity: 2)

    /// - Parameters:
    ///   - dataset: path of the JSON file.
    ///   - folder: where its pictures lie; nil for `images/` beside it, or right beside it.
    init(dataset: String, folder: String?) {
        self.dataset = dataset
        let above = dataset.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let beside = dataset.contains("/") ? above + "/" : ""
        folders = folder.map { [$0.hasSuffix("/") ? $0 : $0 + "/"] } ?? [beside + "images/", beside]
    }

    /// - Throws: `CommandFailure` that names the picture when it is missing, damaged or of another size than the data
    ///   set says: its boxes would lie elsewhere.
    func frame(of picture: Dataset.Picture) throws -> Frame {
        let path = path(of: picture.fileName)
        let frame = try Self.frame(of: path, in: pool)
        guard frame.size == picture.size else {
            throw CommandFailure(
                .badData,
                "\(path) is \(frame.size), \(dataset) says \(picture.size): its boxes would lie elsewhere; correct the size"
            )
        }
        return frame
    }

    /// The picture in a file.
    /// - Throws: `CommandFailure` that names the file when it is missing, damaged or no picture.
    static func frame(of path: String, in pool: FramePool) throws -> Frame {
        do throws(DecodeError) {
            let reader = try MediaReader.opening(path, pool: pool)
            guard reader.kind == .picture else { throw DecodeError.unsupported(path: path, what: "is no picture") }
            guard case .frame(let frame) = try reader.next() else {
                throw reader.lastDamage ?? DecodeError.corrupt("no picture in it")
            }
            return frame
        } catch {
            throw CommandFailure(error.isAboutAbsence ? .noInput : .badData, "\(path): \(error)")
        }
    }

    private func path(of fileName: String) -> String {
        let paths = folders.map { $0 + fileName }
        return paths.first { unsafe access($0, F_OK) == 0 } ?? paths.first ?? fileName
    }
}
