/// What a face-search processor tells of one analysed frame: a record of its Kinesis data stream.
package struct FaceRecord: Sendable, Equatable {
    package var processor: ProcessorName
    /// `Input.KinesisVideoStream.Arn`
    package var inputARN: String
    /// The stream's name: the last part of `Output.KinesisDataStream.Arn`.
    package var stream: StreamName
    /// Counts the session's analysed frames.
    package var frame: Int64
    /// Capture time.
    package var at: MonotonicTime
    /// The session's first frame.
    package var sessionBegan: MonotonicTime
    /// Empty for a frame without faces.
    package var faces: [(face: Face, matches: [FaceMatch])]

    package init(
        processor: ProcessorName, inputARN: String, stream: StreamName, frame: Int64, at: MonotonicTime,
        sessionBegan: MonotonicTime, faces: [(face: Face, matches: [FaceMatch])]
    ) {
        self.processor = processor
        self.inputARN = inputARN
        self.stream = stream
        self.frame = frame
        self.at = at
        self.sessionBegan = sessionBegan
        self.faces = faces
    }

    package static func == (a: FaceRecord, b: FaceRecord) -> Bool {
        a.processor == b.processor && a.inputARN == b.inputARN && a.stream == b.stream && a.frame == b.frame
            && a.at == b.at && a.sessionBegan == b.sessionBegan
            && a.faces.elementsEqual(b.faces) { $0.face == $1.face && $0.matches == $1.matches }
    }
}

/// A Kinesis data stream's name: 1–128 characters of `a-z A-Z 0-9 _ . -` (AWS's own rule).
package struct StreamName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard (1...128).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isNameCharacter || $0 == UInt8(ascii: ".") })
        else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (a: StreamName, b: StreamName) -> Bool { a.text < b.text }
}
