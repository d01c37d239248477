import Base
import Decode
import Evaluate
import Glibc
import Runtime
import Settings

/// Measures how well faces are told apart, by all that a picture goes through: decoding, the detector, alignment, the
/// embedder.
final class FaceEvaluation {
    private static let bounds = FaceFinder.Bounds(leastConfidence: .half, mostVectors: Face.mostInPicture)

    private let folder: String
    private let finder: FaceFinder
    private let embedder: FaceEmbedder
    private let detectorName: String
    private let pool = FramePool(capacity: 2)
    /// Of the pictures that were looked at; nil: no face.
    private var faces: [String: Face?] = [:]
    /// The same as a camera sees them: one look, and a vector of the face alone.
    private var looks: [String: Face?] = [:]

    init(folder: String, _ detector: Network, _ embedder: FaceEmbedder) {
        self.folder = folder.hasSuffix("/") ? folder : folder + "/"
        self.embedder = embedder
        finder = FaceFinder(detector, embedder)
        detectorName = detector.summary
    }

    /// - Throws: `CommandFailure` when the folder holds neither data set, or a picture is missing or damaged.
    func report() throws -> FaceEvaluationReport {
        let sets = try pairs()
        let visits = try isLabeledFaces ? StagedVisits(people: people()) : nil
        let singles = Set(sets.flatMap(\.pictures) + (visits?.singles ?? [])), ofVisits = Set(visits?.looks ?? [])
        let pictures = singles.union(ofVisits).sorted()
        let progress = ProgressLine(total: pictures.count, what: "pictures")
        let began = MonotonicTime.now()
        for (index, picture) in pictures.enumerated() {
            let frame = try LabelledPictures.frame(of: folder + picture, in: pool)
            if singles.contains(picture) {
                faces[picture] = .some(Self.middle(finder.faces(inPicture: frame, within: Self.bounds)))
            }
            if ofVisits.contains(picture) {
                looks[picture] = .some(Self.middle(finder.faces(in: frame, [.full], within: Self.bounds)))
            }
            progress.show(index + 1)
        }
        progress.clear()
        let results = try sets.map { set in
            let scores = set.pairs.map { FaceVerification.Score(cosine: cosine($0), isSame: $0.isSame, fold: $0.fold) }
            guard let result = FaceVerification(scores) else {
                throw CommandFailure(.badData, "\(folder): \(set.name) has no two folds of same and different pairs")
            }
            return (name: set.name, result: result)
        }
        return FaceEvaluationReport(
            folder: folder, detector: detectorName, embedder: embedder.model.identity, pictures: pictures.count,
            faceless: pictures.count { (faces[$0] ?? looks[$0] ?? nil) == nil },
            milliseconds: (MonotonicTime.now() - began).inSeconds * 1000 / Double(max(1, pictures.count)),
            protocols: results,
            naming: visits?.naming(
                embedder.model.similarity, single: { [faces] in faces[$0] ?? nil },
                look: { [looks] in looks[$0] ?? nil }))
    }

    // MARK: Pictures

    private var isLabeledFaces: Bool { unsafe access(folder + "pairs.txt", R_OK) == 0 }

    private func pairs() throws -> [FacePairs] {
        do {
            guard !isLabeledFaces else { return [try FacePairs(labeledFaces: try text("pairs.txt"))] }
            let lists = ["F": try text("Protocol/Pair_list_F.txt"), "P": try text("Protocol/Pair_list_P.txt")]
            return try [("FF", "frontal-frontal", "F"), ("FP", "frontal-profile", "P")].map { part, name, second in
                let folds = try (1...10).map { number in
                    let fold = "Protocol/Split/\(part)/\(number < 10 ? "0" : "")\(number)/"
                    return (same: try text(fold + "same.txt"), different: try text(fold + "diff.txt"))
                }
                return try FacePairs(
                    frontalProfile: "CFP \(name)", first: lists["F"] ?? "", second: lists[second] ?? "", folds: folds)
            }
        } catch let error as EvaluateError {
            throw CommandFailure(.badData, "\(folder): \(error)")
        }
    }

    private func text(_ name: String) throws -> String {
        String(decoding: TextFile.utf8(try readFile(folder + name, atMost: 16 << 20)), as: UTF8.self)
    }

    /// The face in the middle of the picture that has a vector; nil without one.
    private static func middle(_ faces: [Face]) -> Face? {
        func distance(_ face: Face) -> Double {
            let (x, y) = (face.box.center.x - 0.5, face.box.center.y - 0.5)
            return x * x + y * y
        }
        return faces.filter { $0.vector != nil }.min { distance($0) < distance($1) }
    }

    private func cosine(_ pair: FacePairs.Pair) -> Double? {
        guard let first = (faces[pair.first] ?? nil)?.vector, let second = (faces[pair.second] ?? nil)?.vector
        else { return nil }
        return first.cosine(with: second)
    }

    /// The pictures of each person, by name.
    private func people() throws -> [[String]] {
        let names: [String]
        do throws(SystemError) { names = try FolderListing.names(in: folder).sorted() } catch {
            throw CommandFailure(.noInput, "\(folder): \(error)")
        }
        return names.compactMap { name in
            let pictures = ((try? FolderListing.names(in: folder + name)) ?? []).filter { $0.hasSuffix(".jpg") }
                .sorted()
            return pictures.isEmpty ? nil : pictures.map { "\(name)/\($0)" }
        }
    }
}
