import Base
import Decode
import Interpret

/// Runs the network over the frames of files and tells what is in each.
final class PictureScan {
    struct Wanted {
        let labels: Set<Label>
        let minConfidence: Confidence
    }

    /// What was found in one frame.
    struct Finding {
        /// As it was named to the command.
        let file: String
        /// The picture itself, when `file` is a folder.
        let picture: String?
        let index: Int
        let milliseconds: Int64
        let size: PixelSize
        let detections: [Detection]
        /// Where it was drawn, if it was.
        var annotated: String?
    }

    private let network: Network
    private let wanted: Wanted
    private let regions: [Region]
    private var annotations: AnnotationFolder?
    private let encoder: JPEGEncoder
    private let pool = FramePool(capacity: 3)

    /// - Parameter annotations: folder for pictures with boxes; nil for none.
    init(network: Network, wanted: Wanted, regions: [Region], annotations: String?) throws {
        self.network = network
        self.wanted = wanted
        self.regions = regions
        self.annotations = try annotations.map(AnnotationFolder.init)
        encoder = try JPEGEncoder()
    }

    /// - Returns: what was damaged in it and passed over, in words; nil when nothing was.
    /// - Throws: `CommandFailure` when the file is missing or holds no whole picture.
    func scan(_ file: String, _ tell: (Finding) -> Void) throws -> String? {
        do {
            let reader = try MediaReader.opening(file, pool: pool)
            var (count, series) = (0, annotations?.series(of: file))
            while case .frame(let frame) = try reader.next() {
                let picture = reader.kind == .folder ? reader.pictureFile : nil
                if let picture { series = annotations?.series(of: picture) }
                var finding = look(at: frame, file, picture, count)
                try draw(&finding, on: frame, &series, frameNumber: reader.kind == .clip ? count : nil)
                tell(finding)
                count += 1
            }
            if count == 0 { throw reader.lastDamage ?? DecodeError.corrupt("no picture in it") }
            guard reader.corrupt > 0, let last = reader.lastDamage else { return nil }
            return "\(file): \(reader.corrupt) damaged and passed over; the last: \(last)"
        } catch let error as DecodeError {
            throw CommandFailure(error.isAboutAbsence ? .noInput : .badData, "\(file): \(error)")
        }
    }

    private func look(at frame: Frame, _ file: String, _ picture: String?, _ index: Int) -> Finding {
        let detections = network.detections(in: frame).filter { detection in
            wanted.labels.contains(detection.label) && detection.confidence >= wanted.minConfidence
                && regions.bestOverlap(of: detection.box) > Region.admittingOverlap
        }
        return Finding(
            file: file, picture: picture, index: index, milliseconds: frame.capturedAt.milliseconds, size: frame.size,
            detections: detections)
    }

    private func draw(
        _ finding: inout Finding, on frame: Frame, _ series: inout AnnotationFolder.Series?, frameNumber: Int?
    ) throws {
        guard var names = series else { return }
        defer { series = names }
        let marks = finding.detections.map(AnnotatedPicture.Mark.init)
        guard let drawn = AnnotatedPicture.draw(marks, regions: regions, on: frame, from: pool) else {
            throw DecodeError.outOfMemory
        }
        finding.annotated = try annotations?.write(
            encoder.encode(drawn, quality: 90), to: &names, frame: frameNumber)
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
        let name = (picture ?? file).onOneLine
        let isPicture = picture != nil || (index == 0 && milliseconds == 0)
        let place = isPicture ? name : "\(name) at \(Double(milliseconds) / 1000) s"
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
        let paths = [("picture", picture), ("annotated", annotated)]
        let more = paths.map { key, path in path.map { ",\"\(key)\":\($0.quoted)" } ?? "" }.joined()
        return """
            {"file":\(file.quoted),"frame":\(index),"timeMs":\(milliseconds),"width":\(size.width),\
            "height":\(size.height),"detections":[\(found.joined(separator: ","))]\(more)}
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
    /// A file's name may hold line breaks; a line for people may not.
    fileprivate var onOneLine: String {
        String(unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
    }

    /// As a JSON string.
    fileprivate var quoted: String { String(decoding: JSONValue.string(self).jsonBytes, as: UTF8.self) }
}

extension DecodeError {
    /// The file is not there or may not be read, rather than broken.
    var isAboutAbsence: Bool {
        switch self {
        case .notFound, .unreadable, .emptyFolder: true
        case .corrupt, .tooLarge, .tooLong, .tooMuchMemory, .unsupported, .libav, .outOfMemory: false
        }
    }
}
