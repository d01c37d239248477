package import Base
import Decode
import Infer
import Interpret
import Settings

/// The networks of face search. Each is loaded when it is needed for the first time, and both are given back when nobody has
/// needed them for a while: a box without face search pays nothing. Used by one thread.
package final class FaceNetworks {
    /// Why a network cannot be used, in words.
    package struct Failure: Error, Equatable {
        package let why: String

        package init(why: String) { self.why = why }

        /// For those who asked.
        package var sentence: String { "The networks for faces cannot be used: \(why)." }
    }

    /// After so long without a look at faces the networks go.
    package static let kept = Duration.seconds(120)
    /// What failed is not tried again before.
    private static let pause = Duration.seconds(10)

    private let loadDetector: () throws(Failure) -> any ObjectDetecting
    private let loadEmbedder: () throws(Failure) -> any FaceEmbedding
    private var detector: (any ObjectDetecting)?
    private var embedder: (any FaceEmbedding)?
    private let makesThumbnails: Bool
    private var lastUse = MonotonicTime(nanoseconds: 0)
    private var lastFailure: (failure: Failure, at: MonotonicTime)?

    package init(
        loadDetector: @escaping () throws(Failure) -> any ObjectDetecting,
        loadEmbedder: @escaping () throws(Failure) -> any FaceEmbedding, makesThumbnails: Bool = false
    ) {
        self.makesThumbnails = makesThumbnails
        self.loadDetector = loadDetector
        self.loadEmbedder = loadEmbedder
    }

    /// Without any: for commands that find no faces.
    package static func none() -> FaceNetworks {
        let failure = Failure(why: "there are no networks for faces here")
        return FaceNetworks(
            loadDetector: { () throws(Failure) in throw failure }, loadEmbedder: { () throws(Failure) in throw failure }
        )
    }

    /// Whether any takes memory now.
    package var isLoaded: Bool { detector != nil || embedder != nil }

    /// - Throws: why not; a while later it is tried again.
    package func finder(wantsVectors: Bool, at now: MonotonicTime = .now()) throws(Failure) -> FaceFinder {
        lastUse = now
        if let (failure, at) = lastFailure, now - at < Self.pause { throw failure }
        do throws(Failure) {
            let detector = try loadedDetector()
            return FaceFinder(
                detector, wantsVectors ? try loadedEmbedder() : nil,
                thumbnails: makesThumbnails && wantsVectors ? try? JPEGEncoder() : nil)
        } catch {
            lastFailure = (error, now)
            throw error
        }
    }

    /// Whose vectors a finder makes; nil before it made any.
    package var model: FaceModel? { embedder?.model }

    private func loadedDetector() throws(Failure) -> any ObjectDetecting {
        if let detector { return detector }
        let fresh = try loadDetector()
        detector = fresh
        return fresh
    }

    private func loadedEmbedder() throws(Failure) -> any FaceEmbedding {
        if let embedder { return embedder }
        let fresh = try loadEmbedder()
        embedder = fresh
        return fresh
    }

    /// Gives back what has not been needed for a while.
    package func releaseUnused(at now: MonotonicTime) {
        guard isLoaded, now - lastUse > Self.kept else { return }
        (detector, embedder, lastFailure) = (nil, nil, nil)
        FreeMemory.giveBack()
    }
}

extension FaceNetworks {
    /// - Parameters:
    ///   - other: the network that they are used in turn with; gives its threads.
    ///   - makesThumbnails: of faces that are to be kept.
    convenience init(_ settings: FacesSettings, beside other: Network, makesThumbnails: Bool) {
        self.init(
            loadDetector: { () throws(Failure) in
                try Self.loading { try Network.faceDetector(at: settings.detector, beside: other) }
            },
            loadEmbedder: { () throws(Failure) in
                try Self.loading {
                    try FaceEmbedder(ModelLocation(resolving: settings.embedder, for: .faceEmbedder), beside: other)
                }
            }, makesThumbnails: makesThumbnails)
    }

    static func loading<R>(_ body: () throws -> R) throws(Failure) -> R {
        do { return try body() } catch {
            throw Failure(why: (error as? CommandFailure)?.message ?? "\(error)")
        }
    }
}

extension Network {
    /// Below, a thing is no face.
    static let leastFace: Float = 0.5

    /// A network that finds faces. Where its manifest does not say it, every class of it is a face, and pictures go in in
    /// their own shape.
    /// - Parameter path: `default`, a folder, or an `.onnx` file.
    /// - Throws: `CommandFailure`, also for a network that finds no landmarks.
    static func faceDetector(
        at path: String, threads: Int = 0, mostPlans: Int = Network.mostPlans, beside other: Network? = nil
    ) throws -> Network {
        let location = try ModelLocation(resolving: path, for: .faceDetector)
        let network = try Network(
            location, threads: threads, floor: leastFace, mostPlans: mostPlans, beside: other
        ) { manifest in
            var manifest = manifest ?? ModelManifest()
            if manifest.labels == nil { manifest.labels = [.person: manifest.classes ?? ["face"]] }
            if manifest.budget == nil && manifest.width == nil { manifest.budget = ModelManifest.usualFaceBudget }
            return manifest
        }
        guard network.headName == "yunet" else {
            throw CommandFailure(
                .badData,
                "model \(location.network) is a \(network.headName), which finds no eyes, nose and mouth: name a YuNet")
        }
        return network
    }
}
