import Base
import Evaluate
import Runtime
import Settings

/// A folder of clips of which `truth.json` says who comes by in each.
struct LabelledClips {
    private let folder: String
    private let truths: ClipTruths
    /// Clips in the folder that the file does not name, by name.
    let unnamed: [String]

    private static let file = "truth.json"
    private static let endings = [".mp4", ".mkv", ".avi"]

    /// - Throws: `CommandFailure` that names what is missing or wrong.
    init(folder: String) throws {
        self.folder = folder.hasSuffix("/") ? folder : folder + "/"
        let path = self.folder + Self.file
        let bytes = try readFile(path, atMost: 16 << 20)
        do {
            truths = try ClipTruths(checking: try TextFile.json(bytes, mostValues: ClipTruths.mostValues))
        } catch let error as EvaluateError {
            throw CommandFailure(.badData, "\(path): \(error)")
        } catch {
            throw CommandFailure(.badData, "\(path) is not valid JSON: \(error)")
        }
        let named = Set(truths.clips.map(\.fileName))
        // A folder whose file could be read a moment ago can be listed; if not, nothing is known of other clips.
        let all = (try? FolderListing.names(in: folder)) ?? []
        unnamed = all.filter { name in
            !named.contains(name) && Self.endings.contains { name.lowercased().hasSuffix($0) }
        }.sorted()
    }

    /// Plays all of them.
    func rows(of player: ClipPlayer) throws -> [ClipReport.Row] {
        let progress = ProgressLine(total: truths.clips.count, what: "clips")
        defer { progress.clear() }
        var rows: [ClipReport.Row] = []
        for (index, clip) in truths.clips.enumerated() {
            let outcome = try player.play(folder + clip.fileName)
            rows.append(
                ClipReport.Row(clip: clip, outcome: outcome, scores: truths.scores(of: clip, seen: outcome.visits)))
            progress.show(index + 1)
        }
        return rows
    }
}
