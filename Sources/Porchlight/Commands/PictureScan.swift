import Base
import Decode
import FoundationEssentials
import Interpret

/// Runs the network over the frames of files and tells what is in each.
final class PictureScan {
    struct Wanted {
        let labels: Set<Label>
        let minConfidence: Confidence
    }

    /// What was found in one frame.
    struct Finding {
        let file: String
        let index: Int
        let milliseconds: Int64
        let size: PixelSize
        let detections: [Detection]
    }

    private let network: Network
    private let wanted: Wanted
    private let regions: [Region]
    private let annotations: String?
    private let encoder: JPEGEncoder
    private let pool = FramePool(capacity: 3)

    /// - Parameter annotations: folder for pictures with boxes; nil for none.
    init(network: Network, wanted: Wanted, regions: [Region], annotations: String?) throws {
        self.network = network
        self.wanted = wanted
        self.regions = regions
        self.annotations = annotations
        encoder = try JPEGEncoder()
        if let annotations {
            do {
                try FileManager.default.createDirectory(atPath: annotations, withIntermediateDirectories: true)
            } catch {
                throw CommandFailure(.unavailable, "cannot make the folder \(annotations): \(error)")
            }
        }
    }

    /// - Throws: `CommandFailure` when the file is missing or holds no whole picture.
    func scan(_ file: String, _ tell: (Finding) -> Void) throws {
        do {
            let reader = try MediaReader.opening(file, pool: pool)
            var count = 0
            while case .frame(let frame) = try reader.next() {
                let finding = look(at: frame, file, count)
                tell(finding)
                try draw(finding, on: frame, isSingle: reader.kind == .picture)
                count += 1
            }
            if count == 0 { throw reader.lastDamage ?? DecodeError.corrupt("no picture in it") }
        } catch let error as DecodeError {
            throw CommandFailure(error.isAboutAbsence ? .noInput : .badData, "\(file): \(error)")
        }
    }

    private func look(at frame: Frame, _ file: String, _ index: Int) -> Finding {
        let detections = network.detections(in: frame).filter { detection in
            wanted.labels.contains(detection.label) && detection.confidence >= wanted.minConfidence
                && regions.bestOverlap(of: detection.box) > Region.admittingOverlap
        }
        return Finding(
            file: file, index: index, milliseconds: frame.capturedAt.milliseconds, size: frame.size,
            detections: detections)
    }

    private func draw(_ finding: Finding, on frame: Frame, isSingle: Bool) throws {
        guard let annotations else { return }
        let marks = finding.detections.map(AnnotatedPicture.Mark.init)
        guard let drawn = AnnotatedPicture.draw(marks, regions: regions, on: frame, from: pool) else { return }
        let stem = finding.file.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? "picture"
        let number = String(finding.index)
        let suffix = isSingle ? "" : "-" + String(repeating: "0", count: max(0, 6 - number.count)) + number
        let path = "\(annotations)/\(stem)\(suffix).jpg"
        do {
            try Data(encoder.encode(drawn, quality: 90)).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(.unavailable, "cannot write \(path): \(error)")
        }
    }
}

extension PictureScan.Finding {
    /// One line for people.
    var text: String {
        let found = detections.map { detection in
            let box = detection.box
            func percent(_ ratio: Double) -> String { "\(Int((ratio * 100).rounded()))" }
            return "\(detection.label.rawValue) (\(detection.className)) \(detection.confidence.percent.tenths) % at "
                + "left \(percent(box.left)), top \(percent(box.top)), width \(percent(box.width)), "
                + "height \(percent(box.height)) % of the picture"
        }
        let place = index == 0 && milliseconds == 0 ? file : "\(file) at \(Double(milliseconds) / 1000) s"
        return "\(place): " + (found.isEmpty ? "nothing" : found.joined(separator: "; "))
    }

    /// The outer contract's JSON, keys in its order.
    var json: String {
        let found = detections.map { detection in
            let box = detection.box
            return """
                {"label":"\(detection.label.rawValue)","class":\(detection.className.quoted),\
                "confidence":\(detection.confidence.percent.tenths),"boundingBox":{"left":\(box.left.ratio),\
                "top":\(box.top.ratio),"width":\(box.width.ratio),"height":\(box.height.ratio)}}
                """
        }
        return """
            {"file":\(file.quoted),"frame":\(index),"timeMs":\(milliseconds),"width":\(size.width),\
            "height":\(size.height),"detections":[\(found.joined(separator: ","))]}
            """
    }
}

extension Double {
    /// One decimal.
    var tenths: Double { (self * 10).rounded() / 10 }
    /// Four decimals: a tenth of a pixel at 720p.
    fileprivate var ratio: Double { (self * 10_000).rounded() / 10_000 }
}

extension String {
    /// As a JSON string.
    fileprivate var quoted: String { String(decoding: JSONValue.string(self).jsonBytes, as: UTF8.self) }
}

extension DecodeError {
    /// The file is not there or may not be read, rather than broken.
    var isAboutAbsence: Bool {
        switch self {
        case .notFound, .unreadable, .emptyFolder: true
        case .corrupt, .tooLarge, .unsupported, .libav, .outOfMemory: false
        }
    }
}
