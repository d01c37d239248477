/// Pairs of pictures of which it is known whether they show one person, in folds for cross-validation.
package struct FacePairs: Sendable, Equatable {
    package struct Pair: Sendable, Equatable {
        /// Paths below the data set's folder.
        package let first: String
        package let second: String
        package let isSame: Bool
        package let fold: Int
    }

    /// For the report.
    package let name: String
    package let pairs: [Pair]

    package static let most = 100_000

    /// The pictures, each once, by name.
    package var pictures: [String] { Set(pairs.flatMap { [$0.first, $0.second] }).sorted() }

    /// Labeled Faces in the Wild: `pairs.txt`, 10 folds of as many same as different pairs. Pictures lie in
    /// `<Name>/<Name>_0001.jpg`.
    /// - Throws: `EvaluateError` for another format.
    package init(labeledFaces text: String) throws(EvaluateError) {
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split { $0 == "\t" || $0 == " " }.map(String.init)
        }
        guard let head = lines.first, let each = head.last.flatMap(Int.init), each > 0 else {
            throw .facePairs(line: 1, what: "must tell the number of folds and of pairs in each")
        }
        var pairs: [Pair] = []
        for (index, words) in lines.dropFirst().enumerated() {
            guard words.count == 3 || words.count == 4, let first = Int(words[1]),
                let second = Int(words[words.count - 1])
            else {
                throw .facePairs(line: index + 2, what: "must be a name and two numbers, or twice a name and a number")
            }
            let other = words.count == 4 ? words[2] : words[0]
            pairs.append(
                Pair(
                    first: Self.path(words[0], first), second: Self.path(other, second), isSame: words.count == 3,
                    fold: index / (2 * each)))
        }
        try self.init(name: "LFW", pairs)
    }

    /// Celebrities in Frontal-Profile: for each fold lists of same and different pairs of numbers, from 1, in the lists of
    /// pictures.
    /// - Parameters:
    ///   - name: of the protocol.
    ///   - first, second: the lists that the numbers of a pair belong to (`Pair_list_F.txt`, `Pair_list_P.txt`).
    ///   - folds: the texts of `same.txt` and `diff.txt`.
    /// - Throws: `EvaluateError` for another format.
    package init(
        frontalProfile name: String, first: String, second: String, folds: [(same: String, different: String)]
    ) throws(EvaluateError) {
        let lists = (Self.pictures(in: first), Self.pictures(in: second))
        var pairs: [Pair] = []
        for (fold, texts) in folds.enumerated() {
            for (text, isSame) in [(texts.same, true), (texts.different, false)] {
                for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
                    let numbers = line.split(separator: ",").compactMap { Int($0.filter(\.isNumber)) }
                    guard numbers.count == 2, lists.0.indices.contains(numbers[0] - 1),
                        lists.1.indices.contains(numbers[1] - 1)
                    else { throw .facePairs(line: index + 1, what: "must be two numbers of the lists of pictures") }
                    pairs.append(
                        Pair(
                            first: lists.0[numbers[0] - 1], second: lists.1[numbers[1] - 1], isSame: isSame, fold: fold)
                    )
                }
            }
        }
        try self.init(name: name, pairs)
    }

    private init(name: String, _ pairs: [Pair]) throws(EvaluateError) {
        guard (1...Self.most).contains(pairs.count) else {
            throw .facePairs(line: 1, what: "1 to \(Self.most) pairs are taken, there are \(pairs.count)")
        }
        guard !pairs.contains(where: { $0.first.hasParent || $0.second.hasParent }) else {
            throw .facePairs(line: 1, what: "a picture lies outside of the folder")
        }
        (self.name, self.pairs) = (name, pairs)
    }

    private static func path(_ name: String, _ number: Int) -> String {
        let digits = String(number)
        return "\(name)/\(name)_\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).jpg"
    }

    /// `1 ../Data/Images/001/frontal/01.jpg`
    private static func pictures(in list: String) -> [String] {
        list.split(whereSeparator: \.isNewline).compactMap { line in
            line.split(separator: " ").last.map { path in
                path.split(separator: "/").filter { $0 != ".." && $0 != "." }.joined(separator: "/")
            }
        }
    }
}

extension String {
    fileprivate var hasParent: Bool { hasPrefix("/") || split(separator: "/").contains("..") }
}
