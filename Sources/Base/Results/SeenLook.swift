/// What one look at a camera's picture has seen, for whoever watches the camera. Bounded: what is left out is counted.
package struct SeenLook: Sendable, Equatable {
    /// What a processor makes of a thing.
    package struct Verdict: Sendable, Equatable {
        package var processor: ProcessorName
        /// The open visit that it belongs to.
        package var visit: String?
        /// Why this look does not count for the processor; nil when it does.
        package var refusal: MissReason?

        package init(processor: ProcessorName, visit: String? = nil, refusal: MissReason? = nil) {
            self.processor = processor
            self.visit = visit
            self.refusal = refusal
        }
    }

    package struct Processor: Sendable, Equatable {
        package var name: ProcessorName
        /// Of its settings that were in force.
        package var revision: Int

        package init(name: ProcessorName, revision: Int) {
            self.name = name
            self.revision = revision
        }
    }

    package struct Thing: Sendable, Equatable {
        package var detection: Detection
        package var verdicts: [Verdict]

        package init(_ detection: Detection, verdicts: [Verdict] = []) {
            self.detection = detection
            self.verdicts = verdicts
        }
    }

    /// Where something moved since the look before.
    package struct Motion: Sendable, Equatable {
        /// Boxes around cells that moved together, in ratios of the frame; the largest first, at most `mostAreas`.
        package var areas: [NormalizedBox]
        /// The whole scene changed: no single place is known to have.
        package var isEverywhere: Bool
        package var leftOut: Int

        package init(areas: [NormalizedBox] = [], isEverywhere: Bool = false, leftOut: Int = 0) {
            self.areas = areas
            self.isEverywhere = isEverywhere
            self.leftOut = leftOut
        }

        package static let mostAreas = 48
    }

    package static let mostThings = 32
    /// Of one camera; those that only search faces have no verdicts.
    package static let mostProcessors = 8

    package var camera: CameraName
    /// When the picture was captured.
    package var at: MonotonicTime
    /// Of the picture.
    package var size: PixelSize
    /// The surest first.
    package var things: [Thing]
    package var motion: Motion
    package var processors: [Processor]
    package var thingsLeftOut: Int

    /// - Parameters:
    ///   - processors: of the camera's, those that may have verdicts.
    ///   - verdicts: asked for what is not left out.
    package init(
        camera: CameraName, at time: MonotonicTime, size: PixelSize, detections: [Detection], motion: Motion,
        processors: [Processor], verdicts: (Detection) -> [Verdict]
    ) {
        self.camera = camera
        at = time
        self.size = size
        let surest = detections.sorted { $0.confidence > $1.confidence }
        things = surest.prefix(Self.mostThings).map { Thing($0, verdicts: verdicts($0)) }
        thingsLeftOut = surest.count - things.count
        self.motion = motion
        self.processors = processors
    }
}

extension SeenLook {
    /// For callers of the API: confidences in percent, boxes in ratios of the full frame.
    /// - Parameter missed: looks that this caller has not got since the one before.
    package func json(missed: Int) -> JSONValue {
        [
            "camera": .string(camera.text), "time": .string(WallTime(of: at).rfc3339),
            "width": .integer(Int64(size.width)), "height": .integer(Int64(size.height)),
            "detections": .array(things.map(\.json)), "motion": motion.json,
            "processors": .array(
                processors.map { ["name": .string($0.name.text), "settingsRevision": .integer(Int64($0.revision))] }),
            "leftOut": .integer(Int64(thingsLeftOut)), "missed": .integer(Int64(missed)),
        ]
    }
}

extension SeenLook.Thing {
    fileprivate var json: JSONValue {
        [
            "label": .string(detection.label.rawValue), "class": .string(detection.className),
            "confidence": .number((detection.confidence.percent * 10).rounded() / 10),
            "boundingBox": detection.box.json, "processors": .array(verdicts.map(\.json)),
        ]
    }
}

extension SeenLook.Verdict {
    fileprivate var json: JSONValue {
        [
            "name": .string(processor.text), "counts": .bool(refusal == nil),
            "visit": visit.map(JSONValue.string) ?? .null, "reason": refusal?.json ?? .null,
        ]
    }
}

extension SeenLook.Motion {
    fileprivate var json: JSONValue {
        [
            "everywhere": .bool(isEverywhere), "areas": .array(areas.map(\.json)),
            "leftOut": .integer(Int64(leftOut)),
        ]
    }
}
